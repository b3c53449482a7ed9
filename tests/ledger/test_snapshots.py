"""The record of polls: accepted, unchanged, quarantined."""

from __future__ import annotations

from dataclasses import replace

from monitor.ledger import Ledger, Status
from monitor.model.bar import seconds
from tests.ledger.values import HOUR, START, price, prices

POLL = "openrouter_models"


def test_quarantined_snapshot_is_kept_and_not_learnt(ledger: Ledger) -> None:
    """Its body, its reason and its record; no sample, no seal, no citation."""
    broken = replace(prices(START, {"a": 1.0}), body=b'{"data": []}' * 1000, citation="no")
    ledger.quarantine(broken, "entries fell from 400 to 3", "entries")
    (kept,) = ledger.snapshots(POLL)
    assert (kept.poll, kept.fetched_at, kept.status) == (POLL, START, Status.QUARANTINED)
    assert kept.reason == "entries fell from 400 to 3"
    assert ledger.body(POLL, START) == broken.body
    assert ledger.body(POLL, START + HOUR) is None
    assert ledger.accepted(POLL) is None
    assert ledger.cursors.newest() == 0
    assert ledger.columns("price_output").seals == {}
    assert ledger.citations() == {}


def test_what_was_held_back_in_a_row_is_known(ledger: Ledger) -> None:
    """Since the last snapshot that was believed, be it that nothing was new; the same one counts once."""
    looks = [prices(START + hour * HOUR, {"a": 1.0}) for hour in range(5)]
    for look in (looks[0], looks[0], looks[1]):
        ledger.quarantine(look, "bad", "entries")
    assert ledger.held(POLL) == [("entries", START, 1), ("entries", START + HOUR, 1)]
    assert ledger.last_good(POLL) is None
    ledger.learn(looks[2])
    assert ledger.held(POLL) == []
    ledger.quarantine(looks[3], "bad", "jump")
    assert ledger.held(POLL) == [("jump", START + 3 * HOUR, 1)]
    assert ledger.last_good(POLL) == START + 2 * HOUR


def test_unchanged_after_a_quarantine_is_a_good_look_again(ledger: Ledger) -> None:
    """A 304 refers to the last answer that was accepted: the source went back to it, and its bars may be sealed."""
    ledger.learn(prices(START, {"a": 1.0}))
    ledger.quarantine(prices(START + HOUR, {"a": 1.0}), "bad")
    assert ledger.learn(replace(prices(START + 2 * HOUR, {}), unchanged=True))
    assert ledger.snapshots(POLL, 1)[0].status is Status.UNCHANGED
    assert ledger.held(POLL) == []


def test_accepted_is_the_last_that_brought_something(ledger: Ledger) -> None:
    """The guard compares with it: not with a 304, nor with what was not believed, nor with another poll."""
    ledger.learn(prices(START, {"a": 1.0, "b": 1.0}))
    ledger.learn(replace(prices(START + HOUR, {}), unchanged=True))
    ledger.quarantine(prices(START + 2 * HOUR, {"a": 1.0}), "bad")
    ledger.learn(replace(prices(START + 3 * HOUR, {"a": 1.0}), source="other"))
    last = ledger.accepted(POLL)
    assert last is not None
    assert (last.fetched_at, last.entries, last.digest) == (START, 2, "prices")
    assert [one.status.value for one in ledger.snapshots(POLL, 2)] == ["quarantined", "unchanged"]


def test_quarantined_snapshot_that_a_person_releases_is_learnt(ledger: Ledger) -> None:
    """The same snapshot may be learnt after all; both words stay on record."""
    snapshot = prices(START, {"a": 1.0})
    ledger.quarantine(snapshot, "implausible")
    assert ledger.learn(snapshot)
    assert ledger.columns("price_output").series == (price("a"),)
    assert {one.status for one in ledger.snapshots(POLL)} == {Status.ACCEPTED, Status.QUARANTINED}


def test_looks_that_brought_something_new_are_counted(ledger: Ledger) -> None:
    """A price that is another one; not the same prices again, nor a look that found nothing new."""
    for hour, usd in enumerate((1.0, 1.0, 2.0)):
        ledger.learn(prices(START + hour * HOUR, {"a": usd}))
    ledger.learn(replace(prices(START + 3 * HOUR, {}), unchanged=True))
    assert ledger.news(POLL) == [seconds(START), seconds(START + 2 * HOUR)]
