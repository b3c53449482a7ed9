"""Rule files and catalogues as they lie on disk: read whole, with every problem told at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.catalog import Catalog, shipped
from monitor.catalog import load as parsed_catalog
from monitor.errors import CatalogError, Problem, ProblemsError
from monitor.rules.load import RuleSet, load

_TESTS = "tests"  # their folder: the tests of rules are no rules
_LARGEST = 8 * 1024 * 1024  # bytes; ten thousand rules are 4 MB


@dataclass(frozen=True, slots=True)
class Texts:
    """Files that could be read, as (path, text), and the problems of those that could not."""

    files: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]


def rule_texts(paths: Iterable[Path]) -> Texts:
    """Every rule file named or found below a folder named (*.yaml, not in `tests`), each once, in order."""
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            files.update({_shown(found): _text(found) for found in _found(path)})
        except ProblemsError as error:
            problems.extend(error.problems)
    return Texts(tuple(files.items()), tuple(problems))


def load_rules(paths: Iterable[Path]) -> RuleSet:
    """The rules of these files and folders, with every problem of reading and understanding them."""
    texts = rule_texts(paths)
    loaded = load(texts.files)
    return RuleSet(loaded.rules, (*texts.problems, *loaded.problems))


def load_catalog(path: Path | None) -> Catalog:
    """The catalogue of a file, or the one that ships; raises CatalogError with every problem."""
    if path is None:
        return shipped()
    try:
        text = _text(path)
    except ProblemsError as error:
        raise CatalogError(error.problems) from None
    return parsed_catalog(text, _shown(path))


def _found(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    inside = sorted(path.rglob("*.yaml"))
    rules = [found for found in inside if _TESTS not in found.relative_to(path).parts[:-1]]
    if not rules:
        raise ProblemsError((Problem(_shown(path), 0, 0, "no rule files in this folder", "expected *.yaml"),))
    yield from rules


def _text(path: Path) -> str:
    """Raises ProblemsError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ProblemsError((Problem(_shown(path), 0, 0, f"is larger than {_LARGEST:,} bytes"),))
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ProblemsError((Problem(_shown(path), 0, 0, f"can not be read: {error.strerror}"),)) from None
    except UnicodeDecodeError as error:
        problem = Problem(_shown(path), 0, 0, f"byte {error.start + 1} is not UTF-8", "save the file as UTF-8")
        raise ProblemsError((problem,)) from None


def _shown(path: Path) -> str:
    """As short as it can be said from here."""
    here = os.path.relpath(path)
    return str(path) if here.startswith(os.pardir) else here
