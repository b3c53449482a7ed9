"""Seals: which bars a source has declared complete, and when it first said so."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from monitor.ledger.connection import Connection
from monitor.model.bar import Bar, seconds
from monitor.model.history import SealLog
from monitor.model.sample import Seal

# The first word counts for when bars were sealed, the last look for how long levels may be believed.
_KEEP = """
    INSERT INTO seals (source, metric, bar, through, known_at, holds_until) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        known_at = min(known_at, excluded.known_at),
        holds_until = max(holds_until, excluded.holds_until)  -- NULL, no limit, wins
"""
_NEWEST = "SELECT coalesce(max(through), -1 << 63) FROM seals WHERE source = ? AND metric = ? AND bar = ?"
_UNTIL_NEXT = np.iinfo(np.int64).max


def keep_seals(connection: Connection, seals: Iterable[Seal]) -> bool:
    """Write seals; returns whether some feed is now sealed further than before."""
    rows = [_row(seal) for seal in seals]
    before = {feed: newest_seal(connection, feed) for feed in {row[:3] for row in rows}}
    connection.execute_many(_KEEP, rows)
    return any(row[3] > before[row[:3]] for row in rows)


def newest_seal(connection: Connection, feed: tuple[str, str, str]) -> int:
    """The end of the newest bar of a (source label, metric, bar) that is complete; the least integer if none is."""
    return int(connection.rows(_NEWEST, feed)[0][0])


def _row(seal: Seal) -> tuple[str, str, str, int, int, int | None]:
    holds_until = None if seal.holds_until is None else seconds(seal.holds_until)
    return seal.source, seal.metric, seal.bar.value, seconds(seal.through), seconds(seal.known_at), holds_until


def seal_logs(connection: Connection, metric: str) -> dict[tuple[str, Bar], SealLog]:
    """All seals of a metric by (source label, bar), each in order of `through`."""
    rows = connection.rows(
        "SELECT source, bar, through, known_at, coalesce(holds_until, ?) FROM seals"
        " WHERE metric = ? ORDER BY source, bar, through",
        (int(_UNTIL_NEXT), metric),
    )
    feeds: dict[tuple[str, Bar], list[tuple[int, int, int]]] = {}
    for source, bar, *instants in rows:
        feeds.setdefault((source, Bar(bar)), []).append((instants[0], instants[1], instants[2]))
    return {feed: SealLog(*np.array(log, np.int64).T.copy()) for feed, log in feeds.items()}
