"""Blocks: the samples of a metric once more, in columns, so that long history need not be read row by row.

The rows of `samples` stay what counts. Blocks follow them as a sink does, with a cursor over the order of learning, but
in the transaction that learnt them; what was learnt after the cursor is read as rows. Those of a metric follow one
another in time and never overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from monitor.ledger.connection import Connection, Row
from monitor.ledger.cursors import Cursors, newest_seq
from monitor.model.bar import Instants

Ids = NDArray[np.int64]

_CURSOR = "blocks"
_BEHIND = 2**12  # rows that may be read beside the blocks; they take some milliseconds
_SIZE = 2**16  # rows of a block; where there are twice as many they are cut
_LEARNT = "SELECT valid_at, series_id, known_at, value FROM samples INDEXED BY samples_by_seq WHERE seq > ?"
_NEWEST = """
    SELECT valid_at, series_id, known_at, value FROM samples INDEXED BY samples_by_seq
    WHERE seq > ? AND valid_at >= ? AND +series_id IN (SELECT id FROM series WHERE metric = ?)
"""
_SINCE = """
    SELECT bars, bar_rows, delays, delay_rows, series, value FROM blocks WHERE metric = ?1 AND first_at >= coalesce(
        (SELECT max(first_at) FROM blocks WHERE metric = ?1 AND first_at <= ?2), ?2
    ) ORDER BY first_at
"""
_ONE = "SELECT bars, bar_rows, delays, delay_rows, series, value FROM blocks WHERE metric = ? AND first_at = ?"
_KEEP = """
    INSERT INTO blocks (metric, first_at, bars, bar_rows, delays, delay_rows, series, value)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples in columns, (N,) each, NaN = gone. `series`: the numbers of their series."""

    valid_at: Instants
    series: Ids
    known_at: Instants
    values: NDArray[np.float64]

    @classmethod
    def of(cls, rows: NDArray[np.float64]) -> Self:
        """Of (N, 4) rows as they are selected."""
        valid_at, series, known_at = rows[:, :3].T.astype(np.int64)
        return cls(valid_at, series, known_at, rows[:, 3].copy())

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """One after the other."""
        columns = zip(*((part.valid_at, part.series, part.known_at, part.values) for part in parts), strict=True)
        return cls(*map(np.concatenate, columns))

    def __getitem__(self, rows: slice | NDArray[Any]) -> Samples:
        return Samples(self.valid_at[rows], self.series[rows], self.known_at[rows], self.values[rows])

    def ordered(self) -> Samples:
        """In order of (valid_at, series, known_at)."""
        return self[np.lexsort((self.known_at, self.series, self.valid_at))]

    def merged(self, others: Samples) -> Samples:
        """Of ordered ones and others: all, in order. What lies before all others is left alone: news is of late."""
        if not len(others.valid_at):
            return self
        start = int(np.searchsorted(self.valid_at, others.valid_at.min()))
        return Samples.joined([self[:start], Samples.joined([self[start:], others]).ordered()])


def samples_since(connection: Connection, metric: str, since: int) -> Samples:
    """All samples of a metric valid at or after `since`, ordered; to be called while reading one state of the file."""
    learnt = connection.numbers(_NEWEST, (Cursors(connection).position(_CURSOR), since, metric), 4)
    newest = Samples.of(learnt)
    kept = Samples.joined([newest[:0], *map(_decoded, connection.rows(_SINCE, (metric, since)))])
    return kept[int(np.searchsorted(kept.valid_at, since)) :].merged(newest)


def follow(connection: Connection, learnt: Samples | None = None) -> None:
    """Bring the blocks near to what was learnt; to be called in the transaction that learnt it.

    `learnt`: the newest samples, all of which were stored; they need not be read again.
    """
    cursor, newest = Cursors(connection).position(_CURSOR), newest_seq(connection)
    if newest - cursor <= _BEHIND:
        return
    if learnt is None or len(learnt.valid_at) != newest - cursor:
        learnt = Samples.of(connection.numbers(_LEARNT, (cursor,), 4))
    for (metric,) in connection.rows("SELECT DISTINCT metric FROM series"):
        numbers = [number for (number,) in connection.rows("SELECT id FROM series WHERE metric = ?", (metric,))]
        _keep(connection, metric, learnt[np.isin(learnt.series, numbers)].ordered())
    Cursors(connection).move(_CURSOR, newest)


def _keep(connection: Connection, metric: str, samples: Samples) -> None:
    """Samples of one metric, each into the block that begins at or last before it (the first, if none does)."""
    found = connection.rows("SELECT first_at FROM blocks WHERE metric = ? ORDER BY first_at", (metric,))
    starts = [first_at for (first_at,) in found]
    places = np.maximum(np.searchsorted(starts, samples.valid_at, side="right") - 1, 0)
    for place in np.unique(places).tolist():
        block = samples[places == place]
        if starts:
            block = _decoded(connection.rows(_ONE, (metric, starts[place]))[0]).merged(block)
            connection.execute("DELETE FROM blocks WHERE metric = ? AND first_at = ?", (metric, starts[place]))
        connection.execute_many(_KEEP, ((metric, *_encoded(each)) for each in _cut(block)))


def _cut(block: Samples) -> Iterator[Samples]:
    """Into blocks of about `_SIZE` rows, never between rows of one instant."""
    count = len(block.valid_at) // _SIZE
    wanted = block.valid_at[np.arange(1, count) * _SIZE]
    edges = np.unique([0, *np.searchsorted(block.valid_at, wanted), len(block.valid_at)])
    return (block[first:last] for first, last in pairwise(edges.tolist()))


def _encoded(block: Samples) -> tuple[int, bytes, bytes, bytes, bytes, bytes, bytes]:
    """The table's columns but the first. Instants repeat: many series share a bar, and are learnt as long after it."""
    return (
        int(block.valid_at[0]),
        *_runs(block.valid_at),
        *_runs(block.known_at - block.valid_at),
        block.series.astype("<i4").tobytes(),
        block.values.astype("<f8").tobytes(),
    )


def _runs(column: Instants) -> tuple[bytes, bytes]:
    """Each value that differs from the one before it, and how often it stands there."""
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    lengths = np.diff(starts, append=len(column))
    return column[starts].astype("<i8").tobytes(), lengths.astype("<i4").tobytes()


def _decoded(row: Row) -> Samples:
    bars, bar_rows, delays, delay_rows, series, values = row
    valid_at = _repeated(bars, bar_rows)
    known_at = valid_at + _repeated(delays, delay_rows)
    return Samples(valid_at, np.frombuffer(series, "<i4").astype(np.int64), known_at, np.frombuffer(values, "<f8"))


def _repeated(column: bytes, lengths: bytes) -> Instants:
    return np.repeat(np.frombuffer(column, "<i8"), np.frombuffer(lengths, "<i4"))
