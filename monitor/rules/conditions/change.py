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
from monitor.rules.conditions.condition import TOLERANCE, Bounds, Build, Condition, Context, View, carried, three_valued
from monitor.rules.expression.windows import window
from monitor.rules.shapes import PART, Shape, text


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
        earlier[1:] = window(frame, values, self.span, self.operation)[:-1]
        return earlier


@dataclass(frozen=True, slots=True)
class Change(Condition):
    """A move of at least `amount` up (`direction` +1) or down (-1), both ends counted exactly.

    `last_known`: compared with the last value known instead (remembered), so that a cut during an outage is seen after
    it; a member that was gone in between starts anew.
    """

    direction: int
    amount: float
    points: bool
    against: Against
    floor: float = 0.0
    min_change: float = 0.0
    last_known: bool = False
    tells_end: bool = False

    @property
    def remembers(self) -> tuple[str, ...]:
        """The last known value (-1 = gone since), where it is compared with."""
        return ("last known value",) if self.last_known else ()

    @property
    def lags(self) -> tuple[int, ...]:
        """How far back the reference is."""
        return self.against.lags

    @property
    def dense(self) -> bool:
        """A window needs every bar."""
        return bool(self.against.operation)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        watched, (reference, memory) = view.new(view.watched()), self._reference(view)
        nearest, furthest = (watched.low, watched.high) if self.direction > 0 else (watched.high, watched.low)
        highest, lowest = (reference.high, reference.low) if self.direction > 0 else (reference.low, reference.high)
        with np.errstate(invalid="ignore"):
            known = (watched.low >= 0) & (reference.low >= 0)
            sure = self._reached(nearest, highest) & (reference.low >= self.floor)
            exact = nearest is furthest and highest is lowest
            possible = sure if exact else self._reached(furthest, lowest) & (reference.high >= self.floor)
        return Verdicts(three_valued(known & sure, known & ~possible), watched.value, reference.value, memory)

    def _reference(self, view: View) -> tuple[Bounds, Values]:
        """(T - start, S), and what is remembered."""
        if not self.last_known:
            return view.new(self.against.bounds(view)), view.memory
        last = np.vstack([view.memory, view.values])
        last[1:][(view.watch.absent & view.watch.met)[view.start :]] = _GONE
        memory, reference = carried(last)[-1:].copy(), last[:-1]
        reference[reference == _GONE] = np.nan
        return Bounds(reference, reference, reference), memory

    def _reached(self, value: Values, reference: Values) -> Flags:
        """Whether a move from one to the other is large enough."""
        with np.errstate(invalid="ignore"):
            moved = value > reference if self.direction > 0 else value < reference
        cells = np.nonzero(moved)  # few: most of what is judged stays as it is
        ours, theirs = value[cells], reference[cells]
        needed = np.full(ours.shape, self.amount) if self.points else self.amount * theirs
        slack = TOLERANCE * np.maximum(np.abs(ours), np.abs(theirs))
        moved[cells] = np.abs(ours - theirs) >= np.maximum(needed, self.min_change) - slack
        return moved


def build(key: str, body: object, context: Context) -> Condition:
    """A change from its key, amount and the rule's `against`, `floor` and `min_change`."""
    try:
        amount = quantity(body)
    except ValueError as error:
        raise context.fail((key,), str(error), None) from None
    if amount.value <= 0:
        raise context.fail((key,), f"got {body}, expected more than zero", None)
    if not amount.is_ratio:
        raise context.fail((key,), f"got {body}, expected a part such as 20% or a difference such as 2 points", None)
    if amount.unit == "points" and context.unit not in (Unit.RATIO, Unit.NUMBER):
        raise context.fail((key,), f"mixed units: {context.unit} is compared with '{body}'", "points are for shares")
    floor, least = context.option("floor"), context.option("min_change")
    against = _against(context)
    last_known = context.holds and against == Against(context.bar.back(1))
    direction = 1 if key == "rises" else -1
    return Change(direction, amount.value, amount.unit == "points", against, floor, least, last_known)


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
        raise context.fail(("against",), str(error), None) from None
    hint = f'expected "previous", "7d ago", or "{"|".join(OPERATIONS)} of 28d"'
    raise context.fail(("against",), f"got '{written}'", hint)


_GONE = -1.0
OPERATIONS = ("mean", "median", "min", "max")
OPTIONS: tuple[str, ...] = ("against", "floor", "min_change")
KEYS: Mapping[str, Build] = {"rises": build, "falls": build}
SCHEMA: Mapping[str, Shape] = {
    "rises": text(PART, "rose by that much against the reference of `against`", "20%", "2 points"),
    "falls": text(PART, "fell by that much against the reference of `against`", "20%", "2 points"),
}
