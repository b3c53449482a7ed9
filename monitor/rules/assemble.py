"""Stored history → frames: sealed bars, each value the newest that is stored.

Where a rule asks for it, bars are judged that are over by the monitor's own clock; what their source says of them later
comes too late.

A partition is what is judged together: one `source` label, or all of them ("") where a rule joins several sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from monitor.catalog import Join
from monitor.model.bar import Bar, Instants
from monitor.model.clock import CLOCK, STOPPED, Clock
from monitor.model.frame import Frame
from monitor.model.history import Columns
from monitor.model.labels import Labels
from monitor.model.metric import Kind
from monitor.rules.certainty import Certainties, certainties, first_to_know
from monitor.rules.expression.nodes import Evaluation, Expression, Select
from monitor.rules.feed import NEVER, Feed, feeds_of
from monitor.rules.flows import flow_frame
from monitor.rules.levels import changes, level_frame
from monitor.rules.selection import Selections
from monitor.truth.looks import READ

TOGETHER = ""
"""The partition of a rule that joins sources."""
_NONE = np.zeros(0, np.int64)


Feeds = dict[Select, tuple[Feed, ...]]
"""The feeds behind each selector: one, or one a source where a rule joins sources."""


@dataclass(frozen=True, slots=True)
class Partition:
    """One thing to be judged: its name and what its expressions are evaluated over."""

    name: str
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Need:
    """What a rule needs of history.

    `offsets`: seconds after a change at which a verdict may change too (rows are kept there), None = every bar.
    `lookback`: seconds before a bar that its verdict can depend on. `judged`: by partition, the end of the newest bar
    judged; where there is none, all of history is needed. `clocked`: bars that are over by the monitor's own clock are
    there as well; of these nothing is known but levels, as long as the last look may be believed. `last`: the start of
    the last bar that is wanted; it is never left out. `confirms`: the price of which it asks how sure its changes are,
    `lapses`: how long that may take, in seconds.
    """

    expressions: tuple[Expression, ...]
    bar: Bar
    offsets: frozenset[int] | None
    lookback: int
    judged: Mapping[str, int]
    clocked: bool = False
    last: int = NEVER
    confirms: str = ""
    lapses: int = 0

    @property
    def selects(self) -> tuple[Select, ...]:
        """Every selector, once."""
        return tuple(dict.fromkeys(select for each in self.expressions for select in each.selects))


@dataclass(frozen=True, slots=True)
class Assembler:
    """Builds partitions from columns, and remembers what it built, so that many rules over one metric share the work.

    `recall(metric, since)`: stored samples. `windows`: by metric, the first instant that partitions judged before need
    (all of history where a metric is not named).
    """

    recall: Callable[[str, int | None], Columns]
    join: Join
    windows: Mapping[str, int] = field(default_factory=dict)
    _feeds: dict[tuple[str, int | None], tuple[Feed, ...]] = field(default_factory=dict)
    _matches: dict[tuple[Select, Bar, int | None], dict[str, Feed]] = field(default_factory=dict)
    _selections: Selections = field(default_factory=Selections)
    _frames: dict[tuple[int, Bar, bytes, bytes], Frame] = field(default_factory=dict)
    _clocks: dict[int | None, Clock] = field(default_factory=dict)
    _certain: list[Certainties] = field(default_factory=list)

    def partitions(self, need: Need) -> Iterator[Partition]:
        """Every partition that all the selectors have sealed bars for, if any of its bars was not judged yet."""
        for name, recent in self._grouped(need, whole=False).items():
            judged = need.judged.get(name)
            whole = judged is None and bool(self.windows)
            clock = self._clock(whole=whole) if need.clocked else STOPPED
            if judged is not None and _last_start(recent, clock, need.bar) < judged:
                continue
            feeds = self._grouped(need, whole=True)[name] if whole else recent
            since = None if judged is None else judged - need.lookback
            certain = self._certainties() if need.confirms else None
            moments = _NONE if certain is None else certain.moments(need.confirms, name, need.lapses)
            evaluation = self._evaluate(feeds, need, since, clock, moments)
            if len(evaluation.bars):
                yield Partition(name, replace(evaluation, certainties=certain))

    def alone(self, need: Need) -> dict[str, tuple[Feed, int]] | None:
        """By partition with bars not judged yet, the feed and the place of the one member that its selector means.

        None where it means several.
        """
        (select,) = need.selects
        found: dict[str, tuple[Feed, int]] = {}
        for name, recent in self._matching(select, need.bar, whole=False).items():
            judged = need.judged.get(name)
            if judged is not None and recent.last_start(need.bar) < judged:
                continue
            whole = judged is None and bool(self.windows)
            feed = self._matching(select, need.bar, whole=True)[name] if whole else recent
            places = np.flatnonzero(self._selections.chosen(select, feed))
            if len(places) != 1:
                return None
            found[name] = feed, int(places[0])
        return found

    def beside_each_other(
        self, need: Need, feed: Feed, places: NDArray[np.intp], labels: Sequence[Labels]
    ) -> Evaluation:
        """What a rule over a whole feed of levels is judged on: a column for each of `places`, with these labels."""
        (select,) = need.selects
        members, columns = np.unique(places, return_inverse=True)
        judged = need.judged.get(feed.source)
        since = None if judged is None else judged - need.lookback
        alone: Feeds = {select: (self._selections.only(feed, members),)}
        evaluation = self._evaluate(alone, need, since)
        frame = evaluation.frames[select].pick(columns)
        named = tuple(replace(member, labels=each) for member, each in zip(frame.members, labels, strict=True))
        return replace(evaluation, frames={select: replace(frame, members=named)})

    def _grouped(self, need: Need, *, whole: bool) -> dict[str, Feeds]:
        """By partition, the feeds of each selector; only partitions that have one for every selector."""
        found = {select: self._narrowed(select, need.bar, whole=whole) for select in need.selects}
        if joins_sources(need.selects):
            together = {select: tuple(feeds.values()) for select, feeds in found.items()}
            return {TOGETHER: together} if all(together.values()) else {}
        names = sorted(set.intersection(*(set(feeds) for feeds in found.values()))) if found else []
        return {name: {select: (feeds[name],) for select, feeds in found.items()} for name in names}

    def _narrowed(self, select: Select, bar: Bar, *, whole: bool) -> dict[str, Feed]:
        found = self._matching(select, bar, whole=whole)
        return {source: self._selections.narrowed(select, feed) for source, feed in found.items()}

    def _matching(self, select: Select, bar: Bar, *, whole: bool) -> dict[str, Feed]:
        """By source, its coarsest feed that whole bars can be made of and that has a member which is selected."""
        since = None if whole else self.windows.get(select.metric)
        key = (select, bar, since)
        if key not in self._matches:
            best: dict[str, Feed] = {}
            for feed in self._feeds_of(select.metric, since):
                known = best.get(feed.source)
                finer = known is not None and known.bar.width >= feed.bar.width
                if bar.holds(feed.bar) and not finer and self._selections.chosen(select, feed).any():
                    best[feed.source] = feed
            self._matches[key] = best
        return self._matches[key]

    def _feeds_of(self, metric: str, since: int | None) -> tuple[Feed, ...]:
        if (metric, since) not in self._feeds:
            self._feeds[metric, since] = feeds_of(self.recall(metric, since), self.join)
        return self._feeds[metric, since]

    def _clock(self, *, whole: bool) -> Clock:
        since = None if whole else self.windows.get(CLOCK)
        if since not in self._clocks:
            self._clocks[since] = Clock.of(self.recall(CLOCK, since))
        return self._clocks[since]

    def _certainties(self) -> Certainties:
        """From the first price on: what a change is depends on all that was shown before."""
        if not self._certain:
            self._certain.append(certainties([self.recall(metric, None) for metric in READ], self.join))
        return self._certain[0]

    def _evaluate(
        self, feeds: Feeds, need: Need, since: int | None, clock: Clock = STOPPED, moments: Instants = _NONE
    ) -> Evaluation:
        """`moments`: instants from which on something else is known beside the values."""
        bar, offsets = need.bar, need.offsets
        every = [feed for each in feeds.values() for feed in each]
        begins = min(feed.looked_from for feed in every)
        first = max(begins, -(2**62) if since is None else since)
        grid = bar.grid(first, min(_last_start(feeds, clock, bar), need.last))
        sealed_at = [feed.sealed_at(bar, grid) for feed in every]
        judged_at = np.minimum(np.max(sealed_at, axis=0), clock.over_at(bar, bar.end(grid)))
        if offsets is not None and len(grid) and not any(select.kind is Kind.FLOW for select in feeds):
            moved = np.concatenate([changes(feed, grid, bar, judged_at) for feed in every])
            moved = np.concatenate([moved, *_heard(need, since, grid, judged_at, moments)])
            rows = worth_keeping(grid, np.unique(moved), offsets)
            grid, judged_at = grid[rows], judged_at[rows]
        frames = {select: self._frame(select, each, bar, grid, judged_at) for select, each in feeds.items()}
        return Evaluation(bar, grid, judged_at, frames)

    def _frame(self, select: Select, feeds: tuple[Feed, ...], bar: Bar, grid: Instants, judged_at: Instants) -> Frame:
        if len(feeds) > 1:
            return beside([self._frame(select, (feed,), bar, grid, judged_at) for feed in feeds])
        key = (id(feeds[0]), bar, grid.tobytes(), judged_at.tobytes())  # all feeds are kept, so ids stay theirs
        if key not in self._frames:
            build = flow_frame if select.kind is Kind.FLOW else level_frame
            self._frames[key] = build(feeds[0], bar, grid, judged_at)
        return self._frames[key].keep(self._selections.chosen(select, feeds[0]))


def _last_start(feeds: Feeds, clock: Clock, bar: Bar) -> int:
    """The start of the newest bar that all of them have sealed, or that is over by the clock."""
    return max(min(feed.last_start(bar) for each in feeds.values() for feed in each), clock.last_start(bar))


def _heard(
    need: Need, since: int | None, grid: Instants, judged_at: Instants, moments: Instants
) -> Iterator[NDArray[np.intp]]:
    """Rows beside those where a value moved: where something was said of it, the next, and the last ones judged.

    A row that is judged by itself has the one before it for context, that it may be told what is new in it.
    """
    if need.confirms:
        heard = first_to_know(need.bar.end(grid), judged_at, moments)
        rows = np.concatenate([heard, heard + 1])
        yield rows[rows < len(grid)]
        last = 0 if since is None else int(np.searchsorted(grid, since + need.lookback)) - 1
        yield np.maximum(np.array([last, len(grid) - 2], np.intp), 0)


def worth_keeping(grid: Instants, moved: NDArray[np.intp], offsets: frozenset[int]) -> NDArray[np.intp]:
    """The rows that can differ from the row before them: where a value moved, `offsets` later, and both ends."""
    wanted = np.zeros(len(grid) + 1, np.bool_)  # the last one for what is after the grid
    wanted[[0, len(grid) - 1]] = True
    for offset in offsets:
        wanted[np.searchsorted(grid, grid[moved] + offset)] = True
    return np.flatnonzero(wanted[:-1])


def joins_sources(selects: tuple[Select, ...]) -> bool:
    """Whether the selectors of one rule name different sources, so that they can only be judged together."""
    named = {tuple(each.patterns for each in select.matchers if each.label == "source") for select in selects}
    return len(named - {()}) > 1


def beside(frames: list[Frame]) -> Frame:
    """Frames on the same bars, as one."""
    first = frames[0]
    uppers = [frame.upper if frame.upper is not None else np.full(frame.values.shape, np.nan) for frame in frames]
    return Frame(
        first.bar,
        first.bars,
        first.judged_at,
        tuple(member for frame in frames for member in frame.members),
        np.hstack([frame.values for frame in frames]),
        np.hstack([frame.absent for frame in frames]),
        np.hstack([frame.met for frame in frames]),
        np.hstack(uppers) if any(frame.upper is not None for frame in frames) else None,
    )
