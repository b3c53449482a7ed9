"""Trails → a line of text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.chart.sparkline import BLOCKS, reach, sparkline
from monitor.model.bar import DAY, Bar
from monitor.model.metric import Unit
from monitor.model.scene import Trail

NAN = math.nan


def trail(*values: float, bar: Bar = Bar.DAY, at: tuple[int, ...] = (), holds: bool = False) -> Trail:
    at = at or tuple(number * DAY for number in range(len(values)))
    return Trail(Unit.NUMBER, bar, at, values, (NAN,) * len(values), holds)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0.0, 1.0), "▁█◂"),
        ((4.0, 3.0, 1.0), "█▇▃◂"),  # from zero: a quarter is short
        ((99.0, 100.0, 99.5), "▁█▅◂"),  # far from zero: from the least
        ((1.0, NAN, 2.0), "▁·█◂"),
        ((1.0, math.inf, 2.0), "▁·█◂"),
        ((5.0, 5.0), "▅▅◂"),
        ((-1.0, 1.0), "▁█◂"),
        ((-1e308, 1e308), "▁█◂"),
        ((1.0,), ""),
        ((NAN, 1.0, NAN), ""),
        ((), ""),
    ],
)
def test_blocks(values: tuple[float, ...], expected: str) -> None:
    """The newest last, with a mark behind it; a gap where nothing is known; nothing where there is nothing to see."""
    assert sparkline(trail(*values)) == expected


def test_a_long_trail_shows_its_newest_sixteen() -> None:
    """As far as a line on a phone goes."""
    assert sparkline(trail(*range(100))) == sparkline(trail(*range(84, 100)))
    assert len(sparkline(trail(*range(100)))) == 17


def test_what_holds_is_looked_at_at_equal_distances() -> None:
    """Case: two prices, the first for nine of ten days."""
    assert sparkline(trail(4.0, 1.0, 1.0, at=(0, 9 * DAY, 10 * DAY), holds=True)) == "██████████████▃▃◂"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (trail(1, 2, bar=Bar.WEEK), "2 weeks"),
        (trail(1, 2, bar=Bar.SIX_HOURS), "2 bars of 6h"),
        (trail(*range(40)), "16 days"),
        (trail(4, 1, at=(0, 30 * DAY), holds=True), "30 days"),
    ],
)
def test_how_far_back_it_goes(shown: Trail, expected: str) -> None:
    """In the bars of the rule, or in days where numbers hold."""
    assert reach(shown) == expected


@given(st.lists(st.floats(), max_size=40), st.booleans())
def test_any_numbers_give_a_line(values: list[float], holds: bool) -> None:
    """Law: whatever the numbers, nothing but blocks, gaps and one mark."""
    line = sparkline(trail(*values, holds=holds))
    assert set(line) <= {*BLOCKS, "·", "◂"}
    assert line.count("◂") == bool(line)
    assert len(line) <= 17
