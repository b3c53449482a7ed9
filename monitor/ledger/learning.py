"""Learning: a snapshot or a file becomes samples and seals, each in one transaction and never twice."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from monitor.ledger.blocks import Samples, follow
from monitor.ledger.bodies import keep_body, keep_last_body
from monitor.ledger.connection import Connection, Store
from monitor.ledger.cursors import newest_seq
from monitor.ledger.late import Late
from monitor.ledger.remarks import keep_aliases, keep_citations, keep_seals, keep_texts
from monitor.ledger.seals import advance
from monitor.ledger.series import is_level, note_first, series_ids
from monitor.ledger.snapshots import Status, note, note_news
from monitor.model.bar import seconds
from monitor.model.history import Batch
from monitor.model.remark import Alias, Citation
from monitor.model.sample import Sample, Series, Snapshot

_INSERT = (
    "INSERT INTO samples (valid_at, series_id, known_at, value, level, seq) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_LATEST_FLOW = "SELECT value FROM samples WHERE series_id = ? AND valid_at = ? ORDER BY known_at DESC LIMIT 1"
_LATEST_LEVEL = (
    "SELECT value FROM samples WHERE series_id = ? AND valid_at <= ? AND level = 1"
    " ORDER BY valid_at DESC, known_at DESC LIMIT 1"
)
# The series of a feed whose newest value by then is not NULL.
SHOWN = """
    SELECT id FROM series WHERE metric = ?1 AND source = ?2 AND bar = ?3 AND (
        SELECT value FROM samples WHERE series_id = series.id AND valid_at <= ?4 AND level = 1
        ORDER BY valid_at DESC, known_at DESC LIMIT 1
    ) IS NOT NULL
"""
_NEVER = np.iinfo(np.int64).max


class Learning(Store):
    """Writes what sources and files bring."""

    def learn(self, snapshot: Snapshot) -> bool:
        """Store one believed snapshot whole: its record, samples, texts, seals, citation and aliases.

        Flows are stored where they differ from what is known of their bar, levels where they differ from the value
        before them. The same snapshot again changes nothing. Returns whether rules may see something new: samples
        came, or a seal advanced.
        """
        with self._connection.transaction():
            if not note(self._connection, snapshot, Status.UNCHANGED if snapshot.unchanged else Status.ACCEPTED):
                return False
            keep_citations(self._connection, _citations(snapshot))
            self._keep_names(snapshot)
            (keep_last_body if snapshot.unchanged else keep_body)(self._connection, snapshot)
            stored = self._store(snapshot)
            note_news(self._connection, snapshot, stored)
            follow(self._connection)
            advanced = advance(self._connection, snapshot.seals)
            return advanced or stored > 0

    def absorb(self, batch: Batch) -> int:
        """Store columns of samples with their seals and citations; returns how many were new.

        For several files that belong together, call it inside `transaction()`.
        """
        with self._connection.transaction():
            ids = series_ids(self._connection, batch.series)
            stored = self._insert(batch, np.array([ids[series] for series in batch.series], np.int64))
            self._note_firsts(batch, ids)
            _note_late(self._connection, batch, stored=stored > 0)
            keep_seals(self._connection, batch.seals)
            feeds = {(series.labels.get("source"), series.metric) for series in batch.series}
            cited = [Citation(*feed, batch.citations[feed[0]]) for feed in sorted(feeds) if feed[0] in batch.citations]
            keep_citations(self._connection, cited, greater=True)
            return stored

    def _insert(self, batch: Batch, numbers: NDArray[np.int64]) -> int:
        """Append the rows of a batch, given the number of each of its series; returns how many were new."""
        levels = np.array([is_level(series.metric) for series in batch.series], np.int64)
        rows = Samples(batch.valid_at, numbers[batch.index], batch.known_at, batch.values)
        order = np.lexsort((rows.known_at, rows.series, rows.valid_at))
        rows = rows[order]
        columns = (rows.valid_at, rows.series, rows.known_at, rows.values, levels[batch.index][order])
        seqs = itertools.count(newest_seq(self._connection) + 1)
        written = zip(*(column.tolist() for column in columns), seqs, strict=False)
        stored = self._connection.execute_many(_INSERT, written)
        follow(self._connection, rows if stored == len(order) else None)
        return stored

    def _note_firsts(self, batch: Batch, ids: Mapping[Series, int]) -> None:
        first = np.full(len(batch.series), _NEVER)
        np.minimum.at(first, batch.index, batch.valid_at)
        pairs = zip((ids[series] for series in batch.series), first.tolist(), strict=True)
        note_first(self._connection, (pair for pair in pairs if pair[1] != _NEVER))

    def _store(self, snapshot: Snapshot) -> int:
        ids = series_ids(self._connection, (sample.series for sample in snapshot.samples))
        rows = Appender(self._connection)
        late = Late(self._connection)
        for sample in sorted(snapshot.samples, key=lambda sample: (sample.valid_at, sample.known_at)):
            if rows.append_if_news(ids[sample.series], sample):
                late.note(sample.series, seconds(sample.valid_at), seconds(sample.known_at))
        late.keep()
        if snapshot.complete and not snapshot.unchanged:
            at = seconds(snapshot.fetched_at)
            for feed in level_feeds(snapshot):
                shown = {number for (number,) in self._connection.rows(SHOWN, (*feed, at))}
                for number in sorted(shown - set(ids.values())):
                    rows.append(at, number, at, None, level=True)
        rows.note_first()
        return rows.stored

    def _keep_names(self, snapshot: Snapshot) -> None:
        """What its facts stand for, and its aliases."""
        keep_texts(self._connection, snapshot.texts)
        pairs = (*self._renamed(dict(snapshot.aliases)), *snapshot.aliases)
        keep_aliases(self._connection, (Alias(*pair, snapshot.fetched_at) for pair in pairs))

    def _renamed(self, aliases: Mapping[str, str]) -> list[tuple[str, str]]:
        """(alias, name) where another public id stands for a permanent slug, and the old one is listed no more.

        The old one is an alias of the new one from then on, as are all of its own.
        """
        stored: dict[str, str] = dict(self._connection.rows("SELECT alias, name FROM aliases"))
        names = set(aliases.values())
        pairs = {(stored.get(alias, name), name) for alias, name in aliases.items()}
        renamed = sorted((old, new) for old, new in pairs if old != new and old not in names and "/" in old)
        moved = [(alias, new) for old, new in renamed for alias, name in stored.items() if name == old]
        return [*moved, *renamed]


class Appender:
    """Appends samples one by one, in the order of learning."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._first = newest_seq(connection) + 1
        self.stored = 0
        self._earliest: dict[int, int] = {}

    def append_if_news(self, number: int, sample: Sample) -> bool:
        """Append a sample unless its value is already the latest known; None says something of a known level only.

        Returns whether it was appended.
        """
        level = is_level(sample.series.metric)
        at = seconds(sample.valid_at)
        latest = self.latest(number, sample)
        value = None if sample.value is None or math.isnan(sample.value) else float(sample.value)
        if latest == (value,) or (value is None and not (level and latest is not None)):
            return False
        self.append(at, number, seconds(sample.known_at), value, level=level)
        return True

    def append(self, valid_at: int, number: int, known_at: int, value: float | None, *, level: bool) -> None:
        """Append one row; one that has the same key stays as it is."""
        seq = self._first + self.stored
        self.stored += self._connection.execute(_INSERT, (valid_at, number, known_at, value, int(level), seq))
        self._earliest[number] = min(valid_at, self._earliest.get(number, valid_at))

    def latest(self, number: int, sample: Sample) -> tuple[float | None] | None:
        """(value,) that is known last of a sample's bar, or that a level shows at its instant; None = none is."""
        query = _LATEST_LEVEL if is_level(sample.series.metric) else _LATEST_FLOW
        row = self._connection.row(query, (number, seconds(sample.valid_at)))
        return None if row is None else (row[0],)

    def note_first(self) -> None:
        """Keep of each series where it begins."""
        note_first(self._connection, self._earliest.items())


def _note_late(connection: Connection, batch: Batch, *, stored: bool) -> None:
    """As if every row of a batch was new: to judge a bar again by the same figures changes nothing."""
    late, first = Late(connection), np.full(len(batch.series), _NEVER)
    newest = np.zeros(len(batch.series), np.int64)
    np.minimum.at(first, batch.index, batch.valid_at)
    np.maximum.at(newest, batch.index, batch.known_at)
    for series, valid_at, known_at in zip(batch.series, first.tolist(), newest.tolist(), strict=True):
        if stored and valid_at != _NEVER:
            late.note(series, valid_at, known_at)
    late.keep()


def level_feeds(snapshot: Snapshot) -> list[tuple[str, str, str]]:
    """The (metric, source label, bar) of every level that the snapshot speaks of, be it by a seal alone."""
    by_samples = {
        (sample.series.metric, sample.series.labels.get("source"), sample.series.bar.value)
        for sample in snapshot.samples
    }
    by_seals = {(seal.metric, seal.source, seal.bar.value) for seal in snapshot.seals}
    return sorted(feed for feed in by_samples | by_seals if is_level(feed[0]))


def _citations(snapshot: Snapshot) -> list[Citation]:
    if not snapshot.citation:
        return []
    feeds = {(sample.series.labels.get("source"), sample.series.metric) for sample in snapshot.samples}
    feeds |= {(seal.source, seal.metric) for seal in snapshot.seals}
    return [Citation(*feed, snapshot.citation) for feed in sorted(feeds)]
