"""docs/rules.md and README.md against the code: every rule loads, every key is tried, every word is explained."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from monitor.catalog import Join, shipped
from monitor.catalog import load as load_catalog
from monitor.model.bar import Bar
from monitor.model.metric import METRICS
from monitor.model.template import FILTERS, NAMES
from monitor.rules.conditions import kinds
from monitor.rules.document import OPTIONS
from monitor.rules.expression.parse import _FUNCTIONS, CATALOG_LABELS
from monitor.rules.load import RuleSet, load
from monitor.ruletest.case import Case
from monitor.ruletest.load import load as load_tests
from monitor.ruletest.report import report
from monitor.ruletest.run import run
from tests.cli.conftest import Program, monitor, surroundings

__all__ = ["monitor", "surroundings"]

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "docs" / "rules.md"
# Entries of `rules:` stand alone in the manual; an hour is a bar in which every span is a whole number of bars.
GROUP = "groups:\n  - name: manual\n    every: {every}\n    rules:\n"
TESTS = "rules: above.yaml\ntests:\n"
FENCED = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FUNCTIONS = tuple(_FUNCTIONS)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced YAML block; `what` is the second word of its fence: the bar of rules, or what else it is."""

    where: str
    what: str
    text: str

    @property
    def file(self) -> str:
        """The block as a whole file of rules or of tests."""
        first = self.text.split(maxsplit=2)[:2]
        if first == ["-", "alert:"]:
            return GROUP.format(every=self.what or "hour") + textwrap.indent(self.text, "      ")
        return TESTS + textwrap.indent(self.text, "  ") if first == ["-", "name:"] else self.text


def blocks(path: Path) -> Iterator[Block]:
    """Every YAML block of a page."""
    page = path.read_text(encoding="utf-8")
    for found in FENCED.finditer(page):
        line = page.count("\n", 0, found.start()) + 1
        if found[1] in ("yaml", "yml"):
            yield Block(f"{path.name}:{line}", found[2].strip(), found[3])


ALL = [*blocks(MANUAL), *blocks(ROOT / "README.md")]
RULES = [block for block in ALL if block.what in ("", *Bar)]
TRIED = [block for block in ALL if block.what in ("test", "file")]
CATALOGUES = [block for block in ALL if block.what == "catalogue"]


@dataclass(frozen=True, slots=True)
class Above:
    """The rules that the tests of a block are about: those of the last block of rules above it."""

    block: Block

    def rules(self, paths: tuple[str, ...]) -> RuleSet:
        """Whatever path is named."""
        return load([(paths[0], self.block.file)])

    def join(self, path: str | None) -> Join:
        """The catalogue that ships."""
        assert path is None
        return Join(shipped(), {})


def above(block: Block) -> Block:
    """The last block of rules above a block of tests."""
    return [each for each in ALL[: ALL.index(block)] if each in RULES][-1]


def cases(block: Block) -> tuple[Case, ...]:
    """The tests of a block, which have no problems."""
    suite = load_tests([(block.where, block.file)], Above(above(block)))
    assert [str(problem) for problem in suite.problems] == []
    return suite.cases


@pytest.mark.parametrize("block", RULES, ids=lambda block: block.where)
def test_every_rule_of_the_manual_loads(block: Block) -> None:
    """What a person copies from the manual has no problems."""
    loaded = load([(block.where, block.file)])
    assert [str(problem) for problem in loaded.problems] == []
    assert loaded.rules


@pytest.mark.parametrize("block", TRIED, ids=lambda block: block.where)
def test_what_the_manual_says_of_a_rule_is_what_it_tells(block: Block) -> None:
    """Every test of the manual passes; each expects something, and nothing else may happen."""
    outcomes = [run(case) for case in cases(block)]
    assert [line for outcome in outcomes if outcome.differences for line in report(outcome)] == []
    assert all(outcome.case.expect for outcome in outcomes)


def test_commands_of_the_manual_print_what_stands_below_them(monitor: Program) -> None:
    """The first rule and its test, from the files that the page names."""
    page = MANUAL.read_text(encoding="utf-8")
    rules, test = RULES[0], TRIED[0]
    assert above(test) == rules
    monitor.write("my-rules/first.yaml", rules.text)
    monitor.write("my-rules/tests/first.yaml", test.text)
    shown = re.findall(r"^```console\n\$ monitor ([^\n]*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    for command, printed in shown:
        ended = monitor(*command.split())
        assert (ended.code, ended.out, ended.err) == (0, printed, "")
    assert [command.split()[0] for command, _ in shown] == ["check", "test"]


def test_mistakes_are_told_as_the_manual_shows(monitor: Program) -> None:
    """All of them, word for word."""
    (block,) = (each for each in ALL if each.what == "broken")
    monitor.write("my-rules/first.yaml", block.text)
    section = MANUAL.read_text(encoding="utf-8").split("\n## Errors\n")[1]
    ended = monitor("check", "my-rules")
    assert (ended.code, ended.err) == (2, section.split("```text\n")[1].split("```")[0])


def test_every_catalogue_of_the_manual_loads() -> None:
    """So has an entry of the catalogue."""
    for block in CATALOGUES:
        assert load_catalog(block.text, block.where).vendors


def test_no_block_is_left_out() -> None:
    """Every YAML block is tried in one way or another."""
    assert {block.what for block in ALL} - {"", *Bar} == {"test", "file", "catalogue", "broken", "fragment"}


def test_names_are_not_used_twice_in_the_manual() -> None:
    """All of the manual could be one folder of rules."""
    pages = [(block.where, block.file) for block in RULES if block.where.startswith(MANUAL.name)]
    assert [str(problem) for problem in load(pages).problems] == []


def documents() -> Iterator[dict[str, object]]:
    """Every rule of the manual as written, if a test of the manual says what it tells, or that it tells nothing."""
    for block in TRIED:
        counted = {alert for case in cases(block) for alert in case.alerts}
        for group in yaml.safe_load(above(block).file)["groups"]:
            yield from (rule for rule in group["rules"] if rule["alert"] in counted)


def keys(value: object) -> Iterator[str]:
    """Every key, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from keys(inner)
    elif isinstance(value, list):
        for each in value:
            yield from keys(each)


def test_every_key_is_tried() -> None:
    """Each condition and each option stands in a rule of the manual that is judged over a history in it."""
    tried = {key for document in documents() for key in keys(document)}
    assert {*kinds().builds, *OPTIONS} - tried == set()


def test_every_function_is_tried() -> None:
    """Each function of expressions is called in such a rule."""
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
