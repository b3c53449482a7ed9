"""`monitor explain` over a small ledger: as the manual shows it, for programs, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.cli.test_history import RULES, USAGE

PAGE = Path(__file__).parents[2] / "docs" / "explain.md"


def blocks() -> dict[str, str]:
    """What the page shows, by the command that prints it."""
    found = {}
    for block in PAGE.read_text(encoding="utf-8").split("```console\n")[1:]:
        command, _, printed = block.split("```")[0].partition("\n")
        found[command.removeprefix("$ monitor explain ")] = printed.strip()
    return found


@pytest.fixture
def filled(monitor: Program) -> Program:
    """Four weeks of two vendors, in which one overtakes the other."""
    monitor.write("rules.yaml", RULES)
    monitor.write("monitor.toml", 'rules = ["rules.yaml"]\n')
    monitor.write("usage.csv", USAGE)
    assert monitor("import", "usage.csv").code == 0
    return monitor


@pytest.mark.parametrize("arguments", blocks())
def test_the_page_shows_what_is_printed(filled: Program, arguments: str) -> None:
    """Word for word."""
    ended = filled("explain", *arguments.split())
    assert ended.code == 0, ended.err
    assert ended.out.strip() == blocks()[arguments]


def test_for_programs(filled: Program) -> None:
    """One object a line, with the parts of the condition and what they remember."""
    (line,) = filled("explain", "Overtake", "--at", "2026-01-12", "--json").out.splitlines()
    found = json.loads(line)
    assert (found["phase"], found["changes"], found["bar"]) == ("firing", ["firing"], "2026-01-12T00:00:00Z")
    (condition,) = found["conditions"]
    assert (condition["condition"], condition["truth"], condition["remembered"]["side"]) == (
        "crosses_above",
        True,
        [-1, 1],
    )


@pytest.mark.parametrize(
    ("mode", "said"), [("--as-final", "false, 2B against"), ("--as-known", "true, 4.119T against")]
)
def test_of_figures_that_were_restated(filled: Program, mode: str, said: str) -> None:
    """As known, the bar is judged by what its source said first."""
    head = USAGE.partition("\n")[0]
    filled.write("later.csv", f"{head}\n2026-01-12,week,deepseek/v3,2000000000,openrouter,2026-02-01T01:00:00Z\n")
    assert filled("import", "later.csv").code == 0
    assert f"crosses_above: {said}" in filled("explain", "Overtake", "--at", "2026-01-12", mode).out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Overtak",), "did you mean 'Overtake'?"),
        (("Overtake", "--at", "2020-01-01"), "Overtake has bars of one week from 2026-01-05 to"),
        (("Overtake", "sauce=openrouter"), 'no instance has {sauce="openrouter"}; did you mean'),
        (("Overtake", "source"), "got 'source', expected label=value"),
    ],
)
def test_what_there_is_not(filled: Program, arguments: tuple[str, ...], said: str) -> None:
    """With the nearest word, or what there is; exit code 2."""
    ended = filled("explain", *arguments)
    assert ended.code == 2
    assert said in ended.err
