"""`monitor test`: what is run, what is printed, how it ends; and tests written of what a ledger holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from monitor.catalog import shipped
from monitor.dispatch import Routes, Timeliness
from monitor.files import load_rules
from monitor.judging import Judging
from monitor.ledger import Ledger
from tests.cli.conftest import Program
from tests.cli.test_history import USAGE

RULES = """
groups:
  - name: g
    every: week
    rules:
      - alert: Overtake
        watch: sum(tokens, origin="CN")
        crosses_above: sum(tokens, origin="US")
        annotations: {summary: "{{ value | tokens }} against {{ reference | tokens }}"}
"""
TESTS = """rules: ../a.yaml
tests:
  - name: it crosses
    every: week
    from: 2026-01-05
    series:
      'tokens{model="deepseek/v3"}': "1T 3T"
      'tokens{model="openai/gpt-5"}': "2Tx1"
    expect:
      - {at: 2026-01-12, alert: Overtake}
  - name: it does not
    every: week
    from: 2026-01-05
    series: {'tokens{model="deepseek/v3"}': 1T, 'tokens{model="openai/gpt-5"}': 2T}
    expect: []
"""
WRONG = TESTS.replace("at: 2026-01-12", "at: 2026-01-19")


@pytest.fixture
def beside(monitor: Program) -> Program:
    """A folder of rules that the settings name."""
    monitor.write("rules/a.yaml", RULES)
    monitor.write("monitor.toml", 'rules = ["rules"]')
    return monitor


@pytest.mark.parametrize("paths", [(), ("rules",), ("rules/tests",), (".",), ("rules/tests/a.yaml",), ("rules", ".")])
def test_where_tests_are_looked_for(beside: Program, paths: tuple[str, ...]) -> None:
    """Case: beside the rules of the settings, below a folder, in a file; each once."""
    beside.write("rules/tests/a.yaml", TESTS)
    ended = beside("test", *paths)
    assert (ended.code, ended.out, ended.err) == (0, "2 tests in 1 file passed\n", "")


def test_a_single_rule_file_in_the_settings(beside: Program) -> None:
    """Case: then its tests are in the folder beside it."""
    beside.write("rules/tests/a.yaml", TESTS)
    beside.write("monitor.toml", 'rules = ["rules/a.yaml"]')
    assert beside("test").out == "2 tests in 1 file passed\n"


def test_no_tests(beside: Program) -> None:
    """Case: nothing to run is wrong input, with where tests belong."""
    ended = beside("test")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "rules: no rule tests in this folder\n    expected *.yaml in a folder tests\n"


def test_a_failure(beside: Program) -> None:
    """Case: exit code 1, got below expected, and how many failed."""
    beside.write("rules/tests/a.yaml", WRONG)
    ended = beside("test")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.splitlines() == [
        "rules/tests/a.yaml:3: it crosses: 1 of 1 expectation failed",
        "    expected  2026-01-19  Overtake  firing  (line 10)",
        "    got       2026-01-12  Overtake  firing",
        "                       ^ at",
        "",
        "1 of 2 tests in 1 file failed",
    ]


def test_what_is_missing_and_what_is_too_much(beside: Program) -> None:
    """Case: one alert more and one less, of several instances, aligned in one block."""
    more = WRONG.replace(
        "{at: 2026-01-19, alert: Overtake}", '{at: 2026-01-12, alert: Overtake, labels: {source: "x"}}'
    )
    more = more.replace("expect: []", "expect: [{at: 2026-01-12, alert: Overtake, change: resolved, value: 5T}]")
    beside.write(
        "rules/tests/a.yaml", more.replace('\': "1T 3T"', '\': "1T 3T"\n      \'tokens{model="z-ai/glm-5"}\': 0.5T')
    )
    assert beside("test").out.splitlines() == [
        "rules/tests/a.yaml:3: it crosses: 1 of 1 expectation failed",
        "    expected  2026-01-12  Overtake  firing  source=x     (line 11)",
        "    got       2026-01-12  Overtake  firing  source=test",
        "                                                   ^ labels.source",
        "",
        "rules/tests/a.yaml:12: it does not: 1 of 1 expectation failed",
        "    expected  2026-01-12  Overtake  resolved  value 5T  (line 16)",
        "    got       nothing",
        "",
        "2 of 2 tests in 1 file failed",
    ]


def test_only_some(beside: Program) -> None:
    """Case: by a part of their name or of their path."""
    beside.write("rules/tests/a.yaml", WRONG)
    beside.write("rules/tests/b.yaml", TESTS)
    assert beside("test", "--filter", "not").out == "2 tests in 2 files passed\n"
    assert beside("test", "--filter", "b.yaml").out == "2 tests in 1 file passed\n"
    assert beside("test", "--filter", "nothing is called so").out == "0 tests in 0 files passed\n"


def test_problems_of_all_files_at_once(beside: Program) -> None:
    """Law: exit code 2, every problem of tests, rules and files that are not there, and nothing is run."""
    beside.write("rules/tests/a.yaml", WRONG.replace("every: week", "every: weak", 1))
    beside.write("rules/tests/b.yaml", TESTS.replace("../a.yaml", "../b.yaml"))
    ended = beside("test", "rules", "nowhere.yaml")
    assert (ended.code, ended.out) == (2, "")
    assert [line.split(": ")[0] for line in ended.err.splitlines() if not line.startswith("    ")] == [
        "nowhere.yaml",
        "rules/b.yaml",
        "rules/tests/a.yaml:4:12",
    ]


def test_for_programs(beside: Program) -> None:
    """Case: one object with every test, its fields as texts; and one with the problems."""
    beside.write("rules/tests/a.yaml", WRONG)
    ended = beside("test", "--json")
    first, second = json.loads(ended.out)["tests"]
    assert (ended.code, second["passed"], second["differences"]) == (1, True, [])
    assert first == {
        "file": "rules/tests/a.yaml",
        "line": 3,
        "name": "it crosses",
        "passed": False,
        "differences": [
            {
                "line": 10,
                "expected": {"at": "2026-01-19", "alert": "Overtake", "change": "firing"},
                "got": {"at": "2026-01-12", "alert": "Overtake", "change": "firing"},
                "fields": ["at"],
            }
        ],
    }
    beside.write("rules/tests/a.yaml", "tests: []")
    ended = beside("test", "--json")
    assert (ended.code, [each["line"] for each in json.loads(ended.out)["problems"]]) == (2, [1, 1])


def test_an_own_catalogue(beside: Program) -> None:
    """Case: a file may name one, from its own folder."""
    beside.write("rules/tests/who.yaml", "vendors: {deepseek: {name: D, country: US}}")
    beside.write("rules/tests/a.yaml", TESTS.replace("tests:", "catalog: who.yaml\ntests:"))
    (beside.folder / "rules/tests/a.yaml").rename(beside.folder / "rules/a-test.yaml")
    assert beside("test", "rules/a-test.yaml").code == 2
    beside.write("rules/tests/a.yaml", TESTS.replace("tests:", "catalog: who.yaml\ntests:"))
    ended = beside("test", "rules/tests/a.yaml")
    assert (ended.code, ended.out.splitlines()[-1]) == (1, "1 of 2 tests in 1 file failed")


@pytest.fixture
def filled(beside: Program) -> Program:
    """A ledger with three weeks of usage."""
    beside.write("usage.csv", USAGE)
    assert beside("import", "usage.csv").code == 0
    return beside


def test_writing_a_test_of_what_happened(filled: Program) -> None:
    """Case: to a file, with paths from its folder; it passes."""
    filled.write("rules/tests/other.yaml", TESTS)
    ended = filled("test", "--from-episode", "Overtake@2026-01-14", "-o", "rules/tests/real.yaml")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    written = (filled.folder / "rules/tests/real.yaml").read_text()
    assert written.splitlines() == [
        "# What happened: Overtake, week of 2026-01-12 to 2026-01-18 (UTC), by the history of a ledger.",
        'rules: "../a.yaml"',
        "tests:",
        '  - name: "Overtake firing 2026-01-12"',
        "    every: week",
        "    from: 2026-01-05",
        "    alerts: [Overtake]",
        "    series:",
        '      \'tokens{model="deepseek/v3", source="openrouter"}\': "1B 4.119T 1B"',
        '      \'tokens{model="openai/gpt-5", source="openrouter"}\': "3B 2.933T 2B"',
        "    expect:",
        "      - at: 2026-01-12",
        "        alert: Overtake",
        "        change: firing",
        '        labels: {source: "openrouter"}',
        '        summary: "4.119T against 2.933T"',
        "      - at: 2026-01-19",
        "        alert: Overtake",
        "        change: resolved",
        '        labels: {source: "openrouter"}',
        '        summary: "Resolved: 1B against 2B"',
    ]
    assert filled("test").out == "3 tests in 2 files passed\n"
    ended = filled("test", "--from-episode", "Overtake@2026-01-14", "-o", "rules/tests/real.yaml")
    assert (ended.code, ended.err) == (1, "Error: Could not open file 'rules/tests/real.yaml': File exists\n")
    assert filled("test", "-o", "other.yaml").code == 2


def test_without_a_file_it_is_printed(filled: Program) -> None:
    """Case: as it would stand in the folder `tests` beside the rule."""
    ended = filled("test", "--from-episode", "Overtake@2026-01-19,source=openrouter")
    assert (ended.code, ended.err) == (0, "")
    filled.write("rules/tests/real.yaml", ended.out)
    assert "change: resolved" in ended.out
    assert filled("test").out == "1 test in 1 file passed\n"


def test_by_its_number_in_the_ledger(filled: Program) -> None:
    """Case: the id of what a monitor recorded."""
    with Ledger.open(filled.ledger) as ledger:
        rules = load_rules([filled.folder / "rules"]).rules
        Judging(ledger, shipped(), Routes(()), Timeliness(timedelta(days=1), timedelta(days=1))).judge(
            rules, datetime(2026, 2, 1, tzinfo=UTC)
        )
    first = filled("test", "--from-episode", "1").out
    assert "Overtake firing 2026-01-12" in first
    assert "Overtake resolved 2026-01-19" in filled("test", "--from-episode", "2").out
    assert first == filled("test", "--from-episode", "Overtake@2026-01-12").out


def test_what_only_happened_by_what_was_known(filled: Program) -> None:
    """Case: the week was restated since; the test has the figures of the time."""
    revised = USAGE.splitlines()[0] + "\n2026-01-12,week,deepseek/v3,5000000,openrouter,2026-03-01T00:00:00Z\n"
    filled.write("revised.csv", revised)
    assert filled("import", "revised.csv").code == 0
    ended = filled("test", "--from-episode", "Overtake@2026-01-12")
    assert ended.code == 0
    assert '"1B 4.119T 1B"' in ended.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("Overtake@2026-01-05",), "Overtake: nothing happened on 2026-01-05\n    `monitor backtest` tells"),
        (("Overtaken@2026-01-12",), "no alert 'Overtaken'\n    did you mean 'Overtake'?"),
        (("4711",), "no transition 4711 in "),
        (("Overtake",), "name ALERT@2026-02-09"),
        (("Overtake@2026-01-12", "rules"), "--from-episode runs no tests"),
        (("Overtake@2026-01-12", "--json"), "--from-episode runs no tests"),
    ],
)
def test_what_can_not_be_written(filled: Program, words: tuple[str, ...], told: str) -> None:
    """Case: exit code 2, with what to do."""
    ended = filled("test", "--from-episode", *words)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
