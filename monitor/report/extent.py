"""What of history there is: from when to when each source has answered, and where it has not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor.model.bar import Bar, Instants
from monitor.model.frame import Flags
from monitor.model.history import Columns, SealLog
from monitor.model.metric import METRICS, Kind


@dataclass(frozen=True, slots=True)
class Extent:
    """One metric of one source in the bar that it reports.

    `first`, `last`: the starts of the first and the last sealed bar, epoch seconds; `end`: the end of the last.
    `missing`: how many bars between have no answer; `longest`: the most of them in a row.
    """

    metric: str
    source: str
    bar: Bar
    first: int
    last: int
    end: int
    bars: int
    missing: int
    longest: int


def extents(metric: str, columns: Columns) -> Iterator[Extent]:
    """An extent for each source and bar that has samples and sealed any of their bars."""
    for (source, bar), log in sorted(columns.seals.items()):
        own = np.array([each.bar is bar and each.labels.get("source") == source for each in columns.series], np.bool_)
        rows = np.flatnonzero(own[columns.index])
        if not len(rows) or not len(log.through):
            continue
        last = int(bar.shift(bar.floor(log.through[-1:]), -1)[0])
        grid = bar.grid(int(columns.valid_at[rows].min()), last)
        if not len(grid):
            continue
        flows = METRICS[metric].kind is Kind.FLOW
        missing = _unanswered(columns, rows, bar, grid) if flows else _too_old(log, bar, grid)
        counts = len(grid), int(missing.sum()), _longest(missing)
        yield Extent(metric, source, bar, int(grid[0]), int(grid[-1]), int(bar.end(grid[-1:])[0]), *counts)


def _unanswered(columns: Columns, rows: Instants, bar: Bar, grid: Instants) -> Flags:
    """(T,): bars of a flow without any value; what was recorded while a bar still ran is none."""
    whole = columns.known_at[rows] >= bar.end(columns.valid_at[rows])
    return ~np.isin(grid, columns.valid_at[rows][whole])


def _too_old(log: SealLog, bar: Bar, grid: Instants) -> Flags:
    """(T,): bars of a level for which the last look may no longer be believed."""
    looks = np.searchsorted(log.through, bar.end(grid), side="right") - 1
    return (log.holds_until[np.maximum(looks, 0)] <= grid) & (looks >= 0)


def _longest(missing: Flags) -> int:
    """The most flags set in a row."""
    edges = np.flatnonzero(np.diff(missing.astype(np.int8), prepend=0, append=0))
    return int((edges[1::2] - edges[::2]).max(initial=0))
