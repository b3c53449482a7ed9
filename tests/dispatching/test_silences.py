"""What people silence is not told, and what still fires afterwards is, once."""

from __future__ import annotations

from datetime import timedelta

from monitor.dispatch import Routes
from monitor.ledger import Ledger
from monitor.model.matcher import Matcher
from monitor.model.recurrence import recurrence
from monitor.model.silence import Band, Silence, pinned
from tests.daemon.fakes import DAY, HOUR
from tests.dispatching.market import Market

BUSY = 'alertname="Busy"'


def test_what_is_silenced_is_told_afterwards_if_it_still_fires(ledger: Ledger) -> None:
    """One notice, with who silenced it and why; then its end is told as ever, in the same story."""
    market = Market(ledger)
    market.silence(f'{BUSY}, model="a"', until=2 * DAY + HOUR)
    assert market.day(a=200) == []
    assert market.day(a=210, b=150) == ["Busy: b: 150 against 100"]
    assert market.day(a=220, b=150) == ["Still firing: Busy: a: 220 against 100"]
    assert market.sent[-1].lines[0] == "It was silenced by ada (planned); that is over."
    assert market.day(a=1, b=150) == ["Resolved: Busy: a: 1 against 100"]
    assert market.sent[-1].thread == market.sent[-2].thread


def test_it_is_told_when_the_silence_ends_and_not_at_the_next_look(ledger: Ledger) -> None:
    """Time alone makes it due."""
    market = Market(ledger)
    market.silence(BUSY, until=30 * HOUR)
    assert market.day(a=200) == []
    assert market.passing(5 * HOUR) == []
    assert market.passing(HOUR + timedelta(minutes=1)) == ["Still firing: Busy: a: 200 against 100"]
    assert market.passing(HOUR) == []


def test_several_are_told_in_one_notice(ledger: Ledger) -> None:
    """Each with its line; those told before the silence too."""
    market = Market(ledger)
    assert market.day(a=200) == ["Busy: a: 200 against 100"]
    market.silence(BUSY, until=30 * HOUR)
    assert market.day(a=200, b=300) == []
    assert market.passing(7 * HOUR) == ["Still firing: 2 alerts"]
    assert market.sent[-1].lines[:3] == (
        "They were silenced by ada (planned); that is over.",
        "2026-02-05: Busy: a: 200 against 100",
        "2026-02-05: Busy: b: 300 against 100",
    )


def test_what_was_over_meanwhile_is_never_told(ledger: Ledger) -> None:
    """Nor is its end: nobody heard of a beginning."""
    market = Market(ledger)
    market.silence(BUSY, until=40 * HOUR)
    assert market.day(a=200) == []
    assert market.day() == []
    assert market.passing(DAY) == []
    assert market.day(a=200) == ["Busy: a: 200 against 100"]


def test_the_end_of_what_was_told_before_is_an_edit(ledger: Ledger) -> None:
    """The living message must not go on saying that it fires."""
    market = Market(ledger)
    market.day(a=200)
    market.silence(BUSY, until=10 * DAY)
    assert market.day() == []
    assert market.quiet() == [" Resolved: Busy: a: 1 against 100"]


def test_an_acknowledgement_is_of_one_episode(ledger: Ledger) -> None:
    """The next one is told; the acknowledgement itself is closed with the first."""
    market = Market(ledger)
    market.day(a=200)
    episode = market.sent[-1].transitions[0].episode
    matchers = pinned({"alertname": "Busy", "model": "a"})
    ledger.silences.add(Silence("ack", matchers, market.now, None, "ada", "test", episode=episode))
    assert market.day() == []
    assert market.quiet() == [" Resolved: Busy: a: 1 against 100"]
    assert ledger.silences.standing() == []
    assert market.day(a=200) == ["Busy: a: 200 against 100"]


def test_a_silence_that_recurs_lets_through_what_is_between(ledger: Ledger) -> None:
    """Looks are at 00:20 UTC: of Thursday (the 5th), of Friday, which it holds, and of Saturday."""
    market = Market(ledger)
    market.silence(BUSY, until=None, recurrence=recurrence("fri 00:00-12:00"))
    assert market.day(a=200) == ["Busy: a: 200 against 100"]
    assert market.day(a=200, b=200) == []
    assert market.passing(13 * HOUR) == ["Still firing: Busy: b: 200 against 100"]
    assert len(ledger.silences.standing()) == 1
    assert market.day() == ["Busy: 2 resolved"]


def test_until_it_has_changed_by_more(ledger: Ledger) -> None:
    """It ends when the value of what it is about leaves the band, whatever others do."""
    market = Market(ledger)
    market.day(a=200)
    market.silence(f'{BUSY}, model="a"', until=None, band=Band(150, 250))
    assert market.day(a=240, b=700) == ["Busy: b: 700 against 100"]
    assert market.day(a=160) == ["Resolved: Busy: b: 1 against 100"]
    assert market.day(a=251) == ["Still firing: Busy: a: 251 against 100"]
    assert market.day(a=400) == []


def test_a_silence_of_one_receiver_s_labels_leaves_other_alerts_alone(ledger: Ledger) -> None:
    """Matchers see what routes see: labels of the rule, of the instance, of the catalogue."""
    market = Market(ledger, Routes(("slack", "mail")))
    market.silence('severity="critical"', until=10 * DAY)
    assert market.day(a=2000) == ["Busy: a: 2k against 100"] * 2


def test_matchers_are_kept_as_they_are(ledger: Ledger) -> None:
    """With patterns, negation and expressions, over a restart of the process."""
    every = (Matcher("a", ("x", "y*")), Matcher("b", ("z|w",), regular=True, negated=True), Matcher("c", ('"',)))
    made = Silence("s", every, 1, None, "ada", "cli", "why", recurrence("sat,sun Europe/Berlin"), 5, Band(-1.5, 2.0))
    assert ledger.silences.add(made)
    assert not ledger.silences.add(made)
    assert ledger.silences.standing() == [made]
    assert made.meant == """a=["x", "y*"], b!~"z|w", c='"'"""
