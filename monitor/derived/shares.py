"""Shares and ranks of the bars that something was learnt of, by the very expressions that rules judge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from monitor.catalog import Catalog, Join, LastJoin
from monitor.ledger import Learnt, Ledger, Touched
from monitor.model.bar import DAY, Bar
from monitor.model.frame import Frame
from monitor.model.history import Columns, History
from monitor.model.share import Share
from monitor.rules.assemble import Assembler, Need, Partition
from monitor.rules.expression.nodes import Evaluation, Expression
from monitor.rules.expression.parse import parse

METRIC = "tokens"
BARS = (Bar.DAY, Bar.WEEK)
BY: Mapping[str, str] = {
    "origin": "origin",
    "vendor": "vendor",
    "family": "family",
    "open_weights": "open",
    "model": "model",
}
"""What is grouped by, and the label that rules have for it."""

_ASKED = ('share({}, by="{}")', 'sum({}, by="{}")', 'rank({}, by="{}")')
_EXPRESSIONS: Mapping[str, tuple[Expression, ...]] = {
    by: tuple(parse(text.format(METRIC, label)) for text in _ASKED) for by, label in BY.items()
}
_NEWEST = 8 * DAY  # a week and the days in it
_JUDGED = 2**62  # nothing of it is wanted


class Shares:
    """Derives shares from a ledger."""

    def __init__(self, ledger: Ledger, catalog: Callable[[], Catalog]) -> None:
        self._ledger = ledger
        self._catalog = catalog
        self._last_join = LastJoin()

    def __call__(self, learnt: Learnt) -> list[tuple[Share, ...]]:
        """See `shares`."""
        return shares(self._ledger, self._last_join.of(self._catalog(), self._ledger.aliases()), learnt.touched)


def shares(history: History, join: Join, touched: Sequence[Touched]) -> list[tuple[Share, ...]]:
    """For each that was touched (something was) the shares of the bars that hold it, as far as rules would judge these.

    Bars that several of one source touch go with the last. Where the newest days of a source are touched, all of them
    are there: a later word of the source may have made bars complete of which nothing else was learnt.
    """
    since = Bar.WEEK.start_of(min(each.start for each in touched) - _NEWEST)
    columns = history.columns(METRIC, since=since)
    found: list[list[Share]] = [[] for _ in touched]
    for bar in BARS:
        wanted = _wanted(touched, columns, bar, since)
        for partition in _partitions(columns, join, bar, wanted):
            owners = wanted[partition.name]
            for share in _shares(partition, owners):
                found[owners[share.at]].append(share)
    return [tuple(each) for each in found]


def _wanted(touched: Sequence[Touched], columns: Columns, bar: Bar, since: int) -> dict[str, dict[int, int]]:
    """By source and start of a bar: the place of the last that touched it."""
    found: dict[str, dict[int, int]] = {}
    for place, each in enumerate(touched):
        sealed = columns.seals.get((each.source, each.bar))
        newest = int(sealed.through[-1]) if sealed is not None and len(sealed.through) else since
        starts = [each.start]
        if each.start >= newest - _NEWEST:
            starts += range(max(newest - _NEWEST, since), newest, DAY)
        found.setdefault(each.source, {}).update(dict.fromkeys(bar.floor(np.array(starts, np.int64)).tolist(), place))
    return found


def _partitions(columns: Columns, join: Join, bar: Bar, wanted: Mapping[str, Collection[int]]) -> Iterator[Partition]:
    """The sources from the first bar wanted of each to the last of all."""
    sources = {series.labels.get("source") for series in columns.series}
    judged = {source: min(wanted.get(source, (_JUDGED,))) for source in sources}
    every = tuple(each for asked in _EXPRESSIONS.values() for each in asked)
    last = max(start for starts in wanted.values() for start in starts)
    need = Need(every, bar, offsets=None, lookback=0, judged=judged, last=last)
    yield from Assembler(lambda _metric, _since: columns, join, {METRIC: min(judged.values())}).partitions(need)


def _shares(partition: Partition, wanted: Collection[int]) -> Iterator[Share]:
    evaluation = _narrowed(partition.evaluation, wanted)
    for by, asked in _EXPRESSIONS.items():
        share, amount, rank = (_cells(each.evaluate(evaluation), by) for each in asked)
        for group in sorted({*share, *amount, *rank}):
            numbers = share.get(group, np.nan), amount.get(group, np.nan), rank.get(group, np.nan)
            yield Share(partition.name, METRIC, evaluation.bar, by, *group, *numbers)


def _cells(frame: Frame, by: str) -> dict[tuple[str, int], float]:
    """What is known, by group and bar."""
    names = [member.labels.get(BY[by]) for member in frame.members]
    rows, columns = np.nonzero(np.isfinite(frame.values))
    cells = zip(rows.tolist(), columns.tolist(), frame.values[rows, columns].tolist(), strict=True)
    starts = frame.bars.tolist()
    return {(names[column], starts[row]): value for row, column, value in cells}


def _narrowed(evaluation: Evaluation, wanted: Collection[int]) -> Evaluation:
    """The bars that are wanted, without members of which all of these know that they are not there."""
    part = evaluation.of_rows(np.flatnonzero(np.isin(evaluation.bars, list(wanted))))
    return replace(part, frames={select: _shown(frame) for select, frame in part.frames.items()})


def _shown(frame: Frame) -> Frame:
    says = ~frame.absent | ~np.isnan(frame.values)
    if frame.upper is not None:
        says |= frame.upper == 0  # it is known that it is nothing
    return frame.keep(np.asarray(says.any(axis=0), np.bool_))
