"""Transitions → episodes: what started, what became of it, and when it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from monitor.model.labels import Labels
from monitor.model.quantity import date
from monitor.model.transition import Change, Transition

_ORDER = (Change.FIRING, Change.CORRECTED, Change.LEVEL, Change.RESOLVED, Change.WITHDRAWN)
"""The kinds of transitions as they follow each other within one bar."""


class Standing(StrEnum):
    """What became of an episode."""

    OPEN = "open"  # fires at the end of history
    ENDED = "ended"
    MOMENT = "moment"  # one bar: a record, a price step
    WITHDRAWN = "withdrawn"  # later values took it back


@dataclass(frozen=True, slots=True)
class Episode:
    """One time an instance fired; instants are the starts of bars in epoch seconds.

    `began`: the first true bar. `fired`: the bar at which it had held long enough. `ended`: the bar that cleared it,
    None unless it ended. `value`, `reference`: the numbers at `fired`. `levels`: (bar, level) of each level it reached,
    that at which it fired first; none for rules without levels. `marks`: what else happened to it, in words.
    """

    alert: str
    labels: Labels
    began: int
    fired: int
    ended: int | None
    value: float
    reference: float
    standing: Standing
    levels: tuple[tuple[int, str], ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def level(self) -> str:
        """The last one told, empty without any."""
        return self.levels[-1][1] if self.levels else ""

    @property
    def span(self) -> tuple[int, int, int | None]:
        """What two runs must agree on for it to be the same."""
        return self.began, self.fired, self.ended

    def until(self, last: int, width: int) -> int:
        """The first instant at which it no longer fires; `last`: where history ends, `width`: seconds of a bar."""
        if self.standing is Standing.MOMENT:
            return self.fired + width
        return max(last, self.fired + width) if self.ended is None else self.ended

    def touches(self, within: tuple[int, int]) -> bool:
        """Whether any of it lies within (first, last) epoch seconds, both included."""
        stays = self.standing is Standing.OPEN
        last = self.fired if self.ended is None else self.ended
        return self.fired <= within[1] and (stays or last >= within[0])


def episodes(transitions: Iterable[Transition], moments: frozenset[str] = frozenset()) -> tuple[Episode, ...]:
    """Every episode, those withdrawn too, by alert, instance and start.

    `moments`: the alerts of which each true bar is an episode of its own.
    """
    ordered = sorted(transitions, key=_place)
    found = [
        episode
        for (alert, _), changes in groupby(ordered, key=lambda each: (each.alert, each.labels))
        for episode in _of_instance(changes, moment=alert in moments)
    ]
    return tuple(sorted(found, key=lambda each: (each.alert, each.labels, each.began)))


def kept(found: Iterable[Episode]) -> Iterator[Episode]:
    """Without those that were withdrawn."""
    return (each for each in found if each.standing is not Standing.WITHDRAWN)


def _place(transition: Transition) -> tuple[object, ...]:
    """By instance, then in the order in which it was told."""
    kind = _ORDER.index(transition.kind)
    return transition.alert, transition.labels, transition.judged_at, transition.valid_at, kind


def _of_instance(changes: Iterable[Transition], *, moment: bool) -> Iterable[Episode]:
    """The episodes of one instance, given its transitions in the order of telling."""
    by_start: dict[int, Episode] = {}
    for change in changes:
        before = by_start.get(change.episode)
        match change.kind:
            case Change.FIRING:
                by_start[change.episode] = _started(change, moment=moment)
            case Change.CORRECTED:
                moved = by_start.pop(change.moved_from, before)
                by_start[change.episode] = _corrected(_started(change, moment=moment), moved)
            case kind:
                by_start[change.episode] = _changed(kind, change, before or _started(change, moment=moment))
    return by_start.values()


def _started(change: Transition, *, moment: bool) -> Episode:
    standing = Standing.MOMENT if moment else Standing.OPEN
    marks = (f"some time after {date(change.gap_from)}",) if change.gap_from else ()
    span = change.episode, change.valid_at, None
    numbers = change.value, change.reference
    return Episode(change.alert, change.labels, *span, *numbers, standing, _reached(change), marks)


def _corrected(started: Episode, before: Episode | None) -> Episode:
    """An episode that fires at another bar, or again: whether and when it ends is told anew."""
    if before is None:
        return started
    said = "corrected" if before.began == started.began else f"corrected, was {date(before.began)}"
    return replace(started, marks=(*before.marks, *started.marks, said))


def _changed(kind: Change, change: Transition, before: Episode) -> Episode:
    if kind is Change.RESOLVED:
        said = (f"end corrected, was {date(change.moved_from)}",) if change.moved_from else ()
        return replace(before, ended=change.valid_at, standing=Standing.ENDED, marks=(*before.marks, *said))
    if kind is Change.WITHDRAWN:
        marks = (*before.marks, f"withdrawn {date(change.judged_at)}")
        return replace(before, standing=Standing.WITHDRAWN, marks=marks)
    return replace(before, levels=(*before.levels, *_reached(change)))


def _reached(change: Transition) -> tuple[tuple[int, str], ...]:
    """The level that it told, of a rule with levels."""
    return ((change.valid_at, change.level),) if change.level else ()
