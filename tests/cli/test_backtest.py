"""`monitor backtest` as a person sees it."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pytest

from tests.cli.conftest import Ended, Program

RULES = """
groups:
  - name: g
    every: week
    rules:
      - alert: Overtake
        watch: sum(tokens, origin="CN")
        crosses_above: sum(tokens, origin="US")
        margin: 1%
      - alert: Low
        watch: share(tokens, by="vendor")
        crosses_below: 30%
      - alert: Never
        watch: sum(tokens)
        above: 900T
"""
HEADER = "period_start,period,model,tokens,source,recorded_at"
WEEKS = [("2026-01-05", 1, 3), ("2026-01-12", 4, 3), ("2026-01-19", 5, 3), ("2026-02-02", 1, 6), ("2026-02-09", 7, 6)]
CITED = (
    "  Source: OpenRouter (openrouter.ai/rankings), as of 2026-03-01. Licensed under CC BY 4.0. Recorded by openrouter."
)


def usage() -> str:
    """Two models over six weeks, of which one is missing."""
    rows = [
        f"{week},week,{model},{number}000000000,openrouter,2026-03-01T01:00:00Z"
        for week, ours, theirs in WEEKS
        for model, number in (("deepseek/v3", ours), ("openai/gpt-5", theirs))
    ]
    return "\n".join([HEADER, *rows, ""])


@pytest.fixture
def filled(monitor: Program) -> Program:
    """A ledger with these weeks, and rules of our own."""
    monitor.write("usage.csv", usage())
    monitor.write("rules/a.yaml", RULES)
    monitor.write("monitor.toml", 'rules = ["rules"]')
    assert monitor("import", "usage.csv").code == 0
    return monitor


def shown(ended: Ended) -> list[str]:
    assert (ended.code, ended.err) == (0, "")
    return ended.out.splitlines()


def objects(ended: Ended) -> list[dict[str, Any]]:
    return [json.loads(line) for line in shown(ended)]


def test_the_whole_report(filled: Program) -> None:
    """Case: what was looked at, episodes and timeline of each rule, those that are quiet, whose figures."""
    told = shown(filled("backtest"))
    assert told[:7] == [
        "Looked at",
        "  tokens      bar   first       last        bars missing",
        "  openrouter  week  2026-01-05  2026-02-09  1",
        "  3 rules in 1 file: 3 by the week",
        "  as final: every bar is judged by the newest value known of it today",
        "  bars: all of history",
        "",
    ]
    at = told.index("Overtake (week): 2 episodes of 1 instance, 1 of them open")
    assert told[at + 1 : at + 6] == [
        "  rules/a.yaml:6",
        '  watch: sum(tokens, origin="CN"), crosses_above: sum(tokens, origin="US"), margin: 1%',
        "  start       end          length  value  reference  instance",
        "  2026-01-12  2026-02-02  21 days     4B         3B  openrouter",
        "  2026-02-09  open         7 days     7B         6B  openrouter",
    ]
    name, line = told[at + 6].split()
    assert name == "openrouter"
    assert re.fullmatch("·+▐█+▌·+▐█+»", line)
    assert told[-5:] == ["Nothing from 1 rule", "  Never", "", "Figures", CITED]


def test_only_the_newest_episodes_are_shown(filled: Program) -> None:
    """Case: the others are counted; 0 shows all."""
    told = shown(filled("backtest", "--most", "1"))
    assert "  and 1 older episode (--most 2 shows all)" in told
    assert not any(line.startswith("  2026-01-12") for line in told)
    assert any(line.startswith("  2026-01-12") for line in shown(filled("backtest", "--most", "0")))


def test_a_stretch_of_time(filled: Program) -> None:
    """Case: episodes that touch it, also those that began before."""
    told = shown(filled("backtest", "--from", "2026-01-20", "--to", "2026-02-03"))
    assert "  bars: from 2026-01-20 to 2026-02-03" in told
    assert "Overtake (week): 1 episode of 1 instance" in told


def test_as_known_is_said(filled: Program) -> None:
    """Case: in a few words."""
    said = "  as known: every bar is judged by what was known at the time, as a monitor running then"
    assert said in shown(filled("backtest", "--as-known"))


def test_the_flat_list(filled: Program) -> None:
    """Case: every transition in a line, in order of bars."""
    assert [" ".join(line.split()) for line in shown(filled("backtest", "--list"))] == [
        "2026-01-12 Overtake firing 4B 3B source=openrouter",
        "2026-02-02 Low firing 14.3% 30% vendor=deepseek source=openrouter",
        "2026-02-02 Overtake resolved 1B 6B source=openrouter",
        "2026-02-09 Low resolved 53.8% 30% vendor=deepseek source=openrouter",
        "2026-02-09 Overtake firing 7B 6B source=openrouter",
    ]


def test_episodes_for_programs(filled: Program) -> None:
    """Case: one object an episode."""
    found = objects(filled("backtest", "--json", "--episodes"))
    assert [(each["alert"], each["began"], each["ended"], each["standing"]) for each in found] == [
        ("Low", "2026-02-02T00:00:00Z", "2026-02-09T00:00:00Z", "ended"),
        ("Overtake", "2026-01-12T00:00:00Z", "2026-02-02T00:00:00Z", "ended"),
        ("Overtake", "2026-02-09T00:00:00Z", None, "open"),
    ]


def test_compare(filled: Program) -> None:
    """Case: gained, lost and moved after an edit; rules without a difference are counted."""
    filled.write("edited/a.yaml", RULES.replace("30%", "60%").replace("margin: 1%", "margin: 20%"))
    told = [" ".join(line.split()) for line in shown(filled("backtest", "--compare", "edited"))]
    at = told.index("Low 2 gained, 0 lost, 1 moved, 0 unchanged")
    assert told[at + 2 : at + 5] == [
        "moved 2026-02-02 2026-02-09 2026-02-02 open deepseek openrouter",
        "gained 2026-01-12 2026-02-02 openai openrouter",
        "gained 2026-02-09 open openai openrouter",
    ]
    assert "Overtake 0 gained, 1 lost, 0 moved, 1 unchanged" in told
    assert told[-2:] == ["No difference in 1 rule with 0 episodes", "Never"]


def test_compare_shows_few_and_counts_the_rest(filled: Program) -> None:
    """Case: as many as --most says."""
    filled.write("edited/a.yaml", RULES.replace("30%", "60%"))
    told = shown(filled("backtest", "--compare", "edited", "--most", "1"))
    assert "  and 2 more (--most 3 shows all)" in told


def test_compare_for_programs(filled: Program) -> None:
    """Case: one object an alert, with the episodes of both sides."""
    filled.write("edited/a.yaml", RULES.replace("30%", "60%").replace("Never", "Other"))
    low, never, other, overtake = objects(filled("backtest", "--compare", "edited", "--json"))
    assert [(each["alert"], each["before"], each["after"]) for each in (low, never, other, overtake)] == [
        ("Low", True, True),
        ("Never", True, False),
        ("Other", False, True),
        ("Overtake", True, True),
    ]
    assert overtake["unchanged"] == 2
    assert [each["before"]["ended"] for each in low["moved"]] == ["2026-02-09T00:00:00Z"]
    assert [each["after"]["ended"] for each in low["moved"]] == [None]
    assert len(low["gained"]) == 2


def test_compare_with_a_file_that_is_broken(filled: Program) -> None:
    """Case: wrong input, exit code 2, the place of the problem."""
    filled.write("broken.yaml", "groups: 1")
    ended = filled("backtest", "--compare", "broken.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("broken.yaml:1:9: ")


def test_sweep(filled: Program) -> None:
    """Case: a row a value; that of the rule is marked."""
    told = shown(filled("backtest", "--sweep", "Low.crosses_below=10%..30%/10%"))
    at = told.index("Low with crosses_below from 10% to 30%")
    assert [line.split()[:6] for line in told[at + 2 : at + 5]] == [
        ["10%", "0", "0", "0"],
        ["20%", "1", "1", "7", "2026-02-02", "2026-02-02"],
        ["30%", "1", "1", "7", "2026-02-02", "2026-02-02"],
    ]
    assert told[at + 4].endswith("█ <-")
    assert "  3 values of one rule, by the week" in told
    found = objects(filled("backtest", "--json", "--sweep", "Low.crosses_below=10%..30%/10%"))
    assert [(each["value"], each["written"], each["episodes"]) for each in found] == [
        ("10%", False, 0),
        ("20%", False, 1),
        ("30%", True, 1),
    ]


def test_the_written_value_sweeps_to_what_the_rule_finds(filled: Program) -> None:
    """Law: the row of the value that is written counts the episodes of the report."""
    found = [each for each in objects(filled("backtest", "--json", "--episodes")) if each["alert"] == "Overtake"]
    (swept,) = objects(filled("backtest", "--json", "--sweep", "Overtake.margin=1%"))
    assert (swept["written"], swept["episodes"], swept["first"]) == (True, len(found), found[0]["fired"])


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("Lov.crosses_below=1..2", "did you mean 'Low'"),
        ("Low.crosses_bellow=1..2", "did you mean 'crosses_below'"),
        ("Low.crosses_below=2%..1%", "an empty range"),
        ("Low.crosses_below=0..1/0.001", "got 1,001 values, expected 200 at most"),
        ("Low", "expected ALERT.KEY=VALUES"),
        ("Low.crosses_below=$1..$2", "mixed units"),
    ],
)
def test_a_sweep_that_can_not_be(filled: Program, sweep: str, message: str) -> None:
    """Case: exit code 2 and the right words."""
    ended = filled("backtest", "--sweep", sweep)
    assert (ended.code, ended.out) == (2, "")
    assert message in " ".join(ended.err.split())


def test_a_page(filled: Program) -> None:
    """Case: written to the file named, with the citation; standard output says what it has."""
    told = shown(filled("backtest", "--html", "page.html"))
    assert told == ["page.html: 3 rules, 3 charts"]
    text = (filled.folder / "page.html").read_text(encoding="utf-8")
    assert CITED.strip() in text
    assert "crosses_above: sum(tokens, origin=&quot;US&quot;)" in text


def test_a_page_that_can_not_be_written(filled: Program) -> None:
    """Case: exit code 1 and the file's name."""
    ended = filled("backtest", "--html", "no/such/folder/page.html")
    assert (ended.code, ended.out) == (1, "")
    assert "no/such/folder/page.html" in ended.err


@pytest.mark.parametrize(
    "words",
    [("--list", "--html", "x"), ("--sweep", "Low.above=1..2", "--compare", "rules"), ("--html", "x", "--compare", "r")],
)
def test_one_form_at_a_time(filled: Program, words: tuple[str, ...]) -> None:
    """Case: exit code 2."""
    ended = filled("backtest", *words)
    assert (ended.code, ended.out) == (2, "")
    assert "do not go together" in ended.err


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_a_terminal(filled: Program, columns: int) -> None:
    """Law: no line is wider than the screen, and without colours it is plain text."""
    filled.patch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    filled.patch.setenv("COLUMNS", str(columns))
    filled.patch.setenv("TERM", "xterm-256color")
    filled.patch.setenv("NO_COLOR", "1")
    told = shown(filled("backtest"))
    assert max(map(len, told)) <= columns
    assert any("▐█" in line for line in told)
    assert "\x1b" not in "".join(told)
    filled.patch.delenv("NO_COLOR")
    assert "\x1b[1mLooked at\x1b[0m" in shown(filled("backtest"))
