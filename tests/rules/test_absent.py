"""`absent`: of whom nothing is learnt any more, for whatever reason."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from monitor.backtest import Mode
from monitor.model.bar import DAY, HOUR, Bar
from monitor.model.clock import CLOCK
from tests.laws.history import Poll, Row, Table, Word, flows, series_of, together
from tests.rules.tables import MONDAY, days, hours, said, told, transitions


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
        ((94, 95), ["2 firing a"]),
        ((95,), []),
        ((120, 121), ["2 firing a"]),
        ((25, 120), []),
        ((25, 120, 121), ["2 firing a"]),
    ],
)
def test_of_a_source_that_seals_nothing_the_clock_tells(polled: Sequence[int], expected: list[str]) -> None:
    """Known is day 0 alone; day 2 is over by the clock when day 3 is sealed, at its last poll.

    After a stop, or at first, the first poll is not enough: what the source has of the time before may come next.
    """
    assert told("watch: tokens\nabsent: 2d", together(days("5"), clock(*polled))) == expected


def test_what_holds_until_the_next_look_is_believed_as_far_as_there_are_looks() -> None:
    """A price without `stale_after`: of hours that nobody looked at nothing is known while the source is silent."""
    rule = "watch: price_output\nabsent: 2 bars"
    assert told(rule, together(hours("1 1"), clock(*range(8))), "hour") == ["3 firing a"]
    back = together(hours("1 1 ? ? ? ? ? 1"), clock(*range(8)))
    assert told(rule, back, "hour") == told(rule, back, "hour", Mode.AS_FINAL) == ["3 firing a", "7 resolved a"]


def returning(number: int, *hours: int) -> Table:
    """Tokens of day 0, and an hour after the day of that number those of all days up to it; polls at these hours."""
    series = series_of("tokens", "s", "a")
    shown = {(series, MONDAY + day * DAY): 5.0 for day in range(number + 1)}
    first = Poll(MONDAY + DAY + HOUR, {(series, MONDAY): 5.0}, MONDAY + DAY)
    back = MONDAY + (number + 1) * DAY
    return together(flows("s", Bar.DAY, [first, Poll(back + HOUR, shown, back)]), clock(*hours))


@pytest.mark.parametrize("mode", list(Mode))
def test_a_source_that_brings_the_missing_days_was_silent_all_the_same(mode: Mode) -> None:
    """Days 1 to 4 were judged by the clock before it came back; day 5 was not."""
    found = transitions("watch: tokens\nabsent: 2d", returning(5, *range(24, 200)), mode=mode)
    assert [(said(each, "day"), each.judged_at) for each in found] == [
        ("2 firing a", MONDAY + 95 * HOUR + 300),
        ("5 resolved a", MONDAY + 6 * DAY + HOUR),
    ]


def test_a_monitor_that_stood_still_blames_no_source() -> None:
    """It polled nothing for days; what came at its second poll is judged as if it had been in time."""
    stopped = returning(5, *range(24, 30), 144)
    assert told("watch: tokens\nabsent: 2d", stopped) == []


def test_who_came_and_went_while_its_source_was_silent() -> None:
    """It was listed in days that came too late for this rule: of it nothing was ever known, so nothing is missing."""
    table = returning(5, *range(24, 200))
    row = Row(series_of("tokens", "s", "b"), MONDAY + 2 * DAY, MONDAY + 6 * DAY + HOUR, 5.0)
    every = replace(table, rows=(*table.rows, row))
    assert told("watch: tokens\nabsent: 2d", every) == ["2 firing a", "5 resolved a"]
    assert told("watch: tokens\nany_of: [{absent: 2d}, {disappears: 1 bar}]", every) == [
        "2 firing a",
        "5 resolved a",
    ]


def test_other_rules_wait_as_ever() -> None:
    """The clock is for `absent` alone."""
    table = together(days("5 5"), clock(*range(24, 200)))
    assert told("watch: tokens\nany_of: [{below: 1}, {disappears: 1 bar}]", table) == []
