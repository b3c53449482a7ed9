"""How far something must move to count: a part of what it was, or a difference of shares. Reaching the amount counts.

percent = (x - r) / |r|. From zero and to zero are moves of their own kind, of any size. Negative values are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Flags, Values
from monitor.model.metric import Unit
from monitor.model.quantity import quantity
from monitor.rules.conditions.condition import TOLERANCE, Bounds, Context

EITHER = 0
"""The direction of a move up or down; +1 is up alone, -1 down alone."""


@dataclass(frozen=True, slots=True)
class Move:
    """At least `amount` (a ratio of the reference, or a difference if in `points`) up, down or either way.

    `floor`: the smallest reference that counts. `least`: the smallest difference that counts.
    """

    direction: int
    amount: float
    points: bool = False
    floor: float = 0.0
    least: float = 0.0

    def verdict(self, value: Bounds, reference: Bounds) -> tuple[Flags, Flags]:
        """(T, S) twice: where it moved so far for sure, and where it did not for sure."""
        directions = (self.direction,) if self.direction != EITHER else (1, -1)
        found = [self._one_way(direction, value, reference) for direction in directions]
        with np.errstate(invalid="ignore"):
            known = (value.low >= 0) & (reference.low >= 0)
        sure = np.logical_or.reduce([sure for sure, _ in found])
        possible = np.logical_or.reduce([possible for _, possible in found])
        return known & sure, known & ~possible

    def reached(self, value: Values, reference: Values, direction: int) -> Flags:
        """Whether a move from one to the other is large enough; not where either is unknown."""
        with np.errstate(invalid="ignore"):
            moved = value > reference if direction > 0 else value < reference
        cells = np.nonzero(moved)  # few: most of what is judged stays as it is
        ours, theirs = value[cells], reference[cells]
        needed = np.full(ours.shape, self.amount) if self.points else self.amount * theirs
        slack = TOLERANCE * np.maximum(np.abs(ours), np.abs(theirs))
        moved[cells] = np.abs(ours - theirs) >= np.maximum(needed, self.least) - slack
        return moved

    def _one_way(self, direction: int, value: Bounds, reference: Bounds) -> tuple[Flags, Flags]:
        """Where it moved that way for sure, and where it may have."""
        nearest, furthest = (value.low, value.high) if direction > 0 else (value.high, value.low)
        highest, lowest = (reference.high, reference.low) if direction > 0 else (reference.low, reference.high)
        with np.errstate(invalid="ignore"):
            sure = self.reached(nearest, highest, direction) & (reference.low >= self.floor)
            if nearest is furthest and highest is lowest:
                return sure, sure
            return sure, self.reached(furthest, lowest, direction) & (reference.high >= self.floor)


def move(key: str, body: object, direction: int, context: Context) -> Move:
    """From what stands behind a key and the `floor` and `min_change` beside it."""
    amount = context.read((key,), body, quantity)
    if amount.value <= 0:
        raise context.fail((key,), f"got {body}, expected more than zero", None)
    if not amount.is_ratio:
        raise context.fail((key,), f"got {body}, expected a part such as 20% or a difference such as 2 points", None)
    points = amount.unit == "points"
    if points and context.unit not in (Unit.RATIO, Unit.NUMBER):
        raise context.fail((key,), f"mixed units: {context.unit} is compared with '{body}'", "points are for shares")
    return Move(direction, amount.value, points, context.option("floor"), context.option("min_change"))
