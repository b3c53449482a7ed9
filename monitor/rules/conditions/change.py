"""`rises: 20%`, `falls: 20%`: the change against a reference reaches the amount (reaching it counts).

percent = (x - r) / |r|. From zero and to zero are outcomes of their own. Unknown and negative values are unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Flags, Frame, Values, Verdicts
from monitor.model.metric import Unit
from monitor.model.quantity import quantity, span
from monitor.rules.conditions.condition import TOLERANCE, Bounds, Build, Condition, Context, View, three_valued
from monitor.rules.expression.nodes import Expression
from monitor.rules.expression.over import window


@dataclass(frozen=True, slots=True)
class Against:
    """What is compared with: the value `lag` seconds ago, or an operation over the bars of `span` before this one."""

    lag: int
    operation: str = ""
    span: int = 0

    @property
    def lags(self) -> tuple[int, ...]:
        """How far back it looks."""
        return (self.lag, self.lag + self.span) if self.span else (self.lag,)

    def bounds(self, view: View) -> Bounds:
        """(T, S): the reference at each row."""
        return view.watched().map(lambda values: self._earlier(view.watch, values))

    def _earlier(self, frame: Frame, values: Values) -> Values:
        if not self.operation:
            return frame.lagged(self.lag, values)
        earlier = np.full(values.shape, np.nan)
        earlier[1:] = window(values, frame.bar.bars_in(self.span), self.operation)[:-1]
        return earlier


@dataclass(frozen=True, slots=True)
class Change:
    """A move of at least `amount` up (`direction` +1) or down (-1), both ends counted exactly."""

    direction: int
    amount: float
    points: bool
    against: Against
    floor: float = 0.0
    min_change: float = 0.0
    slots: int = 0
    pulse: bool = False
    tells_end: bool = False

    @property
    def lags(self) -> tuple[int, ...]:
        """How far back the reference is."""
        return self.against.lags

    @property
    def dense(self) -> bool:
        """A window needs every bar."""
        return bool(self.against.operation)

    @property
    def operands(self) -> tuple[Expression, ...]:
        """None."""
        return ()

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        watched, reference = view.new(view.watched()), view.new(self.against.bounds(view))
        nearest, furthest = (watched.low, watched.high) if self.direction > 0 else (watched.high, watched.low)
        highest, lowest = (reference.high, reference.low) if self.direction > 0 else (reference.low, reference.high)
        with np.errstate(invalid="ignore"):
            known = (watched.low >= 0) & (reference.low >= 0)
            sure = self._reached(nearest, highest) & (reference.low >= self.floor)
            possible = self._reached(furthest, lowest) & (reference.high >= self.floor)
        return Verdicts(three_valued(known & sure, known & ~possible), watched.value, reference.value, view.memory)

    def _reached(self, value: Values, reference: Values) -> Flags:
        """Whether a move from one to the other is large enough."""
        moved = (value - reference) * self.direction
        needed = np.full(value.shape, self.amount) if self.points else self.amount * reference
        least = np.maximum(needed, self.min_change) - TOLERANCE * np.maximum(np.abs(value), np.abs(reference))
        return np.asarray((moved > 0) & (moved >= least))


def build(key: str, body: object, context: Context) -> Condition:
    """A change from its key, amount and the rule's `against`, `floor` and `min_change`."""
    try:
        amount = quantity(body)
    except ValueError as error:
        raise context.fail(key, str(error), None) from None
    if amount.value <= 0:
        raise context.fail(key, f"got {body}, expected more than zero", None)
    if not amount.is_ratio:
        raise context.fail(key, f"got {body}, expected a part such as 20% or a difference such as 2 points", None)
    if amount.unit == "points" and context.unit not in (Unit.RATIO, Unit.NUMBER):
        raise context.fail(key, f"mixed units: {context.unit} is compared with '{body}'", "points are for shares")
    floor, least = context.amount("floor"), context.amount("min_change")
    return Change(1 if key == "rises" else -1, amount.value, amount.unit == "points", _against(context), floor, least)


def _against(context: Context) -> Against:
    """`previous`, `7d ago`, `mean of 28d`."""
    written = str(context.options.get("against", "previous")).strip()
    previous = context.bar.back(1)
    try:
        match written.split():
            case ["previous"]:
                return Against(previous)
            case [length, "ago"]:
                return Against(context.bar.back(context.bar.bars_in(span(length))))
            case [operation, "of", length] if operation in OPERATIONS:
                seconds = span(length)
                context.bar.bars_in(seconds)
                return Against(previous, operation, seconds)
    except ValueError as error:
        raise context.fail("against", str(error), None) from None
    hint = f'expected "previous", "7d ago", or "{"|".join(OPERATIONS)} of 28d"'
    raise context.fail("against", f"got '{written}'", hint)


OPERATIONS = ("mean", "median", "min", "max")
OPTIONS: tuple[str, ...] = ("against", "floor", "min_change")
KEYS: Mapping[str, Build] = {"rises": build, "falls": build}
