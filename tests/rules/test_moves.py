"""Moves either way, against the last notice or a day; steps that add up; ranks; what is far from usual."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.bar import Bar
from monitor.model.frame import Frame
from monitor.model.metric import Unit
from monitor.rules.conditions.deviates import SCALE
from monitor.rules.conditions.moving import EITHER, Move
from monitor.rules.conditions.steps import Steps
from monitor.rules.expression.windows import spread
from tests.laws.passes import compiled
from tests.rules.tables import DAY, days, hours, told, transitions


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ("moves: 20%", "10 12 12 9 9", ["1 firing a", "3 firing a"]),
        ("moves: 20%", "10 11.9 8.1", ["2 firing a"]),
        ("moves: 20%\nagainst: 2026-01-06", "10 10 12 9 8", ["2 firing a", "3 resolved a", "4 firing a"]),
        ("rises: 20%\nagainst: 2026-01-06", "1 ? 5 9", []),
        ("falls: 20%\nagainst: last notice", "10 9 8 7.5 6.4 9 5.12", ["2 firing a", "4 firing a", "6 firing a"]),
        ("moves: 20%\nagainst: last notice\nmin_change: 3", "10 12 13 10", ["2 firing a", "3 firing a"]),
        ("moves: 20%\nagainst: last notice\nfloor: 10", "9 30 10 12", ["2 firing a", "3 firing a"]),  # from 30 on
        ("moves: 20%\nagainst: last notice\nfloor: 10", "20 5 20 24", ["1 firing a", "3 firing a"]),  # 5 is no start
    ],
)
def test_moves(rule: str, values: str, expected: list[str]) -> None:
    """Exactly 20 % counts; a day that was not known is no reference; each notice is the next reference."""
    assert told(f"watch: tokens\n{rule}", days(values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("100 104 109 110 115 121", ["3 firing a", "5 firing a"]),
        ("100 95 90 85 81", ["2 firing a", "4 firing a"]),
        ("100 110 100 ? 99", ["1 firing a", "4 firing a"]),
        ("100 - 110 121", ["2 firing a", "3 firing a"]),
        ("0 0 5 5", ["2 firing a"]),
        ("? 100 110", ["2 firing a"]),
    ],
)
def test_steps_add_up(values: str, expected: list[str]) -> None:
    """Each further 10 % since the last notice; the first value known is where it starts; from zero any move counts."""
    table = days({"a": values, "b": values.replace("100", "1").replace("-", "1").replace("?", "?")})
    assert [each for each in told("watch: tokens\nsteps: 10%", table) if each.endswith("a")] == expected


@given(
    st.lists(st.lists(st.sampled_from([0.0, 1.0, 1.1, 1.21, 2.0, 5.0, math.nan]), max_size=40), min_size=1, max_size=4),
    st.sampled_from([0.0, 1.1]),
)
def test_steps_are_those_of_one_cell_after_the_other(columns: list[list[float]], floor: float) -> None:
    """However many columns there are and steps in them: what a plain loop over the cells finds."""
    height = max(map(len, columns))
    values = np.array([[*column, *[math.nan] * (height - len(column))] for column in columns]).T
    steps = Steps(Move(EITHER, 0.1, floor=floor))
    told, last = steps._told(values, np.full(len(columns), math.nan))  # noqa: SLF001
    for number in range(len(columns)):
        current, fresh = math.nan, False
        for row, value in enumerate(values[:, number].tolist()):
            assert np.isclose(told[row, number], current if fresh else math.nan, equal_nan=True)
            far = value != current and abs(value - current) >= 0.1 * current - 1e-12
            fresh = far if current >= floor else value >= floor
            current = value if fresh else current
        assert np.isclose(last[number], current, equal_nan=True)


def test_what_a_cut_off_list_bounds_is_no_figure() -> None:
    """Listed on three days of a week, a member has that much at least: no step, no change, nothing unusual."""
    weeks = ["10 " * 7, "11 " * 7, "9 " * 7, "10 " * 7, "10 10 10 - - - - ", "10 " * 7]
    table = days({"a": "9 " * 42, "b": "".join(weeks), "other": "5 " * 42})
    for rule in ("steps: 30%", "falls: 30%\nagainst: last notice", "deviates: 3\nagainst: median of 28d"):
        assert told(f"watch: tokens\n{rule}", table, "week") == [], rule
    assert told("watch: tokens\nchanges: true", table, "week") == ["1 firing b", "2 firing b", "3 firing b"]
    assert told("watch: tokens\nmoves: 10%\nagainst: 2026-02-04", table, "week") == []


@pytest.mark.parametrize(("every", "expected"), [("hour", "29 firing a"), ("day", "1 firing a")])
def test_a_day_is_what_it_ended_with(every: str, expected: str) -> None:
    """In hours as in days."""
    table = hours(" ".join(["9"] * 10 + ["5"] * 19 + ["6"] * 24))
    assert told("watch: price_output\nrises: 20%\nagainst: 2026-01-05", table, every) == [expected]


def test_a_step_says_what_was_told_last() -> None:
    """Its reference is the value of the notice before."""
    found = transitions("watch: price_output\nsteps: 10%", hours("10 10.5 11 11 12.1"), "hour")
    assert [(each.value, each.reference) for each in found] == [(11.0, 10.0), (12.1, 11.0)]


def test_ranks_move() -> None:
    """From third to first; who falls moves as well; the numbers told are the places."""
    table = days({"a": "1 9", "b": "2 2", "c": "3 3"})
    found = transitions("watch: tokens\nrank_moves: 2", table)
    assert [(each.labels.get("model"), each.value, each.reference) for each in found] == [("a", 1.0, 3.0)]
    assert told("watch: tokens\nrank_moves: 1\nagainst: 2d ago", days({"a": "1 1 9", "b": "2 2 2"})) == [
        "2 firing a",
        "2 firing b",
    ]
    assert compiled("watch: price_output\nrank_moves: 2", "hour").alert.unit is Unit.NUMBER


def test_places_that_move_day_by_day() -> None:
    """Each move is an episode of its own; with `for`, days running are one."""
    table = days({"a": "1 5 9 9", "b": "2 2 2 2", "c": "6 6 6 6"})
    mine = [each for each in told("watch: tokens\nrank_moves: 1", table) if each.endswith("a")]
    assert mine == ["1 firing a", "2 firing a"]
    held = told("watch: tokens\nrank_moves: 1\nfor: 2 bars", table)
    assert [each for each in held if each.endswith("a")] == ["2 firing a", "3 resolved a"]


def test_a_newcomer_has_no_place_to_come_from() -> None:
    """Who was not ranked before did not move."""
    assert told("watch: tokens\nrank_moves: 1", days({"a": "3 3", "b": "- 9"})) == ["1 firing a"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("10 11 9 10 30", ["4 firing a"]),
        ("10 11 9 10 12", []),
        ("10 10 10 10 30", []),
        ("10 11 ? 10 30", []),
        ("10 11 9 10 1", ["4 firing a"]),
    ],
)
def test_far_from_usual(values: str, expected: list[str]) -> None:
    """Four bars before; what never moved has no usual distance; one unknown bar leaves it open."""
    assert told("watch: tokens\ndeviates: 4\nagainst: median of 4d", days(values)) == expected


def test_the_robust_score_is_as_the_textbook_says() -> None:
    """Median and MAD of each window, by the definition, for windows of random numbers."""
    values = np.random.default_rng(5).normal(size=(40, 3))
    bars = Bar.DAY.grid(0, 39 * DAY)
    flags = np.zeros(values.shape, np.bool_)
    middle, distance = spread(Frame(Bar.DAY, bars, bars, (), values, flags, flags), values, 7 * DAY)
    for row in range(6, 40):
        window = values[row - 6 : row + 1]
        median = np.sort(window, axis=0)[3]
        assert np.array_equal(middle[row], median)
        assert np.allclose(distance[row], np.sort(np.abs(window - median), axis=0)[3])
    assert np.isnan(middle[:6]).all()
    assert pytest.approx(1 / 0.6744897501960817, abs=1e-4) == SCALE


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("deviates: 4%", "a plain number above zero"),
        ("deviates: 3\nagainst: mean of 28d", 'expected "median of 28d"'),
        ("deviates: 3\nagainst: median of 2d", "at least 4 bars"),
        ("rank_moves: 2\nagainst: mean of 28d", 'places are compared with "previous"'),
        ("moves: 20%\nagainst: 2026-13-01", "a day such as 2027-03-31"),
        ("steps: 5", "a part such as 20%"),
        ("steps: 10%\nfor: 2 bars", "has no meaning for 'steps'"),
        ("disappears: 2 of 3 bars", "got 2 of 3 bars, expected bars or a span"),
        ("below: 1\nabsent: ok\nabsent_for: 1 of 3 bars", "got 1 of 3 bars, expected bars or a span"),
        ("moves: 10%\nagainst: last notice\nkeep_firing_for: 2d", "has no meaning for 'moves'"),
    ],
)
def test_what_is_refused(rule: str, expected: str) -> None:
    """With what was got and what was expected."""
    with pytest.raises(AssertionError, match=expected):
        compiled(f"watch: tokens\n{rule}", "day")
