"""Rows in columns: brought in order, each key once, and what they say about complete bars and about their sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Bar, Instants, instant
from monitor.model.metric import PRICES
from monitor.model.sample import Seal, Series

PRICE_METRICS = {metric.removeprefix("price_"): metric for metric in PRICES}
"""The metric of each field of a price."""

_Key = TypeVar("_Key", str, tuple[str, str, Bar])


@dataclass(frozen=True, slots=True)
class Rows:
    """Samples in columns, arrays as in `Columns`, in any order until `in_order`; `sources`: of each series."""

    series: tuple[Series, ...]
    sources: tuple[str, ...]
    index: NDArray[np.int64]
    valid_at: Instants
    known_at: Instants
    values: NDArray[np.float64]

    def taken(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Rows:
        """The rows at these places."""
        return Rows(
            self.series, self.sources, self.index[which], self.valid_at[which], self.known_at[which], self.values[which]
        )


def in_order(rows: Rows) -> Rows:
    """Sorted by (valid_at, series, known_at), each key once; raises ValueError where a key has two values."""
    rows = rows.taken(np.lexsort((rows.known_at, rows.index, rows.valid_at)))
    first = _first_of_each(rows.valid_at, rows.index, rows.known_at)
    again = np.flatnonzero(~first)
    if not np.array_equal(rows.values[again], rows.values[again - 1], equal_nan=True):
        raise ValueError("two rows contradict each other")
    return rows.taken(first) if again.size else rows


def usage_seals(rows: Rows) -> tuple[Seal, ...]:
    """For each feed (source, metric, bar) and each of its bars: complete from the first record made after its end.

    A record made before the end is of a bar still running and seals nothing.
    """
    feeds, feed = _sorted_out(
        rows, [(source, one.metric, one.bar) for source, one in zip(rows.sources, rows.series, strict=True)]
    )
    ends = rows.valid_at + np.array([bar.width for _, _, bar in feeds], np.int64)[feed]
    whole = rows.known_at >= ends
    marks = _earliest(feed[whole], ends[whole], rows.known_at[whole])
    return tuple(Seal(*feeds[at], through=instant(end), known_at=instant(known)) for at, end, known in marks)


def price_seals(rows: Rows) -> tuple[Seal, ...]:
    """For each source, each hour in which it was looked at and each price metric: complete from the hour's last look.

    A change of any price of a source shows that all of them were looked at.
    """
    sources, source = _sorted_out(rows, rows.sources)
    ends = Bar.HOUR.end(Bar.HOUR.floor(rows.known_at))
    marks = [(sources[at], instant(end), instant(-late)) for at, end, late in _earliest(source, ends, -rows.known_at)]
    return tuple(
        Seal(name, metric, Bar.HOUR, through, known_at)
        for metric in PRICE_METRICS.values()
        for name, through, known_at in marks
    )


def citations(rows: Rows, line: Callable[[str, int], str]) -> dict[str, str]:
    """By source, its `line` with the newest `known_at` of its rows."""
    sources, source = _sorted_out(rows, rows.sources)
    newest = np.full(len(sources), np.iinfo(np.int64).min)
    np.maximum.at(newest, source, rows.known_at)
    return {name: line(name, at) for name, at in zip(sources, newest.tolist(), strict=True)}


def _sorted_out(rows: Rows, keys: Sequence[_Key]) -> tuple[list[_Key], NDArray[np.int64]]:
    """The distinct `keys` (one a series) in order, and (N,) the place of each row's among them."""
    distinct = sorted(set(keys))
    places = {key: at for at, key in enumerate(distinct)}
    return distinct, np.array([places[key] for key in keys], np.int64)[rows.index]


def _earliest(group: NDArray[np.int64], ends: Instants, known_at: Instants) -> Iterator[tuple[int, int, int]]:
    """Each distinct (group, end) in order, with the least of its `known_at`."""
    order = np.lexsort((known_at, ends, group))
    first = order[_first_of_each(group[order], ends[order])]
    return zip(group[first].tolist(), ends[first].tolist(), known_at[first].tolist(), strict=True)


def _first_of_each(*columns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,): whether a row of sorted columns differs from the one before it."""
    first = np.ones(len(columns[0]), np.bool_)
    first[1:] = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    return first
