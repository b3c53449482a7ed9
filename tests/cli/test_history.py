"""`monitor import`, `backtest` and `status` over a ledger that files have filled."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.ledger import Ledger
from tests.cli.conftest import Ended, Program

RULES = """
groups:
  - name: g
    every: week
    rules:
      - alert: Overtake
        watch: sum(tokens, origin="CN")
        crosses_above: sum(tokens, origin="US")
        annotations: {summary: "overtook"}
      - alert: Never
        watch: sum(tokens, origin="CN")
        above: 900T
"""
USAGE = """period_start,period,model,tokens,source,recorded_at
2026-01-05,week,deepseek/v3,1000000000,openrouter,2026-01-12T01:00:00Z
2026-01-05,week,openai/gpt-5,3000000000,openrouter,2026-01-12T01:00:00Z
2026-01-12,week,deepseek/v3,4119000000000,openrouter,2026-01-19T01:00:00Z
2026-01-12,week,openai/gpt-5,2933000000000,openrouter,2026-01-19T01:00:00Z
2026-01-19,week,deepseek/v3,1000000000,openrouter,2026-01-26T01:00:00Z
2026-01-19,week,openai/gpt-5,2000000000,openrouter,2026-01-26T01:00:00Z
2026-01-19,week,nobody-knows/it,1000000000,openrouter,2026-01-26T01:00:00Z
"""
PRICES = """observed_at,source,model,field,usd_per_mtok
2026-01-20T12:00:00Z,openrouter,deepseek/v3,output,0.87
"""


@pytest.fixture
def filled(monitor: Program) -> Program:
    """A ledger with three weeks of usage, and rules of our own."""
    monitor.write("usage.csv", USAGE)
    monitor.write("rules/a.yaml", RULES)
    monitor.write("monitor.toml", 'rules = ["rules"]')
    assert monitor("import", "usage.csv").code == 0
    return monitor


def transitions(ended: Ended) -> list[dict[str, object]]:
    assert (ended.code, ended.err) == (0, "")
    return [json.loads(line) for line in ended.out.splitlines()]


def test_import_tells_what_it_took(monitor: Program) -> None:
    """Case: rows, how many were new, and from when to when."""
    monitor.write("usage.csv", USAGE)
    ended = monitor("import", "usage.csv")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == "usage.csv: usage, 7 rows, 7 of them new, 2026-01-05 to 2026-01-19\n"


def test_import_shows_how_far_it_is_while_a_person_looks_on(monitor: Program) -> None:
    """Case: on a terminal there is a bar on standard error; standard output stays the report alone."""
    monitor.write("usage.csv", USAGE)
    monitor.patch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    ended = monitor("import", "usage.csv")
    assert ended.code == 0
    assert ended.out.startswith("usage.csv: usage, 7 rows")
    assert "storing" in ended.err
    assert "100%" in ended.err


def test_importing_again_changes_nothing(filled: Program) -> None:
    """Law: import is idempotent, and says so."""
    (told,) = transitions(filled("import", "--json", "usage.csv"))
    assert told == {
        "file": "usage.csv",
        "format": "usage",
        "rows": 7,
        "new": 0,
        "series": 3,
        "first": "2026-01-05T00:00:00Z",
        "last": "2026-01-19T00:00:00Z",
        "not_judged": 0,
    }


def test_a_bad_file_is_refused_with_all_others(filled: Program) -> None:
    """Case: exit code 2, the place of the fault, and nothing stored of the good file beside it."""
    filled.write("good.csv", USAGE.replace("2026-01-19", "2026-01-26").replace("01-26T", "02-02T"))
    filled.write("bad.csv", USAGE.replace("4119000000000", "4.1e12"))
    ended = filled("import", "good.csv", "bad.csv")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("bad.csv:4:")
    with Ledger.open(filled.ledger, owner=False) as ledger:
        assert ledger.cursors.newest() == 7


def test_a_ledger_in_use_is_not_written(filled: Program) -> None:
    """Case: exit code 1 and what to do, while another process owns it."""
    with Ledger.open(filled.ledger):
        ended = filled("import", "usage.csv")
    assert ended.code == 1
    assert "already in use by the monitor with process id" in ended.err
    assert "    stop that one first" in ended.err


def test_backtest_prints_one_object_a_line(filled: Program) -> None:
    """Case: the fields of the contract, instants in UTC."""
    first, last = transitions(filled("backtest", "--json"))
    assert first == {
        "alert": "Overtake",
        "labels": {"source": "openrouter"},
        "kind": "firing",
        "valid_at": "2026-01-12T00:00:00Z",
        "judged_at": "2026-01-19T01:00:00Z",
        "value": 4.119e12,
        "reference": 2.933e12,
        "level": None,
        "gap_from": None,
        "moved_from": None,
    }
    assert (last["kind"], last["valid_at"]) == ("resolved", "2026-01-19T00:00:00Z")


def test_backtest_for_people_tells_of_each_rule(filled: Program) -> None:
    """Case: numbers in their unit, and which rules said nothing."""
    ended = filled("backtest")
    assert (ended.code, ended.err) == (0, "")
    told = ended.out.splitlines()
    assert "Overtake (week): 1 episode of 1 instance" in told
    assert "  2026-01-12  2026-01-19  7 days  4.119T     2.933T  openrouter" in told
    assert told[told.index("Nothing from 1 rule") + 1] == "  Never"


@pytest.mark.parametrize(
    ("bounds", "kinds"),
    [
        (("--to", "2026-01-12"), ["firing"]),
        (("--from", "2026-01-13"), ["resolved"]),
        (("--from", "2026-01-12", "--to", "2026-01-19"), ["firing", "resolved"]),
        (("--from", "2026-01-13", "--to", "2026-01-18"), []),
    ],
)
def test_backtest_bounds_are_days_both_included(filled: Program, bounds: tuple[str, ...], kinds: list[str]) -> None:
    """Case: by the start of the bar; what lies before --from is judged all the same."""
    assert [each["kind"] for each in transitions(filled("backtest", "--json", *bounds))] == kinds


def test_backtest_modes_differ_on_a_restated_bar(filled: Program) -> None:
    """Case: a week restated after it was judged: as known it fired and was withdrawn, as final it never did."""
    revised = USAGE.splitlines()[0] + "\n2026-01-12,week,deepseek/v3,5000000,openrouter,2026-03-01T00:00:00Z\n"
    filled.write("revised.csv", revised)
    assert filled("import", "revised.csv").code == 0
    known = [str(each["kind"]) for each in transitions(filled("backtest", "--json", "--as-known"))]
    assert sorted(known) == ["firing", "resolved", "withdrawn"]
    assert transitions(filled("backtest", "--json", "--as-final")) == []
    assert transitions(filled("backtest", "--json")) == []


def test_backtest_takes_other_rules(filled: Program) -> None:
    """Case: --rules instead of those of the settings; a broken file is wrong input."""
    filled.write("other.yaml", RULES.replace("Overtake", "Other"))
    assert {each["alert"] for each in transitions(filled("backtest", "--json", "--rules", "other.yaml"))} == {"Other"}
    filled.write("broken.yaml", "groups: 1")
    ended = filled("backtest", "--rules", "other.yaml", "--rules", "broken.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("broken.yaml:1:9: ")


@pytest.mark.parametrize(
    "words", [("--from", "yesterday"), ("--from", "2026-02-30"), ("--from", "2026-02-02", "--to", "2026-02-01")]
)
def test_backtest_refuses_days_that_are_none(filled: Program, words: tuple[str, ...]) -> None:
    """Case: exit code 2."""
    ended = filled("backtest", *words)
    assert (ended.code, ended.out) == (2, "")


def test_status_beside_the_owner_of_the_ledger(filled: Program) -> None:
    """Law: status only reads, and works while a monitor runs."""
    filled.write("prices.csv", PRICES)
    assert filled("import", "prices.csv").code == 0
    with Ledger.open(filled.ledger):
        ended = filled("status")
    assert (ended.code, ended.err) == (0, "")
    told = ended.out.splitlines()
    assert told[0].startswith(f"ledger: {filled.ledger}, ")
    assert told[0].endswith(" MB, 8 samples")
    assert "openrouter_models never asked yet" in [" ".join(line.split()) for line in told]
    assert "openrouter_rankings off: needs key" in [" ".join(line.split()) for line in told]
    assert "  2026-01-26            openrouter  tokens" in told
    assert "firing: none" in told
    assert "outbox: 0 pending, 0 sending, 0 delivered, 0 dead" in told
    assert told[-5:] == [
        "usage of the week 2026-01-19 by openrouter:",
        "  25% of the tokens are of models with a known price",
        "  25% are of vendors that the catalogue does not know:",
        "    nobody-knows  25%",
        "backup: none",
    ]


def test_status_as_json(filled: Program) -> None:
    """Case: the same for programs, sinks among it."""
    filled.patch.setenv("MONITOR_INFLUXDB__URL", "http://localhost:1")
    filled.patch.setenv("MONITOR_INFLUXDB__BUCKET", "monitor")
    (found,) = transitions(filled("status", "--json"))
    assert found["sinks"] == [{"sink": "influxdb", "behind": 7}]
    sources: Any = found["sources"]
    off = {each["source"]: each["off"] for each in sources}
    assert (off["openrouter_models"], off["openrouter_rankings"]) == (None, "needs key")
    assert off["litellm"] == "not named in the settings"
    assert found["troubles"] == []
    assert {(each["failing"], each["last"]) for each in sources} == {(False, None)}
    assert found["sealed"] == [{"metric": "tokens", "source": "openrouter", "through": "2026-01-26T00:00:00Z"}]
    assert found["coverage"] == {
        "source": "openrouter",
        "bar": "week",
        "start": "2026-01-19T00:00:00Z",
        "priced": 0.0,
        "unknown_vendors": [{"vendor": "nobody-knows", "share": 0.25}],
    }


def test_status_of_an_empty_ledger(monitor: Program) -> None:
    """Case: made, but nothing learnt yet."""
    Ledger.open(Path(monitor.ledger)).close()
    ended = monitor("status")
    assert (ended.code, ended.err) == (0, "")
    assert "sealed through: none" in ended.out
    assert "usage of" not in ended.out
