"""Reading samples back in columns, for rules and for the guard."""

from __future__ import annotations

import json

import numpy as np

from monitor.ledger.connection import Store
from monitor.ledger.encoding import labels_of
from monitor.ledger.seals import seal_logs
from monitor.ledger.series import is_level
from monitor.model.bar import Bar
from monitor.model.history import Columns
from monitor.model.sample import Series

_SERIES = "SELECT id, labels, bar, first_at FROM series WHERE metric = ? AND first_at IS NOT NULL ORDER BY id"
# The unary plus keeps the scan in order of the primary key, which is the order that is asked for.
_SINCE = """
    SELECT valid_at, series_id, known_at, value FROM samples
    WHERE valid_at >= ? AND +series_id IN (SELECT id FROM series WHERE metric = ?)
    ORDER BY valid_at, series_id, known_at
"""
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
_DAY_TOTALS = """
    SELECT valid_at, sum(value) FROM (
        SELECT valid_at, value, max(known_at) FROM samples
        WHERE valid_at >= ? AND valid_at < ? AND +series_id IN (SELECT value FROM json_each(?))
        GROUP BY valid_at, series_id
    ) GROUP BY valid_at HAVING sum(value) IS NOT NULL ORDER BY valid_at
"""
_ALL_TIME = np.iinfo(np.int64).min


class Reading(Store):
    """Reads stored samples; this is the History that rules are judged on."""

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """All samples of a metric valid at or after `since`, and of each level series also the last one before it."""
        with self._connection.reading():
            named = self._connection.rows(_SERIES, (metric,))
            oldest = int(_ALL_TIME) if since is None else since
            rows = self._connection.numbers(_SINCE, (oldest, metric), 4)
            if since is not None and is_level(metric):
                rows = np.concatenate((self._connection.numbers(_LAST_BEFORE, (since, metric), 4), rows))
            seals = seal_logs(self._connection, metric)
        numbers = np.array([number for number, *_ in named], np.int64)
        return Columns(
            series=tuple(Series(metric, labels_of(labels), Bar(bar)) for _, labels, bar, _ in named),
            first=np.array([first_at for *_, first_at in named], np.int64),
            index=np.searchsorted(numbers, rows[:, 1].astype(np.int64)).astype(np.int64),
            valid_at=rows[:, 0].astype(np.int64),
            known_at=rows[:, 2].astype(np.int64),
            values=rows[:, 3].copy(),
            seals=seals,
        )

    def sealed(self) -> dict[tuple[str, str], int]:
        """By metric and source label, the end of the newest bar of any length that the source declared complete."""
        rows = self._connection.rows("SELECT metric, source, max(through) FROM seals GROUP BY metric, source")
        return {(metric, source): through for metric, source, through in rows}

    def began(self, metric: str) -> int | None:
        """Epoch seconds: where the earliest sample of a metric is valid; None = there is none."""
        row = self._connection.row("SELECT min(first_at) FROM series WHERE metric = ?", (metric,))
        return None if row is None or row[0] is None else int(row[0])

    def day_totals(self, source: str, metric: str, bar: Bar, before: int, count: int) -> list[tuple[int, float]]:
        """(bar start, latest known sum) of those of the `count` bars before `before` that have samples, oldest first.

        Sums the series by model alone: what imports bring by author, or a source by category, would count twice.
        """
        with self._connection.reading():
            rows = self._connection.rows(
                "SELECT id, labels FROM series WHERE metric = ? AND source = ? AND bar = ?", (metric, source, bar.value)
            )
            numbers = [number for number, labels in rows if json.loads(labels).keys() <= {"source", "model"}]
            bound = (before - count * bar.width, before, json.dumps(numbers))
            return [(at, total) for at, total in self._connection.rows(_DAY_TOTALS, bound)]
