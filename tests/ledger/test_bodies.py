"""Bodies: each answer once, for a set time, byte for byte."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from monitor.ledger import Ledger
from monitor.model.sample import Snapshot
from tests.ledger.values import DAY, HOUR, START, prices

POLL = "openrouter_models"


def answer(at: datetime, body: bytes, price: float = 1.0) -> Snapshot:
    return replace(prices(at, {"a": price}), body=body, digest=body.hex()[:64])


def stored(path: Path) -> int:
    """How many bodies lie in the file."""
    with sqlite3.connect(path) as file:
        (count,) = file.execute("SELECT count(*) FROM bodies").fetchone()
    file.close()
    return int(count)


def test_every_answer_is_kept_once_believed_or_not(ledger: Ledger) -> None:
    """The same bytes take no second place, be it an hour later or when they are not believed."""
    noise = random.Random(5).randbytes(100_000)  # noqa: S311 - not for secrets
    for hour, body in enumerate((b"one", b"one", noise, b"one")):
        ledger.learn(answer(START + hour * HOUR, body, hour))
    ledger.quarantine(answer(START + 4 * HOUR, b"two"), "bad", "entries")
    assert stored(ledger.path) == 3
    bodies = [ledger.body(POLL, START + hour * HOUR) for hour in range(6)]
    assert bodies == [b"one", b"one", noise, b"one", b"two", None]
    assert ledger.kept_bodies(POLL) == [
        (START, True),
        (START + 2 * HOUR, True),
        (START + 3 * HOUR, True),
        (START + 4 * HOUR, False),
    ]
    assert ledger.kept_bodies(POLL, START + 3 * HOUR) == [(START + 3 * HOUR, True), (START + 4 * HOUR, False)]
    assert ledger.kept_bodies("other") == []


def test_what_was_brought_last_before_a_time_is_forgotten(ledger: Ledger) -> None:
    """Counted from the last time that it came, so that what still holds is there."""
    for day, body in ((0, b"one"), (1, b"two"), (2, b"one")):
        ledger.learn(answer(START + day * DAY, body, day))
    ledger.forget_bodies(START + 2 * DAY)
    assert ledger.body(POLL, START + DAY) is None
    assert ledger.body(POLL, START) == b"one"
    assert ledger.kept_bodies(POLL) == [(START, True)]
    assert len(ledger.snapshots(POLL)) == 3


def test_an_answer_that_still_holds_is_kept(ledger: Ledger) -> None:
    """A source that says that nothing has changed speaks of its last believed answer."""
    ledger.learn(answer(START, b"one"))
    ledger.quarantine(answer(START + HOUR, b"bad"), "bad", "entries")
    ledger.learn(replace(prices(START + 9 * DAY, {}), unchanged=True, digest=""))
    ledger.forget_bodies(START + 9 * DAY)
    assert ledger.body(POLL, START) == b"one"
    assert ledger.body(POLL, START + HOUR) is None


def test_a_snapshot_without_a_body_leaves_none(ledger: Ledger) -> None:
    """The monitor's own samples."""
    ledger.learn(prices(START, {"a": 1.0}))
    assert stored(ledger.path) == 0
