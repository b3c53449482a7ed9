"""Tallies: what the samples of each day come to in a copy of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.ledger.connection import Store
from monitor.model.bar import DAY, Instants
from monitor.model.copying import Tally

_ROWS = """
    SELECT seq, series_id, valid_at, known_at, value FROM samples
    WHERE seq <= ? AND series_id IN (SELECT id FROM series WHERE metric = ?)
"""
_DAYS_AFTER = """
    SELECT DISTINCT metric, valid_at FROM samples JOIN series ON series.id = series_id WHERE seq > ?
"""


@dataclass(frozen=True, slots=True)
class Points:
    """Points in columns, (N,) each; NaN = without a value."""

    valid_at: Instants
    known_at: Instants
    values: NDArray[np.float64]

    def tallies(self) -> dict[int, Tally]:
        """By the start of a day."""
        days, place = np.unique(self.valid_at // DAY * DAY, return_inverse=True)
        there = ~np.isnan(self.values)
        points, values = np.bincount(place, minlength=len(days)), np.bincount(place[there], minlength=len(days))
        known_at = np.zeros(len(days), np.int64)
        np.add.at(known_at, place, self.known_at)
        totals = np.bincount(place, np.where(there, self.values, 0.0), minlength=len(days))
        columns = zip(*(each.tolist() for each in (days, points, known_at, values, totals)), strict=True)
        return {day: Tally(*tally) for day, *tally in columns}


class Tallies(Store):
    """Counts samples by the order of learning."""

    def tallies_as_known(self, metric: str, through: int, without: Collection[int]) -> dict[int, Tally]:
        """Of every sample up to `through` but those `without`, a point each, by day."""
        rows = self._counted(metric, through, without)
        return Points(rows[:, 2].astype(np.int64), rows[:, 3].astype(np.int64), rows[:, 4]).tallies()

    def tallies_newest(self, metric: str, through: int, without: Collection[int]) -> dict[int, Tally]:
        """Likewise where a later sample of the same bar takes the place of the one before, but for a value it lacks."""
        rows = self._counted(metric, through, without)
        rows = rows[np.lexsort((rows[:, 0], rows[:, 2], rows[:, 1]))]
        if not len(rows):
            return {}
        begins = np.append(True, (np.diff(rows[:, 1]) != 0) | (np.diff(rows[:, 2]) != 0))
        starts, ends = np.flatnonzero(begins), np.append(np.flatnonzero(begins)[1:], len(rows)) - 1
        valued = np.maximum.accumulate(np.where(np.isnan(rows[:, 4]), -1, np.arange(len(rows))))[ends]
        values = np.where(valued >= starts, rows[valued, 4], np.nan)
        return Points(rows[ends, 2].astype(np.int64), rows[ends, 3].astype(np.int64), values).tallies()

    def days_after(self, seq: int) -> set[tuple[str, int]]:
        """(metric, start of the day) of everything that was learnt after `seq`."""
        return {(metric, at // DAY * DAY) for metric, at in self._connection.rows(_DAYS_AFTER, (seq,))}

    def metrics(self) -> list[str]:
        """Every metric that a series has."""
        return [metric for (metric,) in self._connection.rows("SELECT DISTINCT metric FROM series ORDER BY metric")]

    def _counted(self, metric: str, through: int, without: Collection[int]) -> NDArray[np.float64]:
        rows = self._connection.numbers(_ROWS, (through, metric), 5)
        return rows[~np.isin(rows[:, 0], list(without))] if without else rows
