"""`absent`: of whom nothing is learnt any more, for whatever reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pytest

from monitor.backtest import Mode
from monitor.model.bar import HOUR, Bar
from monitor.model.clock import CLOCK
from tests.laws.history import Table, Word, together
from tests.rules.tables import MONDAY, days, hours, told, transitions


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("5 - - 5", ["2 firing a", "3 resolved a"]),
        ("5 ? ? ? 5", ["2 firing a", "4 resolved a"]),
        ("5 - ? 5", ["2 firing a", "3 resolved a"]),
        ("5 - 5 - 5", []),
        ("- - 5 5", []),
    ],
)
def test_two_days_of_a_flow(values: str, expected: list[str]) -> None:
    """Not listed, or no answer at all; who was never there is not missing."""
    other = " ".join("?" if value == "?" else "1" for value in values.split())
    found = told("watch: tokens\nabsent: 2d", days({"a": values, "b": other}))
    assert [each for each in found if each.endswith("a")] == expected


def test_a_price_is_learnt_anew_by_every_look() -> None:
    """That it stays the same is no absence; that it is gone, or that looks are too old, is."""
    assert told("watch: price_output\nabsent: 2 bars", hours({"a": "1 1 1 1 1", "b": "1 2 2 2 2"}), "hour") == []
    gone = hours({"a": "1 - - - 1", "b": "1 2 2 2 2"})
    assert told("watch: price_output\nabsent: 2 bars", gone, "hour") == ["2 firing a", "4 resolved a"]
    stale = hours({"a": "1 ? ? ? ? ? 1"}, stale=7200)
    assert told("watch: price_output\nabsent: 2 bars", stale, "hour") == ["4 firing a", "6 resolved a"]


def test_it_says_what_was_known_last() -> None:
    """The reference is the last value."""
    (found,) = transitions("watch: tokens\nabsent: 1 bar", days({"a": "5 7 -", "b": "1 1 1"}))
    assert found.reference == 7.0
    assert math.isnan(found.value)


def clock(*hours: int) -> Table:
    """The monitor polls something at five past these hours, counted from the first day of the tables."""
    return Table((), tuple(Word("other", CLOCK, Bar.HOUR, at + HOUR, at + 300) for at in _instants(hours)))


def _instants(hours: Iterable[int]) -> list[int]:
    return [MONDAY + hour * HOUR for hour in hours]


@pytest.mark.parametrize(
    ("polled", "expected"),
    [
        ((), []),
        ((94,), []),
        ((95,), ["2 firing a"]),
        ((120, 121, 200), ["2 firing a"]),
    ],
)
def test_of_a_source_that_seals_nothing_the_clock_tells(polled: Sequence[int], expected: list[str]) -> None:
    """Known is day 0 alone; day 2 is over by the clock when day 3 is sealed, at its last poll."""
    assert told("watch: tokens\nabsent: 2d", together(days("5"), clock(*polled))) == expected


def test_what_holds_until_the_next_look_is_believed_as_far_as_there_are_looks() -> None:
    """A price without `stale_after`: of hours that nobody looked at nothing is known while the source is silent."""
    rule = "watch: price_output\nabsent: 2 bars"
    assert told(rule, together(hours("1 1"), clock(*range(8))), "hour") == ["3 firing a"]
    back = together(hours("1 1 ? ? ? ? ? 1"), clock(*range(8)))
    assert told(rule, back, "hour") == ["3 firing a", "3 withdrawn a"]
    assert told(rule, back, "hour", Mode.AS_FINAL) == []


def test_other_rules_wait_as_ever() -> None:
    """The clock is for `absent` alone."""
    table = together(days("5 5"), clock(*range(24, 200)))
    assert told("watch: tokens\nany_of: [{below: 1}, {disappears: 1 bar}]", table) == []
