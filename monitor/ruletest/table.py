"""A rule test's series as history: what a ledger would have stored of sources that brought just that, in time.

A bar is looked at if any series of its metric and source has a sign other than `_` in it; it is known and sealed the
moment it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Bar, Instants
from monitor.model.history import Columns, SealLog
from monitor.model.metric import METRICS, Kind
from monitor.model.sample import Series
from monitor.rules.feed import NEVER
from monitor.ruletest.case import Restated
from monitor.ruletest.notation import GONE

Cells = NDArray[np.float64]
"""(T, S): NaN = nothing learnt, GONE = no longer shown."""


@dataclass(frozen=True, slots=True)
class Table:
    """A History of `series`: by identity, T numbers each, one a bar of `every` from `start` (epoch seconds) on."""

    series: Mapping[Series, tuple[float, ...]]
    every: Bar
    start: int
    stale_after: int | None = None
    restated: tuple[Restated, ...] = ()
    _made: dict[str, Columns] = field(default_factory=dict)

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """See `History`."""
        if metric not in self._made:
            self._made[metric] = self._with_restated(self._columns(metric))
        made = self._made[metric]
        return made if since is None else _since(made, since, level=METRICS[metric].kind is not Kind.FLOW)

    def _columns(self, metric: str) -> Columns:
        named = {series: cells for series, cells in self.series.items() if series.metric == metric}
        width = len(next(iter(self.series.values()), ()))
        cells = np.array(list(named.values()), np.float64).reshape(len(named), width).T
        ends = self._ends(len(cells))
        level = METRICS[metric].kind is not Kind.FLOW
        rows, index = np.nonzero(_stored(cells, level=level))
        known_at = ends[rows]
        valid_at = known_at - 1 if level else self.every.shift(known_at, -1)
        values = cells[rows, index]
        stored = {number: int(valid_at[index == number][0]) for number in np.unique(index).tolist()}
        return Columns(
            tuple(named),
            np.array([stored.get(number, NEVER) for number in range(len(named))], np.int64),
            index.astype(np.int64),
            valid_at,
            known_at - 1 if level else known_at,
            np.where(values == GONE, np.nan, values),
            self._seals(named, cells, ends),
        )

    def _with_restated(self, columns: Columns) -> Columns:
        """With what was learnt later, of the bars that it is of."""
        later = [
            (int(valid_at), number, each.at, value)
            for each in self.restated
            for number, series in enumerate(columns.series)
            for cells in [each.series.get(series, ())]
            for valid_at, value in zip(self.every.shift(self._ends(len(cells)), -1), cells, strict=True)
            if not np.isnan(value)
        ]
        if not later:
            return columns
        rows = np.array(later, np.float64)
        valid_at = np.concatenate([columns.valid_at, rows[:, 0].astype(np.int64)])
        index = np.concatenate([columns.index, rows[:, 1].astype(np.int64)])
        known_at = np.concatenate([columns.known_at, rows[:, 2].astype(np.int64)])
        order = np.lexsort((known_at, index, valid_at))
        first = columns.first.copy()
        np.minimum.at(first, index, valid_at)
        values = np.concatenate([columns.values, rows[:, 3]])[order]
        return Columns(columns.series, first, index[order], valid_at[order], known_at[order], values, columns.seals)

    def _ends(self, count: int) -> Instants:
        """(T,): the ends of the bars."""
        return self.every.end(self.every.grid(self.start, self.start + count * self.every.width)[:count])

    def _seals(self, named: Mapping[Series, object], cells: Cells, ends: Instants) -> Mapping[tuple[str, Bar], SealLog]:
        sources = np.array([series.labels.get("source") for series in named])
        looked = {source: ~np.isnan(cells[:, sources == source]).all(axis=1) for source in set(sources.tolist())}
        return {(source, self.every): self._seal_log(ends[seen]) for source, seen in looked.items() if seen.any()}

    def _seal_log(self, ends: Instants) -> SealLog:
        holds = np.full(len(ends), NEVER) if self.stale_after is None else ends + self.stale_after
        return SealLog(ends, ends, holds)


def _stored(cells: Cells, *, level: bool) -> NDArray[np.bool_]:
    """(T, S): what a ledger would keep: of a flow each number, of a level each change (the end is one)."""
    known: NDArray[np.bool_] = ~np.isnan(cells)
    if not level:
        known &= cells != GONE
        return known
    before = np.full(cells.shape[1], GONE)
    kept = np.zeros(cells.shape, np.bool_)
    for row, now in enumerate(cells):
        kept[row] = known[row] & (now != before)
        before = np.where(known[row], now, before)
    return kept


def _since(columns: Columns, since: int, *, level: bool) -> Columns:
    """The rows from there on, and of a level the last one before."""
    wanted = columns.valid_at >= since
    if level:
        last = {number: row for row, number in enumerate(columns.index.tolist()) if not wanted[row]}
        wanted[list(last.values())] = True
    return Columns(
        columns.series,
        columns.first,
        columns.index[wanted],
        columns.valid_at[wanted],
        columns.known_at[wanted],
        columns.values[wanted],
        columns.seals,
    )
