"""The numbers of a rule and its episodes → a picture for each instance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.chart.picture import Line, Mark, Picture, Role, Sign, Stretch
from monitor.model.fact import Texts
from monitor.model.labels import Labels
from monitor.report.episodes import Episode, Standing, kept
from monitor.report.outcome import Outcome
from monitor.report.wording import bar_at, labelled, number
from monitor.rules.rule import Rule
from monitor.rules.trace import Trace

_MOST = 12
"""Charts of one rule."""
_QUIET = 3
"""Charts of a rule that never fired: enough to see why."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One instance: how many episodes it had, and its picture."""

    labels: Labels
    count: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class _Column:
    """One instance in a trace."""

    labels: Labels
    trace: Trace
    number: int

    @property
    def since(self) -> int:
        """The bar of its first known number; the first of all where there is none."""
        known = ~np.isnan(self.trace.value[:, self.number])
        return int(self.trace.bars[known.argmax()])

    @property
    def known(self) -> int:
        """How many of its numbers are known."""
        return int(np.count_nonzero(~np.isnan(self.trace.value[:, self.number])))


def charts(rule: Rule, outcome: Outcome, traced: Iterable[Trace]) -> tuple[list[Chart], int]:
    """The charts of the most active instances, and how many more instances fired.

    Of a rule that never fired, those of the instances of which most is known.
    """
    by_instance: dict[Labels, list[Episode]] = {}
    for episode in kept(outcome.found(rule)):
        by_instance.setdefault(episode.labels, []).append(episode)
    columns = [
        _Column(member.labels, trace, at)
        for trace in traced
        for at, member in enumerate(trace.members)
        if not by_instance or member.labels in by_instance
    ]
    columns.sort(key=lambda each: (-len(by_instance.get(each.labels, ())), -each.known, each.labels))
    shown = columns[: _MOST if by_instance else _QUIET]
    drawn = [
        Chart(each.labels, len(own), _picture(rule, outcome, each, own))
        for each in shown
        for own in (by_instance.get(each.labels, []),)
    ]
    return drawn, max(len(by_instance) - len(shown), 0)


def _picture(rule: Rule, outcome: Outcome, column: _Column, own: Sequence[Episode]) -> Picture:
    first, end = outcome.seen(rule, column.labels)
    first, last = max(first, column.since, outcome.within[0]), min(end, outcome.within[1] + 1)
    rows = slice(*np.searchsorted(column.trace.bars, [first, last]).tolist())
    at = column.trace.bars[rows]
    lines = [
        Line(role, at, values[rows, column.number], column.trace.holds)
        for role, values in ((Role.VALUE, column.trace.value), (Role.REFERENCE, column.trace.reference))
    ]
    inside = [each for each in own if each.fired < last]
    return Picture(
        f"{rule.name} of {labelled(column.labels)}",
        rule.alert.unit,
        first,
        last,
        tuple(line for line in lines if np.isfinite(line.values).any()),
        tuple(
            Stretch(each.fired, each.until(end, rule.bar.width), _told(rule, each, outcome.texts)) for each in inside
        ),
        tuple(mark for each in inside for mark in _marks(rule, column, each, outcome.texts) if first <= mark.at < last),
    )


def _told(rule: Rule, episode: Episode, texts: Texts) -> str:
    """`fired 2026-02-09: 4.119T against 2.933T`."""
    numbers = [number(each, rule.alert.unit, texts) for each in (episode.value, episode.reference)]
    said = " against ".join(each for each in numbers if each)
    return f"fired {bar_at(episode.fired, rule.bar)}" + (f": {said}" if said else "")


def _marks(rule: Rule, column: _Column, episode: Episode, texts: Texts) -> Iterator[Mark]:
    if episode.ended is not None and rule.alert.tells_end and episode.standing is Standing.ENDED:
        said = f"ended {bar_at(episode.ended, rule.bar)}"
        yield Mark(episode.ended, _value_at(column, episode.ended), Sign.ENDED, said)
    for at, level in episode.levels[1:]:
        yield Mark(at, _value_at(column, at), Sign.CHANGED, f"{level} {bar_at(at, rule.bar)}")
    yield Mark(episode.fired, episode.value, Sign.FIRED, _told(rule, episode, texts))


def _value_at(column: _Column, at: int) -> float:
    """The number of the newest row that is not after an instant."""
    row = int(np.searchsorted(column.trace.bars, at, side="right")) - 1
    return float(column.trace.value[row, column.number]) if row >= 0 else float("nan")
