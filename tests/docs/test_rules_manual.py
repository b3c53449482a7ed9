"""docs/rules.md and README.md against the code: every YAML block loads, and every word of the language is explained."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from monitor.catalog import load as load_catalog
from monitor.model.bar import Bar
from monitor.model.metric import METRICS
from monitor.model.template import FILTERS, NAMES
from monitor.rules.conditions import kinds
from monitor.rules.document import OPTIONS
from monitor.rules.expression.parse import _FUNCTIONS, CATALOG_LABELS
from monitor.rules.load import load

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "docs" / "rules.md"
# Entries of `rules:` stand alone in the manual; an hour is a bar in which every span is a whole number of bars.
GROUP = "groups:\n  - name: manual\n    every: hour\n    rules:\n"
FENCED = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FUNCTIONS = tuple(_FUNCTIONS)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced YAML block; `what` is the second word of its fence."""

    where: str
    what: str
    text: str

    @property
    def file(self) -> str:
        """The block as a whole rule file."""
        return GROUP + textwrap.indent(self.text, "      ") if self.text.startswith("- alert:") else self.text


def blocks(path: Path) -> Iterator[Block]:
    """Every YAML block of a page."""
    page = path.read_text(encoding="utf-8")
    for found in FENCED.finditer(page):
        line = page.count("\n", 0, found.start()) + 1
        if found[1] in ("yaml", "yml"):
            yield Block(f"{path.name}:{line}", found[2].strip(), found[3])


ALL = [*blocks(MANUAL), *blocks(ROOT / "README.md")]
RULES = [block for block in ALL if not block.what]
CATALOGUES = [block for block in ALL if block.what == "catalogue"]


@pytest.mark.parametrize("block", RULES, ids=lambda block: block.where)
def test_every_rule_of_the_manual_loads(block: Block) -> None:
    """What a person copies from the manual has no problems."""
    loaded = load([(block.where, block.file)])
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.rules


def test_every_catalogue_of_the_manual_loads() -> None:
    """So has an entry of the catalogue."""
    for block in CATALOGUES:
        assert load_catalog(block.text, block.where).vendors
    assert len(CATALOGUES) + len(RULES) == len(ALL)


def test_names_are_not_used_twice_in_the_manual() -> None:
    """All of the manual could be one folder of rules."""
    pages = [(block.where, block.file) for block in RULES if block.where.startswith(MANUAL.name)]
    assert [str(problem) for problem in load(pages).problems] == []


def documents() -> Iterator[dict[str, object]]:
    """Every rule of the manual as written."""
    for block in RULES:
        for group in yaml.safe_load(block.file)["groups"]:
            yield from group["rules"]


def test_every_key_has_an_example() -> None:
    """Each condition and each option stands in a rule of the manual."""
    shown = {key for document in documents() for key in document}
    assert {*kinds().builds, *OPTIONS} - shown == set()


def test_every_function_has_an_example() -> None:
    """Each function of expressions is called in a rule of the manual."""
    called = {name for document in documents() for name in re.findall(r"(\w+)\(", str(document))}
    assert set(FUNCTIONS) - called == set()


@pytest.mark.parametrize(
    "word", sorted({*kinds().builds, *OPTIONS, *FUNCTIONS, *FILTERS, *NAMES, *METRICS, *CATALOG_LABELS, *Bar})
)
def test_every_word_is_explained(word: str) -> None:
    """Each key, function, template name, filter, metric, label and bar stands in the text, as code."""
    text = FENCED.sub("", MANUAL.read_text(encoding="utf-8"))
    code = re.findall(r"`([^`\n]+)`", text)
    assert any(re.search(rf"(?<![\w.]){re.escape(word)}(?![\w])", each) for each in code), word
