"""`crosses_above: X`, `crosses_below: X`, `crosses: X`: the side changed.

d = value - reference, m = margin; side = +1 if d > m, -1 if d < -m, else 0. The last side that was not 0 is remembered.
Touching and returning does not cross; equality neither fires nor re-arms; the first bar only arms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Values, Verdicts
from monitor.model.quantity import quantity
from monitor.rules.conditions.condition import (
    Bounds,
    Build,
    Condition,
    Context,
    View,
    beyond,
    filled,
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


@dataclass(frozen=True, slots=True)
class Crossing:
    """`direction` +1: from below to above and still there; -1: the mirror image; 0: either way, each time anew.

    Remembers (last side that was not 0, whether the other side was ever seen).
    """

    direction: int
    limit: Expression
    margin: Margin
    slots: int = 2
    lags: tuple[int, ...] = ()
    dense: bool = False

    @property
    def pulse(self) -> bool:
        """Crossing either way has no state to stay in."""
        return self.direction == 0

    @property
    def tells_end(self) -> bool:
        """Crossing back is news."""
        return True

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
        if self.direction == 0:
            crossed = sides[1:] * sides[:-1] == -1
            seen = filled(view.memory[1], np.full(side.shape, np.nan))
        else:
            other = np.where(sides[1:] == -self.direction, 1.0, np.nan)
            seen = filled(view.memory[1], other)
            crossed = (sides[1:] == self.direction) & (seen[1:] == 1.0)
        truth = three_valued(known & crossed, known & ~crossed)
        return Verdicts(truth, watched.value, reference.value, np.stack([sides[-1], seen[-1]]))

    def _sides(self, watched: Bounds, reference: Bounds) -> Values:
        """(T - start, S): -1, 0, +1, NaN where not known."""
        near, far = self.margin.around(reference.low), self.margin.around(reference.high)
        over, under = beyond(watched.low, reference.high, far), beyond(reference.low, watched.high, near)
        between = within(watched.high, reference.low, near) & within(reference.high, watched.low, far)
        return np.where(over, 1.0, np.where(under, -1.0, np.where(between, 0.0, np.nan)))


def build(key: str, body: object, context: Context) -> Condition:
    """A crossing from its key, limit and the rule's `margin`."""
    direction = {"crosses_above": 1, "crosses_below": -1, "crosses": 0}[key]
    return Crossing(direction, context.operand(key, body), _margin(context))


def _margin(context: Context) -> Margin:
    written = str(context.options.get("margin", "0")).strip()
    if not written.endswith("%"):
        return Margin(context.amount("margin"))
    try:
        part = quantity(written).value
    except ValueError as error:
        raise context.fail("margin", str(error), None) from None
    if part < 0:
        raise context.fail("margin", f"got {written}, expected zero or more", None)
    return Margin(part, relative=True)


OPTIONS: tuple[str, ...] = ("margin",)
KEYS: Mapping[str, Build] = {"crosses_above": build, "crosses_below": build, "crosses": build}
