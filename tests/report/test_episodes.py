"""Transitions → episodes."""

from __future__ import annotations

import random

import pytest

from monitor.model.bar import Bar
from monitor.model.transition import Transition
from monitor.report.episodes import Episode, Standing, episodes, kept
from monitor.report.wording import marks
from tests.report.written import START, day, episode, told

FIRED = told(2, "firing", episode=1)
ENDED = told(5, "resolved", episode=1)


def said(each: Episode) -> str:
    """`1-5 ended`: its first day, the day it ended, what became of it, and its marks."""
    days = [None if at is None else (at - START) // 86400 for at in (each.began, each.ended)]
    return f"{days[0]}-{'' if days[1] is None else days[1]} {each.standing} {marks(each, Bar.DAY)}".strip()


T = "told 2026-01-07"


@pytest.mark.parametrize(
    ("transitions", "expected"),
    [
        ([], []),
        ([FIRED], [f"1- open {T}"]),
        ([FIRED, ENDED], [f"1-5 ended {T}"]),
        ([FIRED, ENDED, told(7, "firing")], [f"1-5 ended {T}", "7- open"]),
        ([FIRED, told(3, "firing", model="b")], [f"1- open {T}", "3- open"]),
        ([told(5, "resolved", episode=5)], ["5-5 ended"]),
        ([told(2, "firing", gap_from=0)], ["2- open some time after 2026-01-05"]),
        ([told(1, "firing", level="warning")], ["1- open warning"]),
        (
            [
                told(1, "firing", level="warning"),
                told(3, "level", episode=1, level="critical"),
                told(4, "resolved", episode=1),
            ],
            ["1-4 ended warning, critical 2026-01-08"],
        ),
        ([FIRED, told(2, "withdrawn", episode=1, learnt=9)], [f"1- withdrawn {T}, withdrawn 2026-01-14"]),
        (
            [
                FIRED,
                ENDED,
                told(3, "corrected", moved_from=1, learnt=9),
                told(5, "resolved", episode=3, learnt=9),
            ],
            ["3-5 ended corrected, was 2026-01-06"],
        ),
        ([FIRED, told(2, "corrected", episode=1, learnt=9)], [f"1- open {T}, corrected"]),
        ([told(3, "corrected", moved_from=1)], ["3- open"]),
        (
            [FIRED, told(2, "withdrawn", episode=1), told(2, "corrected", episode=1, moved_from=1, learnt=9)],
            [f"1- open {T}, withdrawn 2026-01-08, corrected"],
        ),
        (
            [FIRED, ENDED, told(7, "resolved", episode=1, moved_from=5, learnt=9)],
            [f"1-7 ended {T}, end corrected, was 2026-01-10"],
        ),
        ([FIRED, ENDED, told(2, "corrected", episode=1, moved_from=1, learnt=9)], [f"1- open {T}, corrected"]),
        ([FIRED, told(2, "withdrawn", episode=1, learnt=9), told(2, "firing", episode=1, learnt=11)], [f"1- open {T}"]),
    ],
)
def test_episodes_of_transitions(transitions: list[Transition], expected: list[str]) -> None:
    """Cases: one, several, instances apart, cut off at the start, and every kind that changes an episode."""
    assert [said(each) for each in episodes(transitions)] == expected


def test_the_order_in_which_transitions_are_given_is_inert() -> None:
    """Law: they are put into the order of telling first."""
    given = [
        FIRED,
        ENDED,
        told(3, "corrected", moved_from=1, learnt=9),
        told(7, "firing"),
        told(7, "withdrawn", episode=7, learnt=20),
        told(8, "firing", model="b"),
    ]
    for seed in range(20):
        shuffled = given[:]
        random.Random(seed).shuffle(shuffled)  # noqa: S311 - no secret
        assert episodes(shuffled) == episodes(given)


def test_the_numbers_of_an_episode_are_those_at_which_it_fired() -> None:
    """Case: not those of its end."""
    (found,) = episodes([FIRED, ENDED])
    assert (found.fired, found.value, found.reference) == (day(2), 2.0, 10.0)


def test_moments_have_no_end() -> None:
    """Case: of an alert whose every true bar is an episode of its own."""
    found = episodes([told(1, "firing"), told(2, "firing")], frozenset({"A"}))
    assert [(each.standing, each.until(day(9), 86400)) for each in found] == [
        (Standing.MOMENT, day(2)),
        (Standing.MOMENT, day(3)),
    ]


def test_withdrawn_ones_are_not_kept() -> None:
    """Case: they never were, as it turned out."""
    found = episodes([FIRED, told(2, "withdrawn", episode=1), told(7, "firing")])
    assert [each.began for each in kept(found)] == [day(7)]


@pytest.mark.parametrize(
    ("within", "touches"), [((0, 2), False), ((0, 3), True), ((5, 5), True), ((6, 6), True), ((7, 9), False)]
)
def test_what_touches_a_stretch_of_time(within: tuple[int, int], *, touches: bool) -> None:
    """Case: from the bar at which it fired to the one at which it ended, both included."""
    assert episode(1, 6, fired=3).touches((day(within[0]), day(within[1]))) is touches


def test_an_open_one_touches_all_that_follows() -> None:
    """Case: nobody knows its end."""
    assert episode(1).touches((day(90), day(91)))
