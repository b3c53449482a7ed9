"""Stored history as a test writes it: what a rule reads of it, a strip a series, bar by bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.catalog import Join
from monitor.model.bar import Bar, Instants
from monitor.model.frame import Member, Values
from monitor.model.history import Columns, History
from monitor.model.labels import Labels
from monitor.model.metric import METRICS, Kind, is_restated
from monitor.model.sample import Series
from monitor.rules.expression.nodes import Select
from monitor.rules.feed import NEVER, Feed, feeds_of
from monitor.rules.levels import level_frame
from monitor.rules.rule import Rule
from monitor.ruletest.notation import GONE


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """One series of a test. `joined`: its labels with the catalogue's. `cells`: (T,), NaN = `_`, GONE = `stale`.

    `stands_for`: how many stored series it sums.
    """

    series: Series
    joined: Labels
    cells: Values
    stands_for: int = 1

    @property
    def size(self) -> float:
        """The largest number in it."""
        numbers = self.cells[np.isfinite(self.cells)]
        return float(numbers.max()) if len(numbers) else 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What one rule reads: the feeds it is judged on, and of each the selectors that pick its members."""

    rule: Rule
    feeds: tuple[tuple[Feed, tuple[Select, ...]], ...]

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Bars in which a test of it can be written, best first: its own, then the finest of a flow it reads."""
        flows = [feed.bar for feed, _ in self.feeds if METRICS[feed.metric].kind is Kind.FLOW]
        return tuple(dict.fromkeys((self.rule.bar, *sorted(flows, key=lambda bar: bar.width)[:1])))

    @property
    def first(self) -> int:
        """Epoch seconds: where history begins."""
        return min(feed.first for feed, _ in self.feeds)

    def sealed_after(self, end: int) -> int:
        """Epoch seconds: the first seal of all feeds that reaches so far, or the last there is."""
        return min(_sealed_after(feed.seals.through, end) for feed, _ in self.feeds)

    def stale_after(self) -> int | None:
        """Seconds that levels are believed without another look; None = until the next one."""
        held = [feed.seals.holds_until - feed.seals.known_at for feed, _ in self.feeds if _expires(feed)]
        return int(np.median(np.concatenate(held))) if held else None

    def strips(self, every: Bar, grid: Instants) -> list[Strip]:
        """Every series that the rule reads, over these bars; none of those that say nothing there."""
        found = [strip for feed, selects in self.feeds for strip in _strips(feed, selects, every, grid)]
        return [strip for strip in found if np.isfinite(strip.cells).any()]


@dataclass(frozen=True, slots=True)
class AtSealing:
    """A history as it was known when the bars of a rule were sealed: without what was restated since."""

    history: History
    bar: Bar

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """See `History`."""
        columns = self.history.columns(metric, since=since)
        if not len(columns.index):
            return columns
        sealed_at = np.full(len(columns.index), NEVER)
        ends = self.bar.end(self.bar.floor(columns.valid_at))
        feeds = [(series.labels.get("source"), series.bar) for series in columns.series]
        for feed, seals in columns.seals.items():
            rows = np.array([each == feed for each in feeds], np.bool_)[columns.index]
            earliest = np.append(np.minimum.accumulate(seals.known_at[::-1])[::-1], NEVER)
            sealed_at[rows] = earliest[np.searchsorted(seals.through, ends[rows])]
        kept = columns.known_at <= sealed_at
        if METRICS[metric].kind is not Kind.FLOW:
            kept |= columns.known_at <= columns.valid_at  # a look after the seal is of the next bar
        return replace(
            columns,
            index=columns.index[kept],
            valid_at=columns.valid_at[kept],
            known_at=columns.known_at[kept],
            values=columns.values[kept],
        )


def reading(history: History, rule: Rule, join: Join, source: str) -> Reading:
    """What a rule reads of a source (of all that it names, if that is empty)."""
    selects: dict[str, list[Select]] = {}
    for select in dict.fromkeys(each for expression in rule.expressions for each in expression.selects):
        selects.setdefault(select.metric, []).append(select)
    chosen = [
        (feed, tuple(selects[metric]))
        for metric in sorted(selects)
        for feed in _chosen(feeds_of(history.columns(metric), join), selects[metric], rule.bar, source)
    ]
    return Reading(rule, tuple(chosen))


def _chosen(feeds: Iterable[Feed], selects: Sequence[Select], bar: Bar, source: str) -> list[Feed]:
    """As the engine: of each source the coarsest feed that whole bars can be made of, if it has a member it reads."""
    best: dict[str, Feed] = {}
    for feed in sorted(feeds, key=lambda feed: feed.bar.width):
        if source in ("", feed.source) and bar.holds(feed.bar) and _wanted(feed.members, selects).any():
            best[feed.source] = feed
    return list(best.values())


def _wanted(members: Sequence[Member], selects: Sequence[Select]) -> NDArray[np.bool_]:
    """(S,): which members any of the selectors picks."""
    return np.array([any(select.matches(member.joined) for select in selects) for member in members], np.bool_)


def _strips(feed: Feed, selects: Sequence[Select], every: Bar, grid: Instants) -> list[Strip]:
    sealed = grid[every.end(grid) <= int(feed.seals.through[-1])]
    cells = np.full((len(grid), len(feed.members)), np.nan)
    if len(sealed):
        flow = METRICS[feed.metric].kind is Kind.FLOW
        cells[: len(sealed)] = _added(feed, every, sealed) if flow else _seen(feed, every, sealed)
    return [
        Strip(Series(feed.metric, feed.members[column].labels, every), feed.members[column].joined, cells[:, column])
        for column in np.flatnonzero(_wanted(feed.members, selects)).tolist()
    ]


def _added(feed: Feed, every: Bar, grid: Instants) -> Values:
    """(T, S) of a flow: the sums of its own bars; nothing where it has none of one of them."""
    finer = feed.bar.grid(int(grid[0]), int(every.end(grid[-1:])[0]) - 1)
    fine = np.full((len(finer), len(feed.members)), np.nan)
    rows = np.searchsorted(finer, feed.valid_at)
    at = np.minimum(rows, len(finer) - 1)
    whole = (finer[at] == feed.valid_at) & (feed.known_at >= feed.bar.end(feed.valid_at))
    fine[at[whole], feed.column[whole]] = feed.values[whole]
    for column in np.flatnonzero(feed.twin >= 0):  # the same tokens under two names count once
        fine[~np.isnan(fine[:, feed.twin[column]]), column] = np.nan
    starts, shown = np.searchsorted(finer, grid), ~np.isnan(fine)
    complete = np.logical_and.reduceat(shown.any(axis=1), starts)
    listed = np.logical_or.reduceat(shown, starts) & complete[:, None]
    return np.where(listed, np.add.reduceat(np.where(shown, fine, 0.0), starts), np.nan)


def _seen(feed: Feed, every: Bar, grid: Instants) -> Values:
    """(T, S) of a level: only where somebody looked; what is there before is shown at the first bar."""
    frame = level_frame(feed, every, grid, feed.sealed_at(every, grid))
    looked = np.isin(grid, every.floor(feed.seals.through - 1))
    looked[:1] = True
    return np.where(looked[:, None], np.where(frame.absent, GONE, frame.values), np.nan)


def _sealed_after(through: Instants, end: int) -> int:
    return int(through[min(int(np.searchsorted(through, end)), len(through) - 1)])


def _expires(feed: Feed) -> bool:
    """Whether a look is believed for some time; what a bar came to holds for that bar."""
    return not is_restated(feed.metric, feed.bar) and bool((feed.seals.holds_until != NEVER).all())
