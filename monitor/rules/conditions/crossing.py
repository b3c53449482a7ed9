"""`crosses_above: X`, `crosses_below: X`, `crosses: X`: the side changed.

d = value - reference, m = margin; side = +1 if d > m, -1 if d < -m, else 0. The last side that was not 0 is remembered.
Touching and returning does not cross; equality neither fires nor re-arms; the first bar only arms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from monitor.model.frame import Flags, Values, Verdicts
from monitor.model.quantity import hold, quantity
from monitor.rules.conditions.condition import (
    Bounds,
    Build,
    Condition,
    Context,
    View,
    beyond,
    filled,
    first_absence,
    three_valued,
    within,
)
from monitor.rules.expression.nodes import Expression


@dataclass(frozen=True, slots=True)
class Margin:
    """How far beyond counts: a part of the reference (`1%`) or an amount in its unit."""

    amount: float = 0.0
    relative: bool = False

    def around(self, reference: Values) -> Values:
        """(T, S): the margin at each reference."""
        return np.abs(reference) * self.amount if self.relative else np.full(reference.shape, self.amount)


class Gap(StrEnum):
    """What a crossing is worth when too much between its two sides is unknown."""

    FLAG = "flag"  # it fires, marked with the bars it lies between
    FIRE = "fire"
    IGNORE = "ignore"  # it only re-arms


@dataclass(frozen=True, slots=True)
class Crossing(Condition):
    """`direction` +1: from below to above and still there; -1: the mirror image; 0: either way, each time anew.

    `longest`: seconds that may be unknown within a crossing, None = any; `gap`: what comes of more than that.
    Remembers the last side that was not 0, whether the other side was ever seen and, where a gap can be too long, since
    when nothing is known (-1 = it is).
    """

    direction: int
    limit: Expression
    margin: Margin
    longest: int | None = None
    gap: Gap = Gap.FLAG

    @property
    def remembers(self) -> tuple[str, ...]:
        """See above."""
        sides = ("side", "was on the other side")
        return sides if self.longest is None else (*sides, "unknown since")

    @property
    def pulse(self) -> bool:
        """Crossing either way has no state to stay in."""
        return self.direction == 0

    @property
    def operands(self) -> tuple[Expression, ...]:
        """The limit."""
        return (self.limit,)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        watched, reference = view.new(view.watched()), view.reference(self.limit)
        side = self._sides(watched, reference)
        known = ~np.isnan(side)
        sides = filled(view.memory[0], np.where(side == 0, np.nan, side))
        turned = known & (sides[1:] * sides[:-1] == -1)
        over, gap_from, unknown = self._gaps(view, turned, np.where(known, -1.0, sides[:-1] * 0))
        if self.gap is Gap.IGNORE:
            turned &= ~over
        other = np.where(sides[1:] == -self.direction, 1.0, np.nan)
        seen = filled(view.memory[1], np.where(over & (self.gap is Gap.IGNORE) & np.isnan(other), 0.0, other))
        crossed = turned if self.direction == 0 else (sides[1:] == self.direction) & (seen[1:] == 1.0)
        truth = three_valued(known & crossed, known & ~crossed)
        memory = np.vstack([sides[-1:], seen[-1:] if self.direction else view.memory[1:2], unknown])
        return Verdicts(truth, watched.value, reference.value, memory, gap_from=gap_from)

    def _gaps(self, view: View, turned: Flags, known: Values) -> tuple[Flags, Values | None, Values]:
        """Where the side turned over too long a gap, (T - start, S); the last bar before it; what to remember.

        `known`: (T - start, S), -1 where the side is known, 0 where it was once, NaN where it never was.
        """
        if self.longest is None:
            return np.zeros(known.shape, np.bool_), None, np.empty((0, known.shape[1]))
        bars = view.watch.bars[view.start :, None]
        since = first_absence(view.memory[2], np.where(known == 0, bars, known))
        before = np.vstack([view.memory[2:3], since])[:-1]
        over = turned & (before >= 0) & (bars - before > self.longest)
        gap_from = np.full(known.shape, np.nan)
        if self.gap is Gap.FLAG:
            gap_from[over] = view.watch.bar.shift(before[over].astype(np.int64), -1)
        return over, gap_from, since[-1:]

    def _sides(self, watched: Bounds, reference: Bounds) -> Values:
        """(T - start, S): -1, 0, +1, NaN where not known."""
        near, far = self.margin.around(reference.low), self.margin.around(reference.high)
        over, under = beyond(watched.low, reference.high, far), beyond(reference.low, watched.high, near)
        between = within(watched.high, reference.low, near) & within(reference.high, watched.low, far)
        return np.where(over, 1.0, np.where(under, -1.0, np.where(between, 0.0, np.nan)))


def build(key: str, body: object, context: Context) -> Condition:
    """A crossing from its key, limit and the rule's `margin`."""
    direction = {"crosses_above": 1, "crosses_below": -1, "crosses": 0}[key]
    limit = context.operand((key,), body)
    return Crossing(direction, limit, _margin(context), *_gap(context))


def _gap(context: Context) -> tuple[int | None, Gap]:
    """Three bars of a flow, whose every bar is a fact of its own; a level is the same until it is seen to move."""
    written, gap = context.options.get("max_gap"), context.options.get("gap", Gap.FLAG)
    if gap not in tuple(Gap):
        raise context.fail(("gap",), f"got '{gap}'", f"expected {' | '.join(Gap)}")
    if written is None:
        return None if context.holds else 3 * context.bar.width, Gap(str(gap))
    wanted = context.read(("max_gap",), written, hold)
    return wanted.bars * context.bar.width if wanted.bars else wanted.seconds, Gap(str(gap))


def _margin(context: Context) -> Margin:
    written = str(context.options.get("margin", "0")).strip()
    if not written.endswith("%"):
        return Margin(context.option("margin"))
    try:
        part = quantity(written).value
    except ValueError as error:
        raise context.fail(("margin",), str(error), None) from None
    if part < 0:
        raise context.fail(("margin",), f"got {written}, expected zero or more", None)
    return Margin(part, relative=True)


OPTIONS: tuple[str, ...] = ("margin", "max_gap", "gap")
KEYS: Mapping[str, Build] = {"crosses_above": build, "crosses_below": build, "crosses": build}
