"""The other pages against the code: settings, metrics, commands, dependencies, and links that lead somewhere."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

from monitor import notifiers, sinks, sources
from monitor.cli import COMMANDS
from monitor.model.metric import METRICS
from monitor.registry import modules
from monitor.settings import (
    DigestSettings,
    HeartbeatSettings,
    HttpSettings,
    InhibitionSettings,
    LogSettings,
    RouteSettings,
    Settings,
)

ROOT = Path(__file__).parents[2]
PAGES = (*sorted(ROOT.glob("*.md")), ROOT / "deploy/README.md", *sorted((ROOT / "docs").rglob("*.md")))
TABLES = (
    "sources",
    "receivers",
    "digest",
    "heartbeat",
    "http",
    "routes",
    "inhibit",
    "slack",
    "influxdb",
    "log",
    "ledger",
)
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def written(default: object) -> str:
    """A default as the manual writes it; empty where there is no such value."""
    if isinstance(default, timedelta):
        seconds = int(default.total_seconds())
        return f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds}s"
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


def rows_of(table: str, model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        known = not field.is_required() and isinstance(field.default, str | int | float | timedelta) and field.default
        yield f"| `{table}{name}` | " + (f"`{written(field.default)}` |" if known else "")


def rows_of_kinds(package: ModuleType, under: str = "") -> Iterator[str]:
    for kind, module in modules(package).items():
        named = getattr(module, "NAMED", False)
        name = "NAME" if named else kind
        yield from rows_of(f"{under}{name}.", module.Config)
        if named:
            yield f"| `{under}{name}.kind` | "
        if under:
            yield f"| `{under}{name}.enabled` | `true` |"


def rows() -> Iterator[str]:
    """How the row of each setting begins, with its default where that is a plain value."""
    yield from (row for row in rows_of("", Settings) if not row.startswith(tuple(f"| `{name}`" for name in TABLES)))
    yield "| `ledger.path` | "
    yield "| `ledger.keep_bodies` | `30d` |"
    yield "| `ledger.backups` | "
    yield "| `ledger.backup` | `H 3 * * *` |"
    yield "| `ledger.when_damaged` | `restore` |"
    yield "| `ledger.keep_backups` | `7` |"
    yield from rows_of("log.", LogSettings)
    yield from rows_of("digest.", DigestSettings)
    yield from rows_of("http.", HttpSettings)
    yield from rows_of("heartbeat.", HeartbeatSettings)
    yield from rows_of_kinds(sources, "sources.")
    yield "| `receivers.NAME.kind` | `NAME` |"
    for module in modules(notifiers).values():
        yield from rows_of("receivers.NAME.", module.Config)
    yield from (row.replace("goes_on", "continue") for row in rows_of("routes.", RouteSettings))
    yield from rows_of("inhibit.", InhibitionSettings)
    yield from rows_of_kinds(sinks)


@pytest.mark.parametrize("row", sorted(set(rows())))
def test_every_setting_has_its_row(row: str) -> None:
    """The table of settings names each with its default."""
    assert row in page("docs/operating.md")


def test_every_row_is_a_setting() -> None:
    """And it names no others."""
    table = re.findall(r"^\| `([A-Za-z_.]+)` \|", page("docs/operating.md"), re.MULTILINE)
    known = {row.split("`")[1] for row in rows()}
    assert {name for name in table if "." in name or name in Settings.model_fields} == known


def test_the_table_of_metrics_is_the_code() -> None:
    """The vocabulary has each metric with kind, unit and labels, in the same order."""
    table = [
        f"| `{each.name}` | {each.kind} | {each.unit} | {', '.join(f'`{label}`' for label in each.identity)} |"
        for each in METRICS.values()
    ]
    assert "\n".join(table) in page("docs/vocabulary.md")


@pytest.mark.parametrize("kind", modules(sources))
def test_every_source_says_what_it_is(kind: str) -> None:
    """Its row of the table of sources is what the program says of it, and it has a section."""
    about = modules(sources)[kind].ABOUT
    row = (
        f"| [`{kind}`](#{kind}) | {about.title} | `{about.label}` | {about.shows} | {about.licence} | {about.limits} |"
    )
    assert row in page("docs/sources.md")
    assert f"\n## {kind}\n" in page("docs/sources.md")


def test_every_command_is_named() -> None:
    """The README's table has the commands in their order, and no others."""
    section = page("README.md").partition("\n## Commands\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `monitor ([\w-]+)", section, re.MULTILINE) == list(COMMANDS)


def test_every_dependency_has_its_reason() -> None:
    """Each package of pyproject.toml stands in the decision on dependencies."""
    project = tomllib.loads(page("pyproject.toml"))["project"]
    wanted = project["dependencies"] + [each for extra in project["optional-dependencies"].values() for each in extra]
    reasons = page("docs/decisions/0004-dependencies.md").lower()
    names = [re.split(r"[\[<>=]", each)[0].lower() for each in wanted]
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}\b", reasons)] == []


def anchors(path: Path) -> set[str]:
    """The places of a page that a link can name, as GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    """Links between pages name files and headings that exist."""
    for target in LINK.findall(FENCED.sub("", path.read_text(encoding="utf-8"))):
        if target.startswith("https://"):
            continue
        name, _, place = target.partition("#")
        found = (path.parent / name).resolve() if name else path
        assert found.exists(), target
        assert not place or place in anchors(found), target
