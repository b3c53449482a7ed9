"""Episodes as characters over time."""

from __future__ import annotations

import pytest

from monitor.model.bar import DAY
from monitor.report.episodes import Episode
from monitor.report.timeline import Window, axis, strips
from tests.report.written import day, episode, labels

TEN = Window(day(0), day(10), DAY)


def drawn(found: list[Episode], window: Window = TEN, known: tuple[int, int] = (0, 10), width: int = 10) -> str:
    (strip,) = strips(found, window, [(labels("a"), day(known[0]), day(known[1]))], width)
    return strip.drawn


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([episode(2, 5)], "··▐█▌·····"),
        ([episode(2, 3)], "··┃·······"),
        ([episode(2, 4)], "··▐▌······"),
        ([episode(7)], "·······▐█»"),
        ([episode(9)], "·········»"),
        ([episode(0, 2), episode(4, 5)], "▐▌··┃·····"),
        ([episode(1, 5, fired=3)], "···▐▌·····"),
    ],
)
def test_a_strip(found: list[Episode], expected: str) -> None:
    """Cases: begins, lasts, ends; shorter than a cell; still open; it fires from the bar at which it was told."""
    assert drawn(found) == expected


@pytest.mark.parametrize(
    ("found", "window", "expected"),
    [
        ([episode(0, 5)], (2, 7), "██▌··"),
        ([episode(5, 9)], (2, 7), "···▐█"),
        ([episode(0, 9)], (2, 7), "█████"),
        ([episode(0, 2), episode(3, 4)], (2, 7), "·┃···"),
    ],
)
def test_what_lies_outside_is_cut(found: list[Episode], window: tuple[int, int], expected: str) -> None:
    """Case: what began before or ends after the window has no such edge in it."""
    assert drawn(found, Window(day(window[0]), day(window[1]), DAY), width=5) == expected


def test_where_there_is_no_history_there_is_nothing() -> None:
    """Case: a source that came later and went earlier; an open episode ends with it."""
    assert drawn([episode(5)], known=(3, 8)) == "   ··▐█»  "


def test_two_episodes_in_one_cell() -> None:
    """Case: one ends where the next begins."""
    assert drawn([episode(0, 3), episode(3, 6)], width=5) == "▐█▌··"


def test_the_most_active_come_first() -> None:
    """Law: by how many episodes, then by labels."""
    found = [episode(1, 2, model="c"), episode(1, 2, model="b"), episode(1, 2, model="d"), episode(4, 5, model="d")]
    assert [(each.labels.get("model"), each.count) for each in strips(found, TEN, [], 10)] == [
        ("d", 2),
        ("b", 1),
        ("c", 1),
    ]


@pytest.mark.parametrize("width", [10, 20, 50, 120])
def test_every_line_is_as_wide_as_asked(width: int) -> None:
    """Law: strips exactly, the axis at most."""
    assert len(drawn([episode(2, 5), episode(7)], width=width)) == width
    assert all(len(line) <= width for line in axis(TEN, width))


def test_an_axis_has_dates_at_its_marks() -> None:
    """Case: a mark above the first character of each date."""
    marks, dates = axis(TEN, 50)
    assert dates.split() == ["2026-01-05", "2026-01-12"]
    assert [at for at, mark in enumerate(marks) if mark == "╵"] == [
        dates.index("2026-01-05"),
        dates.index("2026-01-12"),
    ]
