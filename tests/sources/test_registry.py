from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from monitor import registry, sources


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A package with two kinds, a module that is none, and a subpackage that is one."""
    folder = tmp_path / "plugins_of_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "b.py").write_text('KIND = "zebra"\n')
    (folder / "a.py").write_text('KIND = "ant"\n')
    (folder / "shared.py").write_text("NAME = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield import_module("plugins_of_test")
    for name in [name for name in sys.modules if name.startswith("plugins_of_test")]:
        del sys.modules[name]


def test_a_module_with_a_kind_is_found(package: ModuleType) -> None:
    """One new file is all it takes; what has no KIND is no kind."""
    assert {kind: module.__name__ for kind, module in registry.modules(package).items()} == {
        "ant": "plugins_of_test.a",
        "zebra": "plugins_of_test.b",
    }


def test_two_modules_of_one_kind_are_an_error(package: ModuleType, tmp_path: Path) -> None:
    """Otherwise the order of file names would decide."""
    (tmp_path / "plugins_of_test" / "c.py").write_text('KIND = "ant"\n')
    with pytest.raises(ValueError, match=r"plugins_of_test\.a and plugins_of_test\.c are both of the kind 'ant'"):
        registry.modules(package)


def test_the_sources_are_found_and_have_the_same_parts() -> None:
    """Each kind of source: settings, and what builds a source of them."""
    kinds = registry.modules(sources)
    assert list(kinds) == ["csv", "json", "openrouter_endpoints", "openrouter_models", "openrouter_rankings"]
    for kind, module in kinds.items():
        assert module.__name__ == f"monitor.sources.{kind}"
        assert module.Config.model_config["extra"] == "forbid"
        assert callable(module.build)
        assert callable(module.parse)
