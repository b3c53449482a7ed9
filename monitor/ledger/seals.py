"""Seals: which bars a source has declared complete, and when it first said so."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from monitor.ledger.connection import Connection
from monitor.ledger.remarks import keep_seals
from monitor.model.bar import Bar
from monitor.model.history import SealLog
from monitor.model.sample import Seal

_NEWEST = "SELECT coalesce(max(through), -1 << 63) FROM seals WHERE source = ? AND metric = ? AND bar = ?"
# With all of the key in it this is one step of the index; without `through` it would walk all seals of a feed.
_NEXT = """
    SELECT source, metric, bar FROM seals WHERE (source, metric, bar, through) > (?, ?, ?, ?)
    ORDER BY source, metric, bar, through LIMIT 1
"""
_SINCE = """
    SELECT through, known_at, holds_until FROM seals
    WHERE source = ?1 AND metric = ?2 AND bar = ?3 AND through >= coalesce(
        (SELECT max(through) FROM seals WHERE source = ?1 AND metric = ?2 AND bar = ?3 AND through <= ?4), ?4
    ) ORDER BY through
"""
_UNTIL_NEXT = np.iinfo(np.int64).max


def advance(connection: Connection, seals: Iterable[Seal]) -> bool:
    """Write seals; returns whether some feed is now sealed further than before."""
    given = list(seals)
    feeds = {(seal.source, seal.metric, seal.bar.value) for seal in given}
    before = {feed: newest_seal(connection, feed) for feed in feeds}
    keep_seals(connection, given)
    return any(newest_seal(connection, feed) > end for feed, end in before.items())


def newest_seal(connection: Connection, feed: tuple[str, str, str]) -> int:
    """The end of the newest bar of a (source label, metric, bar) that is complete; the least integer if none is."""
    return int(connection.rows(_NEWEST, feed)[0][0])


def seal_logs(connection: Connection, metric: str, since: int) -> dict[tuple[str, Bar], SealLog]:
    """By (source label, bar), the seals of a metric through `since` or later and the last one before, in order."""
    return {
        (source, Bar(bar)): _seal_log(connection.numbers(_SINCE, (source, of, bar, since), 3))
        for source, of, bar in sealed_feeds(connection)
        if of == metric
    }


def sealed_feeds(connection: Connection) -> list[tuple[str, str, str]]:
    """Every (source label, metric, bar) that ever sealed anything, in order; as fast however long history is."""
    feeds: list[tuple[str, str, str]] = []
    while found := connection.row(_NEXT, (*(feeds[-1] if feeds else ("", "", "")), int(_UNTIL_NEXT))):
        feeds.append((found[0], found[1], found[2]))
    return feeds


def _seal_log(rows: NDArray[np.float64]) -> SealLog:
    through, known_at, holds_until = rows.T
    known = ~np.isnan(holds_until)
    until = np.full(len(rows), _UNTIL_NEXT)
    until[known] = holds_until[known].astype(np.int64)
    return SealLog(through.astype(np.int64), known_at.astype(np.int64), until)
