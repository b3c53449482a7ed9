"""docs/check.md against the program: each example gets exactly the warning that stands below it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from monitor.errors import Problem
from tests.advice.market import warned, written
from tests.docs.test_rules_manual import RULES, Block

PAGE = Path(__file__).parents[2] / "docs" / "check.md"
EXAMPLE = re.compile(r"^```yaml([^\n]*)\n(- alert:.*?)^```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """What stands behind `yaml` of its fence, the rules, and what is said of them."""

    words: tuple[str, ...]
    rules: str
    said: str


PAGE_TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = [Example(tuple(words.split()), rules, said) for words, rules, said in EXAMPLE.findall(PAGE_TEXT)]


def shown(warning: Problem) -> str:
    """A warning as the page shows it, without its place."""
    return f"{warning.message}\n    {warning.hint}\n"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.rules.split()[2])
def test_every_example_is_warned_of_as_written(example: Example) -> None:
    """Law: word for word, and of nothing else."""
    text = written(example.rules, "hour" if "hour" in example.words else "day")
    found = warned(text, stored="no-history" not in example.words, path="check.yaml")
    assert "".join(map(shown, found)) == example.said


def test_every_rule_of_the_page_is_an_example() -> None:
    """Law: no block of rules stands there without what is said of it."""
    assert len(EXAMPLES) == PAGE_TEXT.count("\n- alert:") - 1  # one example has two rules


@pytest.mark.parametrize("block", RULES, ids=lambda block: block.where)
def test_nothing_is_said_of_the_rules_of_the_manual(block: Block) -> None:
    """Law: what a person copies is not warned of; its bar is that of the group it is copied into."""
    found = [str(warning) for warning in warned(block.file, stored=False)]
    assert [text for text in found if "no whole hour" not in text] == []
