"""What crossings share: the side that something is on, remembered, and the bar at which it becomes the other one.

Touching and returning does not cross; equality neither fires nor re-arms; the first bar only arms.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from monitor.model.frame import Flags, Values, Verdicts
from monitor.model.quantity import hold, quantity
from monitor.rules.conditions.condition import (
    Bounds,
    Context,
    View,
    beyond,
    filled,
    first_absence,
    three_valued,
    within,
)


@dataclass(frozen=True, slots=True)
class Margin:
    """How far beyond counts: a part of the reference (`1%`) or an amount in its unit."""

    amount: float = 0.0
    relative: bool = False

    def around(self, reference: Values) -> Values:
        """(T, S): the margin at each reference."""
        return np.abs(reference) * self.amount if self.relative else np.full(reference.shape, self.amount)

    def sides(self, watched: Bounds, reference: Bounds) -> Values:
        """(T, S): +1 where it is above by more than the margin, -1 where below, 0 between, NaN where not known."""
        near, far = self.around(reference.low), self.around(reference.high)
        over, under = beyond(watched.low, reference.high, far), beyond(reference.low, watched.high, near)
        between = within(watched.high, reference.low, near) & within(reference.high, watched.low, far)
        return np.where(over, 1.0, np.where(under, -1.0, np.where(between, 0.0, np.nan)))


class Gap(StrEnum):
    """What a crossing is worth when too much between its two sides is unknown."""

    FLAG = "flag"  # it fires, marked with the bars it lies between
    FIRE = "fire"
    IGNORE = "ignore"  # it only re-arms


@dataclass(frozen=True, slots=True)
class Turning:
    """`direction` +1: from below to above and still there; -1: the mirror image; 0: either way, each time anew.

    `longest`: seconds that may be unknown within a crossing, None = any; `gap`: what comes of more than that.
    Remembers the last side that was not 0, whether the other side was ever seen and, where a gap can be too long, since
    when nothing is known (-1 = it is).
    """

    direction: int
    longest: int | None = None
    gap: Gap = Gap.FLAG

    @property
    def remembers(self) -> tuple[str, ...]:
        """See above."""
        sides = ("side", "was on the other side")
        return sides if self.longest is None else (*sides, "unknown since")

    def verdicts(self, view: View, side: Values, value: Values, reference: Values) -> Verdicts:
        """What (T - start, S) sides mean; `value` and `reference` are kept for the message."""
        known = ~np.isnan(side)
        sides = filled(view.memory[0], np.where(side == 0, np.nan, side))
        turned = known & (sides[1:] * sides[:-1] == -1)
        over, gap_from, unknown = self._gaps(view, turned, np.where(known, -1.0, sides[:-1] * 0))
        forgotten = over & (self.gap is Gap.IGNORE)
        other = np.where(sides[1:] == -self.direction, 1.0, np.where(forgotten, 0.0, np.nan))
        seen = filled(view.memory[1], other)
        reached = (sides[1:] == self.direction) & (seen[1:] == 1.0)
        crossed = reached if self.direction else turned & ~forgotten
        memory = np.vstack([sides[-1:], seen[-1:] if self.direction else view.memory[1:2], unknown])
        return Verdicts(three_valued(known & crossed, known & ~crossed), value, reference, memory, gap_from=gap_from)

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


def turning(direction: int, context: Context) -> Turning:
    """With the `gap` and `max_gap` that are written beside a condition.

    By default three bars of a flow, whose every bar is a fact of its own; a level is the same until it is seen to move.
    """
    written, gap = context.options.get("max_gap"), context.options.get("gap", Gap.FLAG)
    if gap not in tuple(Gap):
        raise context.fail(("gap",), f"got '{gap}'", f"expected {' | '.join(Gap)}")
    if written is None:
        return Turning(direction, None if context.holds else 3 * context.bar.width, Gap(str(gap)))
    wanted = context.read(("max_gap",), written, hold)
    longest = wanted.bars * context.bar.width if wanted.bars else wanted.seconds
    return Turning(direction, longest, Gap(str(gap)))


def margin(context: Context) -> Margin:
    """The `margin` that is written beside a condition: a part, or an amount in the unit of what is watched."""
    written = str(context.options.get("margin", "0")).strip()
    if not written.endswith("%"):
        return Margin(context.option("margin"))
    part = context.read(("margin",), written, quantity).value
    if part < 0:
        raise context.fail(("margin",), f"got {written}, expected zero or more", None)
    return Margin(part, relative=True)


OPTIONS_OF_TURNING = ("margin", "max_gap", "gap")
