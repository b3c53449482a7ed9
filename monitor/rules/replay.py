"""History as it was learnt: the same rounds as live, over what was known at each, with nothing known too early."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from monitor.catalog import Join
from monitor.model.bar import Instants
from monitor.model.clock import CLOCK
from monitor.model.history import Columns, History, SealLog
from monitor.model.judgement import Judgement, Past
from monitor.model.metric import METRICS, Kind
from monitor.model.transition import Transition
from monitor.rules.rounds import Feed, Learnt, judge_round
from monitor.rules.rule import Rule

_REMEMBERED = 100  # rounds that can be gone back to; what was restated later than that is judged from the beginning
_NEVER = np.iinfo(np.int64).max


@dataclass(slots=True)
class Memory:
    """What earlier rounds left, in memory; a `Recollection`."""

    judged: dict[str, dict[str, int]] = field(default_factory=dict)
    _pasts: dict[tuple[str, str], list[Past]] = field(default_factory=dict)
    _told: dict[str, dict[str, list[Transition]]] = field(default_factory=dict)

    def record(self, judgement: Judgement) -> None:
        """Remember what was decided."""
        alert, partition = judgement.alert, judgement.partition
        pasts = self._pasts.setdefault((alert, partition), [])
        begins = judgement.past.through
        kept = [past for past in pasts if begins is not None and past.through is not None and past.through <= begins]
        depth = _REMEMBERED if judgement.restatable else 1
        pasts[:] = [*kept, Past(judgement.through, judgement.states)][-depth:]
        self.judged.setdefault(alert, {})[partition] = judgement.through
        self._told.setdefault(alert, {}).setdefault(partition, []).extend(judgement.transitions)

    def past(self, alert: str, partition: str) -> Past:
        """See `Recollection`."""
        pasts = self._pasts.get((alert, partition))
        return pasts[-1] if pasts else Past()

    def rewound(self, alert: str, partition: str, bar: int) -> Past:
        """See `Recollection`."""
        before = (past for past in reversed(self._pasts.get((alert, partition), [])) if (past.through or 0) <= bar)
        return next(before, Past())

    def recorded(self, alert: str, partition: str | None, since: int) -> Sequence[Transition]:
        """See `Recollection`."""
        of = self._told.get(alert, {})
        every = [each for name, told in of.items() if partition in (None, name) for each in told]
        episodes = {(each.labels, each.episode) for each in every if each.valid_at >= since}
        return [each for each in every if (each.labels, each.episode) in episodes]


@dataclass(frozen=True, slots=True)
class Restatements:
    """What of one metric came after its bar had been judged; all (K,).

    `known_at`, `valid_at`: epoch seconds, when it came and the bar it is of. `source`: the place among `sources`.
    """

    metric: str
    sources: tuple[str, ...]
    known_at: Instants
    valid_at: Instants
    source: NDArray[np.intp]

    def at(self, instant: int) -> Iterator[tuple[Feed, int]]:
        """By feed, the earliest bar of which a figure came at that instant."""
        rows = self.known_at == instant
        for number in np.unique(self.source[rows]).tolist():
            earliest = self.valid_at[rows & (self.source == number)].min()
            yield (self.metric, self.sources[number]), int(earliest)


def replay(history: History, rules: Sequence[Rule], join: Join) -> Iterator[Judgement]:
    """Every judgement that a monitor would have made that learnt all of history when it was learnt.

    Of each rule in the order of learning; rules that have nothing to do with each other one after the other.
    """
    read: dict[str, Columns] = {}
    for related in together(rules):
        metrics = {metric for rule in related for metric in rule.reads}
        clocked = any(rule.clocked for rule in related)
        for metric in (metrics | {CLOCK} if clocked else metrics) - read.keys():
            read[metric] = history.columns(metric)
        memory = Memory()
        for learnt in _rounds({metric: read[metric] for metric in metrics}, read[CLOCK] if clocked else None):
            for judgement in judge_round(related, learnt, join, memory, memory.judged):
                memory.record(judgement)
                yield judgement


def together(rules: Iterable[Rule]) -> list[list[Rule]]:
    """Rules that are judged round by round with each other: those that read the same, or come after one another."""
    groups: list[tuple[set[str], list[Rule]]] = []
    for rule in rules:
        before = rule.after.alert if rule.after else None
        metrics, mine = set(rule.reads), [rule]
        for group in list(groups):
            if group[0] == metrics or any(each.name == before for each in group[1]):
                groups.remove(group)
                metrics, mine = metrics | group[0], group[1] + mine
        groups.append((metrics, mine))
    return [mine for _, mine in groups]


def _rounds(columns: Mapping[str, Columns], clock: Columns | None) -> Iterator[Learnt]:
    """How history stood just before and at each instant at which bars have to be judged anew, and at its end."""
    late = [restatements(each) for each in columns.values()]
    if clock is not None:
        columns = {**columns, CLOCK: clock}
    for instant in np.unique(np.concatenate([each.known_at for each in late])).tolist():
        yield _learnt(columns, instant - 1, {})
        yield _learnt(columns, instant, earliest(found for each in late for found in each.at(instant)))
    yield _learnt(columns, _NEVER, {})


def earliest(found: Iterable[tuple[Feed, int]]) -> dict[Feed, int]:
    """By feed, the first of the bars that were found."""
    bars: dict[Feed, int] = {}
    for feed, bar in found:
        bars[feed] = min(bar, bars.get(feed, bar))
    return bars


def _learnt(columns: Mapping[str, Columns], at: int, restated: Mapping[Feed, int]) -> Learnt:
    sealed: dict[Feed, int] = {}
    for metric, each in columns.items():
        for (source, _), log in each.seals.items():
            known = log.through[log.known_at <= at]
            if len(known):
                sealed[metric, source] = max(sealed.get((metric, source), 0), int(known[-1]))
    return Learnt(lambda metric, since: known_by(columns[metric], at, since), sealed, restated, at)


def restatements(columns: Columns) -> Restatements:
    """What of a metric was learnt after its bar had been sealed, of a level also after it was observed."""
    sources = tuple(sorted({series.labels.get("source") for series in columns.series}))
    numbers = np.array([sources.index(series.labels.get("source")) for series in columns.series], np.intp)
    late = np.zeros(len(columns.index), np.bool_)
    for (source, bar), log in columns.seals.items():
        mine = [series.labels.get("source") == source and series.bar is bar for series in columns.series]
        rows = np.flatnonzero(np.array(mine, np.bool_)[columns.index]) if mine else np.zeros(0, np.intp)
        starts = bar.floor(columns.valid_at[rows])
        late[rows] = columns.known_at[rows] > _sealed_at(log, bar.end(starts))
    is_flow = bool(columns.series) and METRICS[columns.series[0].metric].kind is Kind.FLOW
    rows = np.flatnonzero(late if is_flow else late & (columns.known_at > columns.valid_at))
    metric = columns.series[0].metric if columns.series else ""
    return Restatements(metric, sources, columns.known_at[rows], columns.valid_at[rows], numbers[columns.index[rows]])


def _sealed_at(log: SealLog, ends: Instants) -> Instants:
    """(N,): when bars with these ends were sealed; never, where they are not."""
    earliest = np.append(np.minimum.accumulate(log.known_at[::-1])[::-1], _NEVER)
    return earliest[np.searchsorted(log.through, ends)]


def known_by(columns: Columns, at: int, since: int | None) -> Columns:
    """What was stored at an instant of samples valid at or after `since`, and of levels the last one before it."""
    stored = columns.known_at <= at
    first = np.full(len(columns.series), _NEVER)
    np.minimum.at(first, columns.index[stored], columns.valid_at[stored])
    rows = np.flatnonzero(stored if since is None else stored & (columns.valid_at >= since))
    if since is not None and columns.series and METRICS[columns.series[0].metric].kind is not Kind.FLOW:
        rows = np.concatenate([_last_before(columns, np.flatnonzero(stored & (columns.valid_at < since))), rows])
    met = first < _NEVER
    place = np.cumsum(met) - 1
    return Columns(
        tuple(series for series, known in zip(columns.series, met.tolist(), strict=True) if known),
        first[met],
        place[columns.index[rows]],
        columns.valid_at[rows],
        columns.known_at[rows],
        columns.values[rows],
        {
            feed: log
            for feed, log in ((feed, _said(log, at)) for feed, log in columns.seals.items())
            if len(log.through)
        },
    )


def _last_before(columns: Columns, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Of each series the last of these rows, in order."""
    reversed_rows = rows[::-1]
    _, last = np.unique(columns.index[reversed_rows], return_index=True)
    return np.sort(reversed_rows[last])


def _said(log: SealLog, at: int) -> SealLog:
    said = log.known_at <= at
    return SealLog(log.through[said], log.known_at[said], log.holds_until[said])
