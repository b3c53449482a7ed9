"""The record of polls: accepted, unchanged, quarantined."""

from __future__ import annotations

from dataclasses import replace

from monitor.ledger import Ledger, Status
from tests.ledger.values import DAY, HOUR, START, price, prices

POLL = "openrouter_models"


def test_quarantined_snapshot_is_kept_and_not_learnt(ledger: Ledger) -> None:
    """Its body, its reason and its record; no sample, no seal, no citation."""
    broken = replace(prices(START, {"a": 1.0}), body=b'{"data": []}' * 1000, citation="no")
    assert ledger.quarantine(broken, "entries fell from 400 to 3")
    (kept,) = ledger.snapshots(POLL)
    assert (kept.poll, kept.fetched_at, kept.status) == (POLL, START, Status.QUARANTINED)
    assert kept.reason == "entries fell from 400 to 3"
    assert ledger.quarantined_body(POLL, START) == broken.body
    assert ledger.quarantined_body(POLL, START + HOUR) is None
    assert ledger.accepted(POLL) is None
    assert ledger.cursors.newest() == 0
    assert ledger.columns("price_output").seals == {}
    assert ledger.citations() == {}


def test_a_person_is_told_once_for_each_run_of_quarantines(ledger: Ledger) -> None:
    """Told again only after a snapshot was believed in between; asking again for the same one answers the same."""
    looks = [prices(START + hour * HOUR, {"a": 1.0}) for hour in range(4)]
    assert ledger.quarantine(looks[0], "bad")
    assert ledger.quarantine(looks[0], "bad")
    assert not ledger.quarantine(looks[1], "bad")
    ledger.learn(looks[2])
    assert ledger.quarantine(looks[3], "bad")
    assert [snapshot.status for snapshot in ledger.snapshots(POLL)] == [
        Status.QUARANTINED,
        Status.ACCEPTED,
        Status.QUARANTINED,
        Status.QUARANTINED,
    ]


def test_unchanged_after_a_quarantine_is_a_good_look_again(ledger: Ledger) -> None:
    """A 304 refers to the last answer that was accepted: the source went back to it, and its bars may be sealed."""
    ledger.learn(prices(START, {"a": 1.0}))
    ledger.quarantine(prices(START + HOUR, {"a": 1.0}), "bad")
    assert ledger.learn(replace(prices(START + 2 * HOUR, {}), unchanged=True))
    assert ledger.snapshots(POLL, 1)[0].status is Status.UNCHANGED
    assert ledger.quarantine(prices(START + 3 * HOUR, {"a": 1.0}), "bad again")


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


def test_a_source_that_stays_broken_does_not_fill_the_disk(ledger: Ledger) -> None:
    """Every record is kept, and the bodies of the newest ten of each poll."""
    for day in range(15):
        ledger.quarantine(replace(prices(START + day * DAY, {}), body=b"%d" % day), "bad")
    ledger.quarantine(replace(prices(START, {}), source="other", body=b"other"), "bad")
    bodies = [ledger.quarantined_body(POLL, START + day * DAY) for day in range(15)]
    assert bodies == [None] * 5 + [b"%d" % day for day in range(5, 15)]
    assert ledger.quarantined_body("other", START) == b"other"
    assert len(ledger.snapshots(POLL, 100)) == 15
