"""docs/backtest.md: every command in it prints what stands below it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Program, monitor, surroundings

__all__ = ["monitor", "surroundings"]

PAGE = (Path(__file__).parents[2] / "docs" / "backtest.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = {kind: [body for each, body in FENCED.findall(PAGE) if each == kind] for kind in ("csv", "yaml", "console")}


def examples() -> Iterator[tuple[str, str]]:
    """(command, what it prints)."""
    for body in BLOCKS["console"]:
        command, _, printed = body.partition("\n")
        yield command.removeprefix("$ monitor "), printed


@pytest.fixture
def stand(monitor: Program) -> Program:
    """A ledger with the history of the page, its rules, and its edit of them."""
    (usage,), (rules,) = BLOCKS["csv"], BLOCKS["yaml"]
    monitor.write("usage.csv", usage)
    monitor.write("rules/vendors.yaml", rules)
    edited = rules.replace("crosses_below: 30%", "crosses_below: 60%").replace("margin: 1%", "margin: 20%")
    monitor.write("edited/vendors.yaml", edited)
    assert monitor("import", "usage.csv").code == 0
    return monitor


@pytest.mark.parametrize(("command", "printed"), list(examples()), ids=lambda text: text.split("\n")[0][:60])
def test_examples_print_what_the_page_says(stand: Program, command: str, printed: str) -> None:
    """Law: a person who copies a command sees what the page shows."""
    ended = stand(*shlex.split(command))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == printed


def test_there_are_examples() -> None:
    """Case: of every form."""
    forms = " ".join(command for command, _ in examples())
    assert all(form in forms for form in ("--compare", "--sweep", "--html", "--json"))
