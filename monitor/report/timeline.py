"""Episodes over time in one line of characters an instance, with an axis of dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.chart.ticks import time_ticks
from monitor.model.labels import Labels
from monitor.report.episodes import Episode, Standing

NOTHING, QUIET, FULL, BEGINS, ENDS, SHORT, OPEN = " ", "·", "█", "▐", "▌", "┃", "»"
"""No history; history in which nothing fired; all of a cell, from, up to or within it; it fires on."""
_LABEL = 12  # columns that a date takes, with a space around it


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of time that is drawn: epoch seconds, `last` not included. `bar`: seconds of one bar."""

    first: int
    last: int
    bar: int

    def cell(self, at: int, width: int) -> int:
        """In which of `width` cells an instant lies; those outside are in the first or the last."""
        share = (at - self.first) * width // max(self.last - self.first, 1)
        return int(min(max(share, 0), width - 1))


@dataclass(frozen=True, slots=True)
class Strip:
    """One instance: how many episodes it had in the window, and its line."""

    labels: Labels
    count: int
    drawn: str


def strips(
    found: Iterable[Episode], window: Window, history: Iterable[tuple[Labels, int, int]], width: int
) -> tuple[Strip, ...]:
    """A strip for each instance that has episodes, the most active first.

    `history`: by instance, from when to when (epoch seconds, the last not included) there is anything to fire on.
    """
    by_instance: dict[Labels, list[Episode]] = {}
    for episode in found:
        by_instance.setdefault(episode.labels, []).append(episode)
    known = {labels: (first, last) for labels, first, last in history}
    drawn = [
        Strip(labels, len(own), _drawn(own, window, known.get(labels, (window.first, window.last)), width))
        for labels, own in by_instance.items()
    ]
    return tuple(sorted(drawn, key=lambda each: (-each.count, each.labels)))


def _drawn(own: Sequence[Episode], window: Window, known: tuple[int, int], width: int) -> str:
    cells = [NOTHING] * width
    if known[0] < window.last and known[1] > window.first:
        first, last = window.cell(known[0], width), window.cell(known[1] - 1, width)
        cells[first : last + 1] = QUIET * (last + 1 - first)
    for episode in own:
        for cell, character in _spanned(episode, window, known[1], width):
            cells[cell] = _over(cells[cell], character)
    return "".join(cells)


def _spanned(episode: Episode, window: Window, end: int, width: int) -> Iterator[tuple[int, str]]:
    until = episode.until(end, window.bar)
    if until <= window.first or episode.fired >= window.last:
        return
    first, last = window.cell(episode.fired, width), window.cell(until - 1, width)
    fires_on = episode.standing is Standing.OPEN and until >= end
    if first == last:
        yield first, OPEN if fires_on else SHORT
        return
    yield first, BEGINS if episode.fired >= window.first else FULL
    yield from ((cell, FULL) for cell in range(first + 1, last))
    yield last, OPEN if fires_on else ENDS if until < window.last else FULL


def _over(there: str, new: str) -> str:
    """Two episodes in one cell: one ends where the next begins."""
    return new if there in (NOTHING, QUIET) else FULL if {there, new} == {BEGINS, ENDS} else SHORT


def axis(window: Window, width: int) -> tuple[str, str]:
    """Two lines below strips of that width: marks, and the dates that stand at them."""
    marks, dates = [" "] * width, " " * width
    for tick in time_ticks(window.first, window.last - 1, max(width // _LABEL, 1)):
        cell = window.cell(tick.at, width)
        at = max(min(cell, width - len(tick.label)), 0)
        marks[cell] = "╵"
        if not dates[max(at - 1, 0) : at + len(tick.label)].strip():
            dates = dates[:at] + tick.label + dates[at + len(tick.label) :]
    return "".join(marks).rstrip(), dates.rstrip()
