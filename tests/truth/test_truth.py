"""Every kind of change as a story of looks: what is claimed, and what becomes of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.bar import Bar
from monitor.model.history import Columns
from monitor.model.labels import Labels
from monitor.model.sample import Series
from monitor.truth.event import Event, Kind, Status
from monitor.truth.looks import announcements
from monitor.truth.step import DAY, Announcement, independent
from monitor.truth.truth import Truth
from tests.truth.stories import FIRST, identify, look, told, words

STORIES = {
    "two lists show the same new price": (
        """
        0 a: o/m=10/40
        0 b: o/m=10/40
        9 a: o/m=2/40
        10 b: o/m=2/40
        """,
        ["o/m input 10 → 2: claimed price, confirmed price"],
    ),
    "the first one goes back first": (
        """
        0 a: o/m=10
        0 b: o/m=10
        9 a: o/m=2
        10 a: o/m=10
        11 b: o/m=2
        """,
        [
            "o/m input 10 → 2: claimed price, withdrawn price",
            "o/m input 2 → 10: doubted back",
            "o/m input 10 → 2: claimed price",
        ],
    ),
    "an exact fifth is a change like others, dust is none": (
        """
        0 a: o/m=1/0.6
        9 a: o/m=0.8/0.6000000000000001
        """,
        ["o/m input 1 → 0.8: claimed price"],
    ),
    "a list that starts later shows the new price": (
        """
        0 a: o/m=10
        0 b: o/x=1
        20 a: o/m=2
        30 b: o/m=2
        """,
        ["o/m input 10 → 2: claimed price, confirmed price"],
    ),
    "another host is another offer": (
        """
        0 a: o/m=10
        0 b: h@o/m=10
        20 a: o/m=2
        21 b: h@o/m=2
        """,
        ["o/m input 10 → 2: claimed price", "o/m input 10 → 2: claimed price"],
    ),
    "a list that catches up months later confirms nothing": (
        """
        0 a: o/m=10
        0 b: o/m=2
        60 a: o/m=2
        """,
        ["o/m input 10 → 2: doubted late entry"],
    ),
    "half of all prices at a router while lists hold": (
        """
        0 router: o/m=1/8
        0 a: o/m=1/8
        20 router: o/m=0.5/4
        27 router: o/m=1/8
        """,
        [
            "o/m input 1 → 0.5: claimed promotion, withdrawn promotion",
            "o/m output 8 → 4: claimed promotion, withdrawn promotion",
            "o/m input 0.5 → 1: claimed end of promotion",
            "o/m output 4 → 8: claimed end of promotion",
        ],
    ),
    "a promotion that becomes the price": (
        """
        0 router: o/m=1/8
        0 a: o/m=1/8
        20 router: o/m=0.5/4
        55 a: o/m=0.5/4
        """,
        [
            "o/m input 1 → 0.5: claimed promotion, confirmed price",
            "o/m output 8 → 4: claimed promotion, confirmed price",
        ],
    ),
    "a cut during a promotion, and its end": (
        """
        0 router: o/m=1/8
        0 a: o/m=1/8
        0 b: o/m=1/8
        20 router: o/m=0.5/4
        22 a: o/m=0.2/1.6
        22.5 router: o/m=0.1/0.8
        23 b: o/m=0.2/1.6
        40 router: o/m=0.2/1.6
        """,
        [
            "o/m input 1 → 0.5: claimed promotion, withdrawn promotion",
            "o/m output 8 → 4: claimed promotion, withdrawn promotion",
            "o/m input 1 → 0.2: claimed price, confirmed price",
            "o/m output 8 → 1.6: claimed price, confirmed price",
            "o/m input 0.5 → 0.1: claimed price, withdrawn price",
            "o/m output 4 → 0.8: claimed price, withdrawn price",
            "o/m input 0.1 → 0.2: claimed end of promotion",
            "o/m output 0.8 → 1.6: claimed end of promotion",
        ],
    ),
    "each price by a factor of its own at a router is another host": (
        """
        0 router: o/m=1/6
        0 a: o/m=1/8
        10 router: o/m=1/7
        20 router: o/m=1/8
        30 router: o/m=0.9/4
        """,
        [
            "o/m output 6 → 7: claimed price, withdrawn price",
            "o/m output 7 → 8: doubted routed price",
            "o/m input 1 → 0.9: doubted routed price",
            "o/m output 8 → 4: doubted routed price",
        ],
    ),
    "a router that moves all the time claims once": (
        """
        0 router: o/m=1
        30 router: o/m=0.9
        30.5 router: o/m=0.8
        30.9 router: o/m=0.7
        """,
        [
            "o/m input 1 → 0.9: claimed price, withdrawn price",
            "o/m input 0.9 → 0.8: doubted routed price",
            "o/m input 0.8 → 0.7: doubted routed price",
        ],
    ),
    "a thousandfold": (
        """
        0 a: o/m=0.1
        20 a: o/m=150
        21 a: o/m=0.1
        """,
        ["o/m input 0.1 → 150: doubted unit error", "o/m input 150 → 0.1: doubted unit error"],
    ),
    "zero and back": (
        """
        0 a: o/m=1
        20 a: o/m=0
        21 a: o/m=1
        """,
        ["o/m input 1 → 0: doubted placeholder zero", "o/m input 0 → 1: doubted placeholder zero"],
    ),
    "free at two sources": (
        """
        0 a: o/m=1
        0 b: o/m=1
        20 a: o/m=0
        21 b: o/m=0
        """,
        ["o/m input 1 → 0: doubted placeholder zero, confirmed price"],
    ),
    "an alias that moves at two sources": (
        """
        0 a: o/m-latest=2
        0 b: o/m-latest=2
        20 a: o/m-latest=0.5
        21 b: o/m-latest=0.5
        """,
        ["o/m-latest input 2 → 0.5: doubted alias moved"],
    ),
    "a wrong first listing put right": (
        """
        0 a: o/x=1
        0 b: o/x=1
        5 a: o/m=60
        8 a: o/m=30
        9 b: o/m=30
        """,
        ["o/m input 60 → 30: doubted first listing"],
    ),
    "a wrong first listing put right to what others show": (
        """
        0 a: o/x=1
        0 b: o/x=1
        5 a: o/m=60
        6 b: o/m=30
        8 a: o/m=30
        """,
        ["o/m input 60 → 30: doubted first listing"],
    ),
    "the way back from a unit error, to a price that is new": (
        """
        0 a: o/m=0.1
        20 a: o/m=150
        60 a: o/m=5
        """,
        ["o/m input 0.1 → 150: doubted unit error", "o/m input 150 → 5: doubted unit error"],
    ),
    "an old table returns": (
        """
        0 a: o/m=10
        0 b: o/m=10
        10 a: o/m=2
        11 b: o/m=2
        99 a: o/m=10
        """,
        ["o/m input 10 → 2: claimed price, confirmed price", "o/m input 2 → 10: doubted old data"],
    ),
    "gone and back at the same price": (
        """
        0 a: o/m=1
        20 a: o/m=-
        22 a: o/m=1
        """,
        [],
    ),
    "gone and back at another price": (
        """
        0 a: o/m=1
        20 a: o/m=-
        22 a: o/m=2
        """,
        ["o/m input 1 → 2: claimed listed again"],
    ),
    "another name for the same": (
        """
        0 a: o/m-3-5=1
        20 a: o/m-3-5=- o/m-3.5=1
        """,
        ["o/m-3-5 input 1 → 1: doubted renamed"],
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_is_told_as_what_it_is(name: str) -> None:
    """What each look adds to what is said of a price."""
    story, expected = STORIES[name]
    assert words(told(story)[1]) == expected


def test_many_at_once_are_an_error_until_a_second_source_agrees() -> None:
    """Twenty models of one provider by the same factor; one of them is shown by another source."""
    before = " ".join(f"o/m{number}=1" for number in range(20))
    after = " ".join(f"o/m{number}=1.25" for number in range(20))
    events = told(f"0 a: {before}\n0 b: o/m7=1\n20 a: {after}\n21 b: o/m7=1.25")[1]
    assert {each.status for each in events if each.key.offer.model != "o/m7"} == {Status.DOUBTED}
    assert [each.status for each in events if each.key.offer.model == "o/m7"] == [Status.CONFIRMED]


def test_a_table_that_is_copied_confirms_nothing() -> None:
    """A source that lists many models in one look has not looked at each."""
    table = " ".join(f"o/x{number}=1" for number in range(20))
    events = told(f"0 a: o/m=10\n0 b: o/y=1\n20 a: o/m=2\n21 b: o/m=2 {table}")[1]
    assert words(events) == ["o/m input 10 → 2: claimed price"]


def test_a_price_by_the_hour() -> None:
    """Twice a day at the same hours, at a source that is looked at every hour."""
    looks = [(day + hour / 24, 1 if hour < 12 else 2) for day in range(5) for hour in range(24)]
    events = told("\n".join(f"{at} a: o/m={price}" for at, price in looks))[1]
    assert [event.reading.kind.value for event in events[-4:]] == ["price by the hour"] * 4


def test_an_announced_price_comes_into_force() -> None:
    """What a list announced, on the day for which it did; another price on that day is news of its own."""
    announced = announcements(
        [columns("list", {"announced_input": (0, 3.0), "price_changes_at": (0, FIRST + 20 * DAY)})]
    )
    assert announced == [Announcement("list", "o/m", "price_input", 3.0, FIRST + 20 * DAY, FIRST)]
    truth = Truth(identify, lambda _: False)
    looks = [look("0 list: o/m=2"), look("0 other: o/m=2"), look("20.5 other: o/m=3"), look("21 list: o/m=3")]
    truth.watch(looks, announced)
    assert words(truth.events()) == ["o/m input 2 → 3: claimed announced, confirmed price"]


def test_an_announcement_that_goes_before_its_date_is_cancelled() -> None:
    """What goes on the day itself has come into force."""
    early = columns("list", {"announced_input": (0, 3.0), "price_changes_at": (0, FIRST + 20 * DAY)})
    for gone, said in ((10, ["o/m input 3 → 3: doubted announcement cancelled"]), (20, [])):
        later = columns("list", {"announced_input": (gone * DAY, math.nan), "price_changes_at": (gone * DAY, math.nan)})
        truth = Truth(identify, lambda _: False)
        truth.watch([look("0 list: o/m=2"), look("30 list: o/m=2.5")], announcements([early, later]))
        told = words(event for event in truth.events() if event.reading.kind is Kind.CANCELLED)
        assert told == said


def test_a_cancelled_announcement_is_known_without_a_further_look() -> None:
    """No price was looked at since: it is said when it was seen, not at the next look."""
    said = [
        columns("list", {"announced_input": (at, price), "price_changes_at": (at, begins)})
        for at, price, begins in ((0, 3.0, FIRST + 20 * DAY), (10 * DAY, math.nan, math.nan))
    ]
    truth = Truth(identify, lambda _: False)
    truth.watch([look("0 list: o/m=2")], announcements(said))
    assert [(each.at, each.reading.kind) for each in truth.events()] == [(FIRST + 10 * DAY, Kind.CANCELLED)]


def columns(source: str, shown: dict[str, tuple[int, float]]) -> Columns:
    """A sample of each metric of one model, so many seconds after the first day."""
    series = tuple(Series(metric, Labels.of(source=source, model="o/m"), Bar.HOUR) for metric in shown)
    at = np.array([FIRST + seconds for seconds, _ in shown.values()], np.int64)
    values = np.array([value for _, value in shown.values()])
    return Columns(series, at, np.arange(len(series)), at, at, values, {})


def test_what_was_said_is_kept_with_its_time() -> None:
    """Nothing that is learnt later changes what was known before."""
    (event,) = told("0 a: o/m=10\n0 b: o/m=10\n9 a: o/m=2\n12 b: o/m=2")[1]
    assert event.word(event.at - 1) is None
    assert [word.status if word else None for word in (event.word(event.at), event.word(event.at + 3 * 86_400))] == [
        Status.CLAIMED,
        Status.CONFIRMED,
    ]


SOURCES, MODELS, PRICES = (
    ("a", "b", "router"),
    ("o/m", "o/n", "h@o/m", "o/m-latest"),
    ("1/2", "2/4", "2", "0.5/1", "-", "0"),
)
cells = st.dictionaries(st.sampled_from(MODELS), st.sampled_from(PRICES), min_size=1)


def written(looks: list[tuple[str, dict[str, str]]]) -> list[str]:
    """One line of a story for each look, a day apart."""
    return [
        f"{number} {source}: " + " ".join(f"{model}={price}" for model, price in shown.items())
        for number, (source, shown) in enumerate(looks)
    ]


stories = st.lists(st.tuples(st.sampled_from(SOURCES), cells), min_size=1, max_size=30).map(written)


@given(stories, st.integers(0, 30))
def test_what_comes_later_changes_nothing_that_was_said(lines: list[str], cut: int) -> None:
    """Any beginning of a history is told the same with what follows and without."""
    beginning, whole = told("\n".join(lines[: cut + 1]))[1], told("\n".join(lines))[1]
    last = max((word.at for each in beginning for word in each.words), default=0)
    assert [_said(each, last) for each in beginning] == [_said(each, last) for each in whole if each.at <= last]


@given(stories)
def test_what_is_confirmed_was_shown_by_two_that_look_for_themselves(lines: list[str]) -> None:
    """At the time, and neither had left it before."""
    for event in told("\n".join(lines))[1]:
        for word in event.words:
            if word.status is Status.CONFIRMED:
                there = [each for each in event.sightings if each.at <= word.at and not 0 < each.left < word.at]
                assert any(independent(one.source, other.source) for one in there for other in there)


def _said(event: Event, last: int) -> tuple[object, ...]:
    return event.key, event.old, event.new, event.at, [word for word in event.words if word.at <= last]
