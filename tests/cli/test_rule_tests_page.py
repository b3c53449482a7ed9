"""docs/rule-tests.md: every test in it is run, and what it says a run prints is what is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.model.bar import Bar
from monitor.ruletest.document import CaseDocument, ExpectationDocument, FileDocument
from tests.cli.conftest import Program

PAGE = Path(__file__).parents[2] / "docs" / "rule-tests.md"
FENCED = re.compile(r"^```(\w+ ?\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = FENCED.findall(PAGE.read_text(encoding="utf-8"))


def blocks(kind: str) -> list[str]:
    return [text for found, text in BLOCKS if found == kind]


@pytest.fixture
def beside(monitor: Program) -> Program:
    """The program beside the rules of the page."""
    (rules,) = blocks("yaml rules")
    monitor.write("my-rules/vendors.yaml", rules)
    return monitor


@pytest.mark.parametrize("text", blocks("yaml tests"))
def test_every_test_of_the_page_passes(beside: Program, text: str) -> None:
    """What a person copies from the page passes."""
    beside.write("my-rules/tests/vendors.yaml", text)
    ended = beside("test", "my-rules")
    assert (ended.code, ended.err) == (0, "")
    assert re.fullmatch(r"\d tests? in 1 file passed\n", ended.out)


def test_what_is_printed_is_what_the_page_says(beside: Program) -> None:
    """The first test as it passes, and as it fails."""
    passed, failed = blocks("text")
    beside.write("my-rules/tests/vendors.yaml", blocks("yaml tests")[0])
    assert beside("test", "my-rules").out == passed
    beside.write("my-rules/tests/vendors.yaml", blocks("yaml fails")[0])
    ended = beside("test", "my-rules")
    assert (ended.code, ended.out) == (1, failed)


@pytest.mark.parametrize(
    "word",
    [
        *(
            field.alias or name
            for each in (FileDocument, CaseDocument, ExpectationDocument)
            for name, field in each.model_fields.items()
        ),
        *Bar,
    ],
)
def test_every_key_is_explained(word: str) -> None:
    """Each key of the files, and each bar, stands in the text as code."""
    assert f"`{word}`" in FENCED.sub("", PAGE.read_text(encoding="utf-8"))
