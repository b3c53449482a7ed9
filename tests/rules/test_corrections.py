"""Figures that are restated: withdrawn, moved, late, reopened; never a second alert for the same episode."""

from __future__ import annotations

import pytest

from monitor.model.bar import Bar
from monitor.model.sample import Series
from tests.laws.history import Poll, Table, flows, series_of
from tests.rules.tables import DAY, HOUR, MONDAY, place, said, told, transitions

A = series_of("tokens", "s", "a")


def history(values: str, *restated: tuple[int, int, float]) -> Table:
    """A day each, polled an hour after its end; `restated`: (day, day of the poll that says so, value)."""
    polls = []
    for day, value in enumerate(values.split()):
        shown: dict[tuple[Series, int], float] = {(A, MONDAY + day * DAY): float(value)}
        shown |= {(A, MONDAY + bar * DAY): now for bar, poll, now in restated if poll == day}
        polls.append(Poll(MONDAY + (day + 1) * DAY + HOUR, shown, MONDAY + (day + 1) * DAY))
    return flows("s", Bar.DAY, polls)


def story(rule: str, table: Table) -> list[str]:
    """Each as `day judged: day what a`, in the order in which people heard it."""
    found = sorted(transitions(rule, table), key=lambda each: (each.judged_at, each.valid_at))
    return [f"{place(each.judged_at, 'day') - 1}: {said(each, 'day')}{_moved(each.moved_from)}" for each in found]


def _moved(moved_from: int) -> str:
    return f" (was {place(moved_from, 'day')})" if moved_from else ""


@pytest.mark.parametrize(
    ("values", "restated", "expected"),
    [
        pytest.param("1 6 1", [], ["1: 1 firing a", "2: 2 resolved a"], id="nothing restated"),
        pytest.param("1 6 7", [(1, 2, 6.5)], ["1: 1 firing a"], id="another figure, the same verdict"),
        pytest.param("1 6 1", [(1, 2, 4)], ["1: 1 firing a", "2: 1 withdrawn a"], id="withdrawn"),
        pytest.param("1 4 1", [(1, 2, 6)], ["2: 1 firing a", "2: 2 resolved a"], id="late"),
        pytest.param("1 6 7", [(1, 2, 4)], ["1: 1 firing a", "2: 2 corrected a (was 1)"], id="moved on"),
        pytest.param("4 6 7", [(0, 2, 6)], ["1: 1 firing a", "2: 0 corrected a (was 1)"], id="moved back"),
        pytest.param(
            "1 6 1 1", [(2, 3, 6)], ["1: 1 firing a", "2: 2 resolved a", "3: 3 resolved a (was 2)"], id="end moved"
        ),
        pytest.param(
            "1 6 1 7", [(2, 3, 6)], ["1: 1 firing a", "2: 2 resolved a", "3: 1 corrected a (was 1)"], id="still holds"
        ),
        pytest.param(
            "1 6 1 1 1",
            [(1, 2, 4), (1, 3, 6)],
            ["1: 1 firing a", "2: 1 withdrawn a", "3: 1 corrected a (was 1)", "3: 2 resolved a"],
            id="withdrawn and back",
        ),
        pytest.param(
            "1 6 6 1 1",
            [(1, 3, 4), (1, 4, 6)],
            [
                "1: 1 firing a",
                "3: 2 corrected a (was 1)",
                "3: 3 resolved a",
                "4: 1 corrected a (was 2)",
                "4: 3 resolved a",
            ],
            id="moved and back",
        ),
    ],
)
def test_what_people_are_told(values: str, restated: list[tuple[int, int, float]], expected: list[str]) -> None:
    """Above 5; each history is polled daily and restated as the case says."""
    assert story("watch: tokens\nabove: 5", history(values, *restated)) == expected


def test_a_record_that_was_none_is_withdrawn() -> None:
    """Moments as well; the record that a later day sets against the new figures is told late."""
    table = history("5 9 7 1", (1, 3, 6))
    assert story("watch: tokens\nnew_high: all", table) == ["1: 1 firing a", "3: 2 firing a"]
    gone = history("5 9 1", (1, 2, 4))
    assert story("watch: tokens\nnew_high: all", gone) == ["1: 1 firing a", "2: 1 withdrawn a"]


def test_a_crossing_by_restated_figures_is_remembered_as_such() -> None:
    """The side that is remembered is that of the newest figures: no crossing is invented by the next bar."""
    rule = "watch: tokens\ncrosses_above: 5"
    assert told(rule, history("4 6 7", (0, 1, 6))) == []
    assert told(rule, history("6 6 7", (0, 1, 4))) == ["1 firing a"]
