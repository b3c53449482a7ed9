"""Test files → cases: every problem at once, where it stands, with what to write instead."""

from __future__ import annotations

import pytest

from monitor.model.bar import Bar
from tests.ruletest.tries import Shelf, problems, suite, written

GOOD = """
- name: one
  every: week
  from: 2026-01-05
  series:
    'tokens{model="deepseek/v3"}': 1T 3T
    'tokens{model="openai/gpt-5"}': 2T
  expect:
    - {at: 2026-01-12, alert: Overtakes}
"""


LATER, V3, V4 = "restated: [", "'tokens{model=\"deepseek/v3\"}'", "'tokens{model=\"deepseek/v4\"}'"


def with_(old: str, new: str) -> str:
    """The good file with one thing written otherwise."""
    text = written(GOOD)
    assert old in text
    return text.replace(old, new)


def test_a_good_file() -> None:
    """Case: a case with the source that is given to series without one, shorter series filled up."""
    (case,) = suite(written(GOOD)).cases
    assert (case.name, case.path, case.line, case.every) == ("one", "tests/a.yaml", 3, Bar.WEEK)
    assert [len(cells) for cells in case.series.values()] == [2, 2]
    assert {series.labels.get("source") for series in case.series} == {"test"}
    assert [each.line for each in case.expect] == [10]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("every: week", "every: weak", "4:12: one: every: got 'weak', expected hour | 6h | 12h | day"),
        ("from: 2026-01-05", "from: 2026-01-06", "5:11: one: from: got 2026-01-06, inside a bar\n    this week"),
        ("from: 2026-01-05", "from: monday", "5:11: one: from: got 'monday', expected a day or an hour"),
        ("name: one", "name: ''", "3:12: tests.0.name: got nothing, expected at least one"),
        ("- name: one", "- nam: one", "3:5: tests.0.nam: unknown key\n    did you mean 'name'?"),
        ("- name: one", "- nam: one", "3:5: tests.0: 'name' is missing"),
        ('tokens{model="openai', 'tokns{model="openai', "unknown metric 'tokns'\n    did you mean 'tokens'?"),
        ('openai/gpt-5"}', 'deepseek/v3",}', "the same series as 'tokens{model=\"deepseek/v3\"}'"),
        ("1T 3T", "1T 3X", "7:41: one: series.tokens{model=\"deepseek/v3\"}: got '3X', expected values"),
        ("1T 3T", "1T $3", "but the metric is in tokens"),
        ("at: 2026-01-12", "at: 2026-01-13", "10:14: one: expect.0.at: got 2026-01-13, inside a bar"),
        ("alert: Overtakes", "alert: Overtaks", "no alert 'Overtaks' in the rules of this file\n    did"),
        ("alert: Overtakes", "alert: Overtakes, change: fired", "got 'fired', expected firing | level | resolved"),
        ("alert: Overtakes", "alert: Overtakes, sumary: x", "annotation of Overtakes\n    did you mean 'summary'?"),
        ("alert: Overtakes", "alert: Overtakes, summary: [x]", "one: expect.0.summary: expected text"),
        ("alert: Overtakes", "alert: Overtakes, value: much", "got 'much', expected a number such as 12, 1%"),
        ("alert: Overtakes", "alert: Overtakes, level: critical", "got 'critical'\n    Overtakes has no levels"),
        ("alert: Overtakes", "alert: Overtakes, level: none", "0.level: got 'none'\n    Overtakes has no"),
        ("  expect:", f"  {LATER}{{at: x, series: {{{V3}: 1T}}}}]\n    expect:", "restated.0.at: got 'x', expected"),
        ("  expect:", f"  {LATER}{{at: 2026-02-01, series: {{{V4}: 1T}}}}]\n    expect:", "not among the series of"),
        ("  expect:", f"  {LATER}{{at: 2026-02-01, series: {{{V3}: stale}}}}]\n    expect:", "got 'stale', expected"),
        ("alert: Overtakes", "alert: Falls", "judged every hour, which can not be made of 'every: week'"),
        ("{at: 2026-01-12, alert: Overtakes}", "{at: 2026-01-12}", "one: expect.0: 'alert' is missing"),
        ("  expect:", "  alerts: [Falls]\n    expect:", "Overtakes is not among the 'alerts' of this test"),
        ("  expect:", "  alerts: [Overtaks]\n    expect:", "one: alerts.0: no alert 'Overtaks' in the rules"),
        ("  expect:", "  stale_after: long\n    expect:", "one: stale_after: got 'long', expected a span"),
        ("  expect:\n      - {at: 2026-01-12, alert: Overtakes}", "  other: 1", "'expect' is missing\n    expect: []"),
        ("rules: ../rules.yaml\n", "", "1:1: 'rules' is missing"),
        ("rules: ../rules.yaml", "rules: ''", "1:9: rules: got nothing, expected at least one"),
        ("rules: ../rules.yaml", "rules: {a: b}", "1:8: rules: got '{'a': 'b'}', expected text"),
        ("rules: ../rules.yaml", "rules: ../rules.yaml\ncatalog: ../missing.yaml", "missing.yaml: can not be read"),
    ],
)  # fmt: skip
def test_problems(old: str, new: str, told: str) -> None:
    """Case: one fault, with its line and column and the nearest right word."""
    assert any(told in problem for problem in problems(with_(old, new))), problems(with_(old, new))


def test_a_metric_that_is_not_there() -> None:
    """Case: what is expected of a rule that reads nothing of the test can never come true."""
    text = written(GOOD).replace("every: week", "every: hour").replace("Overtakes}", "Falls}")
    assert problems(text) == [
        "tests/a.yaml:10:33: one: expect.0.alert: Falls reads price_output\n    add series of it to this test"
    ]


def test_all_problems_at_once() -> None:
    """Law: a problem hides no other, in the same test or in the next."""
    second = GOOD.replace("name: one", "name: two").replace("1T 3T", "1Z").replace("alert: Overtakes", "alert: Nobody")
    text = written(GOOD.replace("every: week", "every: weak").replace("2T", "2Z") + second)
    assert [problem.split(": ")[1:3] for problem in problems(text)] == [
        ["one", "every"],
        ["one", 'series.tokens{model="openai/gpt-5"}'],
        ["two", 'series.tokens{model="deepseek/v3"}'],
        ["two", "expect.0.alert"],
    ]


def test_names_are_taken_once() -> None:
    """Case: two tests of one name could not be told apart."""
    assert problems(written(GOOD + GOOD)) == ["tests/a.yaml:12:11: one: name: the name is taken, first on line 3"]


def test_rules_with_problems_are_told_and_hide_what_follows_from_them() -> None:
    """Case: of a broken rule file its own problem is told, not that its alerts are missing."""
    shelf = Shelf({"rules.yaml": "groups: 1"})
    found = suite(written(GOOD), shelf).problems
    assert [str(problem) for problem in found] == ["rules.yaml:1:9: groups: got '1', expected a list"]


def test_several_rule_files() -> None:
    """Case: a list, each from the folder of the test file."""
    shelf = Shelf({"rules.yaml": Shelf().rules_by_path["rules.yaml"], "tests/more.yaml": "groups: []"})
    suite(written(GOOD, "rules: [../rules.yaml, more.yaml]\ntests:\n"), shelf)
    assert shelf.asked == [("rules.yaml", "tests/more.yaml")]


def test_what_is_no_yaml() -> None:
    """Case: with line and column."""
    assert problems("rules: [") == ["tests/a.yaml:2:1: not YAML: did not find expected node content"]
