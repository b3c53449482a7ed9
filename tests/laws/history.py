"""Histories made of plain tables: what a ledger would have stored of a few sources, and strategies that draw them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from monitor.model.bar import Bar, Instants
from monitor.model.clock import CLOCK
from monitor.model.history import Columns, SealLog
from monitor.model.labels import Labels
from monitor.model.metric import METRICS, Kind
from monitor.model.sample import Series

NEVER = int(np.iinfo(np.int64).max)
"""`holds_until` of a seal that holds until the next look."""


@dataclass(frozen=True, slots=True)
class Row:
    """One stored value; instants are epoch seconds, NaN = gone (a level only)."""

    series: Series
    valid_at: int
    known_at: int
    value: float


@dataclass(frozen=True, slots=True)
class Word:
    """A source's word that every bar of a feed which ends at or before `through` is complete."""

    source: str
    metric: str
    bar: Bar
    through: int
    known_at: int
    holds_until: int = NEVER

    @property
    def feed(self) -> tuple[str, Bar]:
        """What `Columns.seals` is keyed by."""
        return self.source, self.bar


@dataclass(frozen=True, slots=True, repr=False)
class Table:
    """A History of rows and words in the order in which they were learnt.

    Unless it was `shuffled`, series are numbered in the order of their first row, as the ledger does.
    """

    rows: tuple[Row, ...]
    words: tuple[Word, ...]
    order: Mapping[Series, int] | None = None

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """See `History`."""
        series, place = self._series(metric)
        rows = [row for row in self.rows if row.series in place]
        first = dict.fromkeys(series, NEVER)
        for row in rows:
            first[row.series] = min(first[row.series], row.valid_at)
        kept = rows if since is None else [*_last_before(rows, since), *(row for row in rows if row.valid_at >= since)]
        kept = sorted(kept, key=lambda row: (row.valid_at, place[row.series], row.known_at))
        return Columns(
            series,
            np.array([first[each] for each in series], np.int64),
            np.array([place[row.series] for row in kept], np.int64),
            np.array([row.valid_at for row in kept], np.int64),
            np.array([row.known_at for row in kept], np.int64),
            np.array([row.value for row in kept], np.float64),
            _seal_logs((word for word in self.words if word.metric == metric), since),
        )

    def __repr__(self) -> str:
        rows = "\n".join(
            f"  {row.series.metric}{row.series.labels} {row.valid_at} = {row.value:g} known {row.known_at}"
            for row in self.rows
        )
        words = "\n".join(
            f"  {word.metric} of {word.source} through {word.through} said {word.known_at} until {word.holds_until}"
            for word in self.words
        )
        return f"rows:\n{rows}\nsealed:\n{words}\n"

    def known(self, at: int) -> Self:
        """What was stored at that instant."""
        rows = tuple(row for row in self.rows if row.known_at <= at)
        return replace(self, rows=rows, words=tuple(word for word in self.words if word.known_at <= at))

    def sealed(self, through: int) -> Self:
        """The same, as if bars that end after `through` had not been declared complete.

        What the monitor says of itself after the first word that is left out, is left out as well: a bar that is over
        by its clock before it is sealed stays as it was judged.
        """
        kept = [word for word in self.words if word.metric != CLOCK and word.through <= through]
        first = min(
            (word.known_at for word in self.words if word.metric != CLOCK and word.through > through), default=NEVER
        )
        return replace(
            self, words=(*kept, *(word for word in self.words if word.metric == CLOCK and word.known_at < first))
        )

    def without(self, first: int, last: int) -> Self:
        """The same, as if its sources had not been heard from `first` to `last`: what they had not said, they say then.

        What they showed of levels meanwhile is lost.
        """
        heard = [word for word in self.words if not first <= word.known_at <= last]
        after = min((word.known_at for word in heard if word.known_at > last), default=None)
        rows = [
            row if row.known_at < first or row.known_at > last else replace(row, known_at=after or NEVER)
            for row in self.rows
            if not first <= row.known_at <= last or METRICS[row.series.metric].kind is Kind.FLOW
        ]
        newest = {(row.series, row.valid_at, row.known_at): row for row in rows if row.known_at != NEVER}
        return replace(self, rows=tuple(newest.values()), words=tuple(heard))

    def scaled(self, factor: float) -> Self:
        """Every value in another unit."""
        return replace(self, rows=tuple(replace(row, value=row.value * factor) for row in self.rows))

    def without_revisions(self) -> Self:
        """Only the first value of each bar, and of levels what was known when it was observed."""
        kept: dict[tuple[Series, int], Row] = {}
        for row in sorted(self.rows, key=lambda row: row.known_at):
            if METRICS[row.series.metric].kind is Kind.FLOW or row.known_at <= row.valid_at:
                kept.setdefault((row.series, row.valid_at), row)
        return replace(self, rows=tuple(row for row in self.rows if kept.get((row.series, row.valid_at)) is row))

    def shuffled(self, shuffle: random.Random) -> Self:
        """The same, but its series are numbered as if they had been met in another order."""
        series = sorted({row.series for row in self.rows}, key=lambda each: each.labels)
        shuffle.shuffle(series)
        rows = list(self.rows)
        shuffle.shuffle(rows)
        return replace(self, rows=tuple(rows), order={each: place for place, each in enumerate(series)})

    def looks(self) -> list[int]:
        """Every instant at which something was declared complete, in order."""
        return sorted({word.known_at for word in self.words})

    def _series(self, metric: str) -> tuple[tuple[Series, ...], dict[Series, int]]:
        met = dict.fromkeys(row.series for row in self.rows if row.series.metric == metric)
        if self.order is not None:
            met = dict.fromkeys(sorted(met, key=self.order.__getitem__))
        return tuple(met), {each: place for place, each in enumerate(met)}


def _last_before(rows: Iterable[Row], since: int) -> list[Row]:
    """Of each level series the last row before."""
    last: dict[Series, Row] = {}
    for row in rows:
        if METRICS[row.series.metric].kind is not Kind.FLOW and row.valid_at < since:
            known = last.get(row.series)
            if known is None or (known.valid_at, known.known_at) < (row.valid_at, row.known_at):
                last[row.series] = row
    return list(last.values())


def _seal_logs(words: Iterable[Word], since: int | None) -> dict[tuple[str, Bar], SealLog]:
    """As the ledger keeps them: of equal `through` the first word counts, and the longest belief."""
    feeds: dict[tuple[str, Bar], dict[int, tuple[int, int]]] = {}
    for word in words:
        log = feeds.setdefault(word.feed, {})
        known_at, holds = log.get(word.through, (word.known_at, word.holds_until))
        log[word.through] = (min(known_at, word.known_at), max(holds, word.holds_until))
    return {feed: _seal_log(log, since) for feed, log in feeds.items()}


def _seal_log(log: Mapping[int, tuple[int, int]], since: int | None) -> SealLog:
    """All, or only the last one before and those after."""
    start = min(log) if since is None else max((each for each in log if each <= since), default=since)
    through = sorted(each for each in log if each >= start)
    columns = [[each, *log[each]] for each in through]
    array: Instants = np.array(columns, np.int64)
    return SealLog(array[:, 0].copy(), array[:, 1].copy(), array[:, 2].copy())


@dataclass(frozen=True, slots=True)
class Poll:
    """One good answer: when it came, what it showed of each bar (or now: levels), and what it declared complete."""

    at: int
    shown: Mapping[tuple[Series, int], float]
    through: int


def flows(source: str, bar: Bar, polls: Sequence[Poll], metric: str = "tokens") -> Table:
    """What a ledger keeps of polls of a flow: values that differ from what is known of their bar."""
    latest: dict[tuple[Series, int], float] = {}
    rows: list[Row] = []
    for poll in polls:
        for key, value in poll.shown.items():
            if latest.get(key) != value:
                latest[key] = value
                rows.append(Row(key[0], key[1], poll.at, value))
    return Table(tuple(rows), tuple(Word(source, metric, bar, poll.through, poll.at) for poll in polls))


def levels(
    source: str, looks: Sequence[tuple[int, Mapping[str, float]]], *, stale: int | None, metric: str = "price_output"
) -> Table:
    """What a ledger keeps of (instant, value by model) looks at a level: changes, NaN where a model is gone."""
    latest: dict[str, float] = {}
    rows: list[Row] = []
    words = []
    for at, shown in looks:
        seen = {**dict.fromkeys(latest, math.nan), **shown}
        for model, value in seen.items():
            if model not in latest or _differ(latest[model], value):
                latest[model] = value
                rows.append(Row(series_of(metric, source, model), at, at, value))
        through = int(Bar.HOUR.end(Bar.HOUR.floor(np.array([at])))[0])
        words.append(Word(source, metric, Bar.HOUR, through, at, NEVER if stale is None else at + stale))
    return Table(tuple(rows), tuple(words))


def _differ(before: float, now: float) -> bool:
    return before != now and not (math.isnan(before) and math.isnan(now))


def together(*tables: Table) -> Table:
    """Several sources in one store, in the order of learning."""
    rows = sorted((row for table in tables for row in table.rows), key=lambda row: row.known_at)
    return Table(tuple(rows), tuple(word for table in tables for word in table.words))


def series_of(metric: str, source: str, model: str) -> Series:
    """A series by model, in the bar that its kind is reported in."""
    bar = Bar.DAY if METRICS[metric].kind is Kind.FLOW else Bar.HOUR
    return Series(metric, Labels.of(source=source, model=model), bar)
