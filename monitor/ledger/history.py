"""Reading samples back in columns, for rules and for the guard."""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray

from monitor.ledger.blocks import Samples, samples_since
from monitor.ledger.connection import Store
from monitor.ledger.encoding import labels_of
from monitor.ledger.seals import newest_seal, seal_logs, sealed_feeds
from monitor.ledger.series import is_level
from monitor.model.bar import Bar
from monitor.model.history import Columns
from monitor.model.sample import Series

_SERIES = "SELECT id, labels, bar, first_at FROM series WHERE metric = ? AND first_at IS NOT NULL ORDER BY id"
_LAST_BEFORE = """
    SELECT valid_at, series_id, known_at, value
    FROM series JOIN samples ON series_id = series.id AND level = 1
        AND (valid_at, known_at) = (
            SELECT valid_at, known_at FROM samples
            WHERE series_id = series.id AND level = 1 AND valid_at < ?
            ORDER BY valid_at DESC, known_at DESC LIMIT 1
        )
    WHERE metric = ? ORDER BY valid_at, series_id, known_at
"""
_FLOWS = """
    SELECT series_id, valid_at, value, max(known_at) FROM samples
    WHERE valid_at >= ? AND valid_at < ? AND +series_id IN (SELECT value FROM json_each(?))
    GROUP BY valid_at, series_id
"""
_LAST_FLOW = """
    SELECT valid_at FROM samples WHERE valid_at < ? AND +series_id IN (SELECT value FROM json_each(?))
    ORDER BY valid_at DESC LIMIT 1
"""
_LEVELS = """
    SELECT wanted.value, (
        SELECT value FROM samples WHERE series_id = wanted.value AND level = 1
        ORDER BY valid_at DESC, known_at DESC LIMIT 1
    ) FROM json_each(?) AS wanted
"""
_ALL_TIME = np.iinfo(np.int64).min


class Reading(Store):
    """Reads stored samples; this is the History that rules are judged on."""

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """All samples of a metric valid at or after `since`, and of each level series also the last one before it."""
        oldest = int(_ALL_TIME) if since is None else since
        with self._connection.reading():
            named = self._connection.rows(_SERIES, (metric,))
            rows = samples_since(self._connection, metric, oldest)
            if since is not None and is_level(metric):
                before = self._connection.numbers(_LAST_BEFORE, (since, metric), 4)
                rows = Samples.joined([Samples.of(before), rows])
            seals = seal_logs(self._connection, metric, oldest)
        numbers = np.array([number for number, *_ in named], np.int64)
        return Columns(
            series=tuple(Series(metric, labels_of(labels), Bar(bar)) for _, labels, bar, _ in named),
            first=np.array([first_at for *_, first_at in named], np.int64),
            index=_places(numbers)[rows.series],
            valid_at=rows.valid_at,
            known_at=rows.known_at,
            values=rows.values,
            seals=seals,
        )

    def sealed(self) -> dict[tuple[str, str], int]:
        """By metric and source label, the end of the newest bar of any length that the source declared complete."""
        ends: dict[tuple[str, str], int] = {}
        with self._connection.reading():
            for source, metric, bar in sealed_feeds(self._connection):
                end = newest_seal(self._connection, (source, metric, bar))
                ends[metric, source] = max(end, ends.get((metric, source), end))
        return ends

    def began(self, metric: str) -> int | None:
        """Epoch seconds: where the earliest sample of a metric is valid; None = there is none."""
        row = self._connection.row("SELECT min(first_at) FROM series WHERE metric = ?", (metric,))
        return None if row is None or row[0] is None else int(row[0])

    def flows_before(self, feed: tuple[str, str, Bar], before: int, count: int) -> dict[Series, dict[int, float]]:
        """By series and bar start, what is known last of the `count` bars before `before`, else of the last one.

        `feed`: source label, metric and bar.
        """
        source, metric, bar = feed
        with self._connection.reading():
            named = self._named(source, metric, bar)
            numbers = json.dumps([*named])
            since = before - count * bar.width
            rows = self._connection.rows(_FLOWS, (since, before, numbers))
            if not rows and named:
                last = self._connection.row(_LAST_FLOW, (since, numbers))
                rows = [] if last is None else self._connection.rows(_FLOWS, (last[0], last[0] + 1, numbers))
        found: dict[Series, dict[int, float]] = {}
        for number, at, value, _ in rows:
            found.setdefault(named[number], {})[at] = value
        return found

    def levels_now(self, source: str, metric: str, bar: Bar) -> dict[Series, float]:
        """What each level of a source showed when it was last looked at, without those that are gone."""
        with self._connection.reading():
            named = self._named(source, metric, bar)
            rows = self._connection.rows(_LEVELS, (json.dumps([*named]),))
        return {named[number]: value for number, value in rows if value is not None}

    def _named(self, source: str, metric: str, bar: Bar) -> dict[int, Series]:
        rows = self._connection.rows(
            "SELECT id, labels FROM series WHERE metric = ? AND source = ? AND bar = ?", (metric, source, bar.value)
        )
        return {number: Series(metric, labels_of(labels), bar) for number, labels in rows}


def _places(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """By the number of a series, its place."""
    places = np.zeros(numbers.max(initial=0) + 1, np.int64)
    places[numbers] = np.arange(len(numbers))
    return places
