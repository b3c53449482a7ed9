"""Inhibition, mute times, flapping, reminders and storms, over days of a small market."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.dispatch import Inhibition, Route, Routes
from monitor.ledger import Ledger
from monitor.model.matcher import matchers
from monitor.model.notification import Mood
from monitor.model.recurrence import recurrence
from tests.daemon.fakes import DAY, HOUR
from tests.dispatching.market import RULES, Market

FLOOD_HIDES = Inhibition(matchers('alertname="Flood"'), matchers('alertname="Busy"'), ("source",), "inhibited: Flood")
UNEQUAL = Inhibition(matchers('alertname="Flood"'), matchers('alertname="Busy"'), ("model",), "inhibited: Flood")
BACKWARDS = RULES.replace("Busy", "X").replace("Flood", "Busy").replace("X", "Flood")


def one(**route: object) -> Routes:
    """One receiver with a route like this."""
    return Routes(("slack",), (Route((), ("slack",), **route),))  # type: ignore[arg-type]


def test_what_is_inhibited_is_told_when_the_inhibitor_is_over(ledger: Ledger) -> None:
    """Both begin in one evaluation: which of them is judged first does not matter."""
    market = Market(ledger, Routes(("slack",), inhibitions=(FLOOD_HIDES,)))
    assert market.day(a=1999) == ["Flood: 2k against 1k"]
    assert market.day(a=1999, b=200) == []
    assert market.day(a=200, b=200) == ["Still firing: 2 alerts", "Resolved: Flood: 400 against 1k"]
    assert market.day() == ["Busy: 2 resolved"]


def test_an_inhibitor_differs_where_a_label_has_to_be_equal(ledger: Ledger) -> None:
    """The flood has no model."""
    market = Market(ledger, Routes(("slack",), inhibitions=(UNEQUAL,)))
    assert market.day(a=1999) == ["Busy: a: 1.999k against 100", "Flood: 2k against 1k"]


def test_nothing_inhibits_itself(ledger: Ledger) -> None:
    """An alert that is its own source and target is told."""
    itself = Inhibition(matchers('alertname="Busy"'), matchers('alertname="Busy"'), ("model",), "inhibited")
    assert Market(ledger, Routes(("slack",), inhibitions=(itself,))).day(a=200) == ["Busy: a: 200 against 100"]


def test_a_mute_time_ends_with_a_summary(ledger: Ledger) -> None:
    """All that happened in it, what is over included; looks are at 00:20, Thursday is the 5th."""
    market = Market(ledger, one(mute=(recurrence("fri 00:00-24:00"), recurrence("sat 00:00-12:00"))))
    assert market.day(a=200) == ["Busy: a: 200 against 100"]
    assert market.day(b=200) == []
    assert market.day() == []
    assert market.quiet() == [" Resolved: Busy: a: 1 against 100"]
    assert market.passing(12 * HOUR) == ["3 changes while nothing was sent"]
    assert market.sent[-1].lines == (
        "2026-02-05: Busy: b: 200 against 100",
        "2026-02-05: Resolved: Busy: a: 1 against 100",
        "2026-02-06: Resolved: Busy: b: 1 against 100",
    )
    assert market.passing(DAY) == []


def test_another_route_is_not_mute(ledger: Ledger) -> None:
    """Holding back is by receiver."""
    mute = Route(matchers('alertname="Busy"'), ("mail",), goes_on=True, mute=(recurrence("mon-sun"),))
    market = Market(ledger, Routes(("mail", "slack"), (mute, Route((), ("slack",)))))
    market.day(a=200)
    assert [each.receiver for each in market.sent] == ["slack"]


def test_flapping_is_told_once_and_its_end_once(ledger: Ledger) -> None:
    """The fourth change between firing and over is the last that is told, until there are fewer in 21 days."""
    market = Market(ledger)
    told = [market.day(a=200 if day % 2 == 0 else 1) for day in range(8)]
    assert [len(each) for each in told] == [1, 1, 1, 1, 1, 0, 0, 0]
    assert market.sent[-1].mood is Mood.FLAPPING
    assert market.sent[-1].lines[-1] == "It changed too often: further changes are told together, once it is calm."
    assert market.quiet() == ["flapping Resolved: Busy: a: 1 against 100"]
    later = [title for _ in range(24) for title in market.day()]
    assert later == ["No longer flapping: Busy: a; it is over"]
    assert market.sent[-1].lines[0] == "not told: 3 changes from 2026-02-09 to 2026-02-11"
    assert market.day(a=200) == ["Busy: a: 200 against 100"]


def test_what_has_no_end_worth_telling_can_not_flap(ledger: Ledger) -> None:
    """Records and steps are events, each of its own."""
    rules = RULES.replace("above: 100\n", "rises: 10%\n        against: previous\n")
    market = Market(ledger, rules=rules)
    told = [market.day(a=100.0 + 40 * day) for day in range(8)]
    assert [len(each) for each in told] == [1] * 8


def test_reminders_come_half_as_often_each_time(ledger: Ledger) -> None:
    """On the first day after 2 days, 6, 14; none once it is over, and always in its story."""
    market = Market(ledger, one(remind_after=2 * 86_400))
    told = [market.day(a=200 if day < 16 else 1) for day in range(40)]
    assert [day for day, titles in enumerate(told) if titles] == [0, 3, 7, 15, 16]
    assert told[7] == ["Still firing: Busy: a: 200 against 100"]
    assert market.sent[2].lines[0] == "It has fired for 8 days."
    assert len({each.thread for each in market.sent}) == 1


def test_nobody_is_reminded_of_what_is_silenced(ledger: Ledger) -> None:
    """Nor of what they were never told."""
    market = Market(ledger, one(remind_after=2 * 86_400))
    market.silence('model="a"', until=60 * DAY)
    market.day(a=200, b=200)
    assert [title for _ in range(8) for title in market.day(a=200, b=200)] == [
        "Still firing: Busy: b: 200 against 100"
    ] * 2


def test_all_reminders_of_a_day_are_one_message(ledger: Ledger) -> None:
    """However many fire."""
    market = Market(ledger, one(remind_after=2 * 86_400))
    market.day(a=200, b=200)
    assert [title for _ in range(3) for title in market.day(a=200, b=200)] == ["Still firing: 2 alerts"]
    assert market.sent[-1].lines[0] == "They have fired up to 4 days."


def test_a_storm_is_told_in_few_messages_and_loses_nothing(ledger: Ledger) -> None:
    """Half of the room goes to the gravest, the rest is told together, each change in one message."""
    routes = Routes(("slack",), (Route((), ("slack",), group_by=("alertname", "model")),), most=10)
    market = Market(ledger, routes)
    models = {f"m{number:03}": 200.0 for number in range(120)}
    market.day(**models)
    titles = [each.title for each in market.sent]
    assert "Flood: 24k against 1k" in titles[:5]
    assert titles[5:] == [f"Storm: 116 more changes, part {part} of 3" for part in (1, 2, 3)]
    told = [change for each in market.sent for change in each.transitions]
    assert len(told) == len({repr(change) for change in told}) == 121
    assert [len(each.details) for each in market.sent[5:]] == [50, 50, 16]
    assert market.day(**models, late=200.0) == ["Busy: late: 200 against 100"]  # an hour later there is room again


@pytest.mark.parametrize(
    ("group_by", "titles"),
    [
        (("alertname",), ["Busy: 2 firing", "Flood: 2.5k against 1k"]),
        (("source",), ["3 firing of Busy, Flood"]),
        (("model",), ["Busy: a: 2k against 100", "Flood: 2.5k against 1k", "Busy: b: 500 against 100"]),
    ],
)
def test_what_is_equal_in_the_labels_of_the_route_is_one_message(
    ledger: Ledger, group_by: tuple[str, ...], titles: list[str]
) -> None:
    """All that changed in one bar, of however many alerts."""
    assert sorted(Market(ledger, one(group_by=group_by)).day(a=2000, b=500)) == sorted(titles)


def test_the_group_names_who_is_behind_all_of_it(ledger: Ledger) -> None:
    """One cause is one message that says whose it is."""
    market = Market(ledger)
    assert market.day(**{"openai/gpt-5": 200.0, "openai/gpt-4o": 300.0}) == ["Busy: gpt: 2 firing"]
    assert market.passing(timedelta(minutes=5)) == []
