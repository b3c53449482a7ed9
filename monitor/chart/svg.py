"""Pictures → SVG text. Colours are attributes, so that it looks right alone; a page may restyle its classes.

Nothing in it is fetched or run, and every text is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from textwrap import wrap

import numpy as np

from monitor.chart.axis import Axis, axis_of
from monitor.chart.picture import Line, Mark, Picture, Role, Sign, Stretch
from monitor.chart.ticks import time_ticks
from monitor.model.frame import moved
from monitor.model.quantity import written
from monitor.model.text import one_line

WIDTH = 440
_LEFT, _RIGHT, _BOTTOM = 58, 10, 26
_FONT = 13
_MOST_ACROSS, _MOST_UP = 4, 5  # ticks
_LONGEST = 300  # characters of a title
_THINNEST = 1.5  # a stretch that is shorter than a point would not be seen
_DASH = 1.5  # half of what stands for a lone number
_ACROSS, _NAME = 54, 24  # characters of a heading's line, and of a name under it
_BACKGROUND, _INK = "#ffffff", "#1b1f24"
_STROKES = {Role.VALUE: ' stroke="#1f5fbf"', Role.REFERENCE: ' stroke="#b45309" stroke-dasharray="5 3"'}
_SIGNS = {
    Sign.FIRED: ("#b91c1c", "M{x},{y}m-4.5,4h9l-4.5,-8z"),
    Sign.CHANGED: ("#b45309", "M{x},{y}m-4,0l4,-4l4,4l-4,4z"),
    Sign.ENDED: ("#15803d", "M{x},{y}m-3.5,0a3.5,3.5 0 1 0 7,0a3.5,3.5 0 1 0 -7,0z"),
}
"""Colour and outline; the outlines differ too, for those who do not tell the colours apart."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What is drawn on: `height` in units (440 wide), `top` left free above the numbers, `heading` in that place.

    With a heading it stands by itself: it has a background of its own, and says what its lines are.
    """

    height: int = 210
    top: int = 10
    heading: bool = False


PLAIN = Paper()
"""In a page, which says around it what it is."""


def svg(picture: Picture, paper: Paper = PLAIN) -> str:
    """One `<svg>` element that scales with its place."""
    return "".join(_Drawing(picture, axis_of(picture.numbers, logarithmic=picture.logarithmic), paper).parts())


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A picture on its paper."""

    picture: Picture
    up: Axis
    paper: Paper

    def parts(self) -> Iterator[str]:
        """The element, piece by piece: what lies at the back comes first."""
        title = one_line(self.picture.title, _LONGEST)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.paper.height}" role="img"'
            f' font-family="system-ui, sans-serif" font-size="{_FONT}"><title>{escape(title)}</title>'
        )
        if self.paper.heading:
            yield from self._heading(title)
        for stretch in self.picture.stretches:
            yield self._stretch(stretch)
        yield from self._grid()
        for line in sorted(self.picture.lines, key=lambda each: each.role is Role.VALUE):
            yield self._line(line)
        for mark in self.picture.marks:
            yield self._mark(mark)
        yield "</svg>"

    @property
    def floor(self) -> int:
        """Where the axis of time lies."""
        return self.paper.height - _BOTTOM

    def _heading(self, title: str) -> Iterator[str]:
        """Two lines of the title, and what each line is."""
        yield f'<rect class="paper" width="{WIDTH}" height="{self.paper.height}" fill="{_BACKGROUND}"/>'
        for number, row in enumerate(wrap(title, _ACROSS, max_lines=2, placeholder=" …")):
            y = 18 + 17 * number
            yield f'<text class="heading" x="8" y="{y}" font-size="14" fill="{_INK}">{escape(row)}</text>'
        x = 8.0
        for line in (each for each in self.picture.lines if each.name):
            name = one_line(line.name, _NAME)
            yield f'<path class="key" d="M{x},48h22" stroke-width="2.5"{_STROKES[line.role]}/>'
            yield f'<text class="key" x="{x + 27}" y="52" font-size="12" fill="#555">{escape(name)}</text>'
            x = round(x + 45 + 7.2 * len(name), 1)

    def _x(self, at: float) -> float:
        first, last = self.picture.first, max(self.picture.last, self.picture.first + 1)
        share = min(max((at - first) / (last - first), 0.0), 1.0)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def _y(self, value: float) -> float:
        return round(self.floor - self.up.place(value) * (self.floor - self.paper.top), 1)

    def _stretch(self, stretch: Stretch) -> str:
        start, top = self._x(stretch.first), self.paper.top
        width = round(max(self._x(stretch.last) - start, _THINNEST), 1)
        return (
            f'<rect class="firing" x="{start}" y="{top}" width="{width}" height="{self.floor - top}"'
            f' fill="#dc2626" fill-opacity=".16">{_titled(stretch.title)}</rect>'
        )

    def _grid(self) -> Iterator[str]:
        for value in self.up.ticks(_MOST_UP):
            y = self._y(value)
            yield f'<path class="grid" d="M{_LEFT},{y}H{WIDTH - _RIGHT}" stroke="#888" stroke-opacity=".3"/>'
            label = escape(written(value, self.picture.unit))
            yield f'<text class="label" x="{_LEFT - 6}" y="{y + 4}" text-anchor="end" fill="#555">{label}</text>'
        yield f'<path class="axis" d="M{_LEFT},{self.floor}H{WIDTH - _RIGHT}" stroke="#888"/>'
        for tick in time_ticks(self.picture.first, self.picture.last, _MOST_ACROSS):
            x = self._x(tick.at)
            yield f'<path class="axis" d="M{x},{self.floor}v4" stroke="#888"/>'
            place = f'x="{self._within(x, tick.label)}" y="{self.paper.height - 7}" text-anchor="middle"'
            yield f'<text class="label" {place} fill="#555">{escape(tick.label)}</text>'

    def _within(self, x: float, label: str) -> float:
        """Where a text around `x` must stand so that none of it lies outside."""
        half = len(label) * _FONT * 0.33
        return round(min(max(x, half), WIDTH - half), 1)

    def _line(self, line: Line) -> str:
        drawn = "".join(self._pieces(line))
        return (
            f'<path class="{line.role}" d="{drawn}" fill="none" stroke-width="1.8"{_STROKES[line.role]}'
            f' stroke-linejoin="round" stroke-linecap="round"/>'
        )

    def _pieces(self, line: Line) -> Iterator[str]:
        """A path that breaks at gaps; a number between two gaps is a dash that can be seen."""
        known = [False, *np.isfinite(line.values).tolist(), False]
        instants = [*line.at.tolist(), self.picture.last]
        values = line.values.tolist()
        for row in (row for row in _telling(line) if known[row + 1]):
            x, y = self._x(instants[row]), self._y(values[row])
            alone = not known[row] and not known[row + 2] and not line.steps
            if alone:
                yield f"M{x - _DASH},{y}h{2 * _DASH}"
            elif not known[row]:
                yield f"M{x},{y}"
            else:
                yield f"H{x}V{y}" if line.steps else f"L{x},{y}"
            if line.steps and not known[row + 2]:
                yield f"H{self._x(instants[row + 1])}"

    def _mark(self, mark: Mark) -> str:
        colour, outline = _SIGNS[mark.sign]
        y = self.floor if math.isnan(mark.value) else self._y(mark.value)
        drawn = outline.format(x=self._x(mark.at), y=y)
        path = f'<path class="{mark.sign}" d="{drawn}" fill="{colour}">{_titled(mark.title)}</path>'
        return path + self._label(mark, y, colour) if mark.label else path

    def _label(self, mark: Mark, y: float, colour: str) -> str:
        """Left of its mark, on the side that no line comes from, with a rim, so that it can be read over a grid."""
        x = max(self._x(mark.at) - 8, _LEFT + 8 * len(mark.label))
        beside = y + 18 if self._falls(mark) and y + 22 < self.floor else y - 8
        return (
            f'<text class="mark" x="{x}" y="{round(beside, 1)}" text-anchor="end" font-size="15" fill="{colour}"'
            f' stroke="{_BACKGROUND}" stroke-width="4" paint-order="stroke">{escape(mark.label)}</text>'
        )

    def _falls(self, mark: Mark) -> bool:
        """Whether the number before was greater."""
        (values, *_) = (line.values[line.at < mark.at] for line in self.picture.lines if line.role is Role.VALUE)
        before = values[np.isfinite(values)]
        return bool(len(before) and before[-1] > mark.value)


def _telling(line: Line) -> list[int]:
    """The rows that change the drawing: of a number that stays only the first row, and those beside gaps."""
    values = line.values
    if not line.steps or not len(values):
        return list(range(len(values)))
    unknown = np.isnan(values)
    before_gap = np.append(unknown[1:], np.True_)
    return [int(row) for row in np.flatnonzero(moved(values) | (before_gap & ~unknown))]


def _titled(text: str) -> str:
    return f"<title>{escape(one_line(text, _LONGEST))}</title>"
