"""What happened beside what was expected: who belongs to whom, and what differs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ruletest.compare import Difference, paired
from tests.ruletest.tries import got, tried

WEEKS = """
- name: one
  every: week
  from: 2026-01-05
  series:
    'tokens{model="deepseek/v3"}': 1T 3T 1T 3T
    'tokens{model="openai/gpt-5"}': 2Tx3
  expect:
"""
FIRST = "{at: 2026-01-12, alert: Overtakes}"
END = "{at: 2026-01-19, alert: Overtakes, change: resolved}"
SECOND = "{at: 2026-01-26, alert: Overtakes}"


def weeks(*expect: str) -> str:
    return WEEKS + "".join(f"    - {each}\n" for each in expect) if expect else WEEKS.rstrip() + " []\n"


def test_all_as_expected_in_any_order() -> None:
    """Case: nothing to tell."""
    assert tried(weeks(FIRST, END, SECOND)) == tried(weeks(SECOND, FIRST, END)) == ()


def test_what_is_not_expected_is_told() -> None:
    """Case: every transition, with whom it is about and what people read."""
    assert got(weeks()) == [
        "2026-01-12 Overtakes firing 3T against 2T",
        "2026-01-19 Overtakes resolved Resolved: 1T against 2T",
        "2026-01-26 Overtakes firing 3T against 2T",
    ]


FACTS = """
- name: facts
  every: hour
  from: 2026-01-05
  series:
    'modalities{model="deepseek/v3"}': text "image in, text" _ text
    'retires_at{model="deepseek/v3"}': 2026-03-01x1 2026-02-01
  expect: []
"""


def test_facts_read_as_texts_and_dates() -> None:
    """Case: a summary says what a text was and is, a default one which day it is."""
    assert got(FACTS) == [
        "2026-01-05T01:00Z OtherModalities firing text → image in, text",
        "2026-01-05T02:00Z Retires firing Retires: deepseek/v3: 2026-02-01",
        "2026-01-05T03:00Z OtherModalities firing image in, text → text",
    ]


def test_what_does_not_happen_is_told_beside_what_is_most_like_it() -> None:
    """Case: another day; the line is that of the expectation."""
    (one,) = tried(weeks(FIRST, END, "{at: 2026-02-02, alert: Overtakes, summary: 3T against 2T}"))
    assert (one.line, one.fields) == (12, ("at",))
    assert ((one.expected or {})["at"], (one.got or {})["at"]) == ("2026-02-02", "2026-01-26")


def test_the_same_twice_happens_once() -> None:
    """Case: an expectation takes one transition, so a second one is missing."""
    (one,) = tried(weeks(FIRST, FIRST, END, SECOND))
    assert (one.line, one.got) == (11, None)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("labels: {source: test}", ()),
        ("labels: {severity: warning}", ()),
        ("labels: {severity: critical}", ("labels.severity",)),
        ("labels: {nobody: knows}", ("labels.nobody",)),
        ("value: 3T", ()),
        ("value: 3000B, reference: 2T", ()),
        ("value: 3.0001T", ()),  # as messages show it: to four digits
        ("value: 3.01T", ("value",)),
        ("reference: unknown", ("reference",)),
        ("description: of test", ()),
        ("description: of tests", ("description",)),
        ("summary: 3T against 3T, value: 2T", ("value", "summary")),
    ],
)
def test_fields_that_are_named_are_compared(field: str, fields: tuple[str, ...]) -> None:
    """Case: labels of the instance and of the rule, numbers as people read them, texts as they are."""
    found = tried(weeks(FIRST.replace("}", f", {field}}}"), END, SECOND))
    assert [each.fields for each in found] == ([fields] if fields else [])


HOURS = """
- name: one
  every: hour
  from: 2026-01-05
  series:
    'price_output{model="deepseek/v3"}': $2 $1 $1
    'price_output{model="openai/gpt-5"}': $4 $2 $2
  expect:
"""


def test_the_end_of_what_tells_no_end_need_not_be_expected() -> None:
    """Case: of a price step nobody is told that it is over; it may be expected all the same."""
    falls = "    - {at: 2026-01-05T01:00Z, alert: Falls, labels: {vendor: deepseek}}\n"
    also = "    - {at: 2026-01-05T01:00Z, alert: Falls}\n"
    end = "    - {at: 2026-01-05T02:00Z, alert: Falls, change: resolved, labels: {model: openai/gpt-5}}\n"
    assert tried(HOURS + falls + also) == ()
    assert tried(HOURS + also + falls + end) == ()


LEVELS = """
- name: one
  every: day
  from: 2026-01-05
  alerts: [Busy]
  series:
    'tokens{model="deepseek/v3"}': 1T 3T 5T
  expect:
    - {at: 2026-01-06, alert: Busy, level: warning}
    - {at: 2026-01-07, alert: Busy, change: level, level: critical}
"""


def test_a_level_is_compared_where_it_is_named() -> None:
    """Case: the one it has from then on; none, where it has left them all."""
    assert tried(LEVELS) == ()
    (found,) = tried(LEVELS.replace("level: warning", "level: critical"))
    assert (found.fields, found.got and found.got["level"]) == (("level",), "warning")
    (found,) = tried(LEVELS.replace("level: critical", "level: none"))
    assert found.fields == ("level",)


def test_what_is_learnt_later_is_told_as_a_correction() -> None:
    """Case: withdrawn, as it never was over; what was not restated is told to nobody."""
    later = """  restated:
    - {at: 2026-01-09, series: {'tokens{model="deepseek/v3"}': "_ 0.5T 0.5T"}}
  expect:
    - {at: 2026-01-06, alert: Busy, change: withdrawn, level: warning}
"""
    text = LEVELS.replace("  expect:\n", later)
    assert tried(text) == ()
    missed, *_ = tried(text.replace("_ 0.5T 0.5T", "_ _ 5T"))
    assert missed.expected is not None
    assert missed.expected["change"] == "withdrawn"


def test_alerts_limits_what_counts() -> None:
    """Case: of other alerts nothing is asked."""
    assert tried(weeks().replace("  expect", "  alerts: [Falls]\n  expect")) == ()


SIGNS = st.sampled_from(["1T", "2T", "3T", "_", "stale"])


@settings(max_examples=50, deadline=None)
@given(st.lists(SIGNS, min_size=1, max_size=12), st.lists(SIGNS, min_size=1, max_size=12), st.data())
def test_a_test_that_expects_what_happens_passes(one: list[str], other: list[str], data: st.DataObject) -> None:
    """Law: and what is left out of it is told, alone."""
    text = weeks().replace("1T 3T 1T 3T", " ".join(one)).replace("2Tx3", " ".join(other))
    expect = [f"{{{', '.join(f'{key}: {value}' for key, value in said(each).items())}}}" for each in tried(text)]
    shuffled = data.draw(st.permutations(expect))
    every = text.replace(" []\n", "\n" + "".join(f"    - {each}\n" for each in shuffled) if expect else " []\n")
    assert tried(every) == ()
    if expect:
        (left,) = tried(
            text.replace(" []\n", "\n" + "".join(f"    - {each}\n" for each in shuffled[1:]) if expect[1:] else " []\n")
        )
        assert left.expected is None


def said(difference: Difference) -> dict[str, str]:
    """What happened, as an expectation names it."""
    got = difference.got or {}
    return {key: got[key] for key in ("at", "alert", "change")} | {"summary": f'"{got["summary"]}"'}


@given(st.lists(st.lists(st.booleans(), min_size=5, max_size=5), max_size=5))
def test_as_many_pairs_as_there_can_be(fit: list[list[bool]]) -> None:
    """Law: no other choice of pairs has more of them."""
    taken = paired(fit, 5)
    assert all(fit[row][column] for column, row in taken.items())
    assert len(set(taken.values())) == len(taken) == most(fit, 0, frozenset())


def most(fit: list[list[bool]], row: int, used: frozenset[int]) -> int:
    """The most pairs of the rows from one on, tried one by one."""
    if row == len(fit):
        return 0
    free = [column for column in range(5) if fit[row][column] and column not in used]
    return max([most(fit, row + 1, used), *(1 + most(fit, row + 1, used | {column}) for column in free)])
