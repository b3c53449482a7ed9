"""What every condition is and is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self, TypeVar

import numpy as np

from monitor.model.alert import Compared
from monitor.model.bar import Bar
from monitor.model.frame import Flags, Frame, Truth, Values, Verdicts
from monitor.model.metric import Unit
from monitor.model.quantity import Hold
from monitor.rules.expression.arithmetic import counterparts
from monitor.rules.expression.nodes import Evaluation, Expression

T = TypeVar("T")
TOLERANCE = 1e-12
"""Relative. Amounts are decimals of a dozen digits at most: what is closer is the same (0.8 / 1 - 1 is -20 %)."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known of numbers, (T, S) each: as shown, and the least and the greatest that the true one can be.

    They are one and the same array unless a list was cut off; NaN = nothing is known.
    """

    value: Values
    low: Values
    high: Values

    @classmethod
    def of(cls, value: Values, upper: Values | None) -> Self:
        """Of a frame's `values` and `upper`."""
        if upper is None:
            return cls(value, value, value)
        bounded = np.isfinite(upper)
        return cls(value, np.where(bounded & np.isnan(value), 0.0, value), np.where(bounded, upper, value))

    @property
    def exact(self) -> Values:
        """The values, NaN where they are only bounded."""
        return self.value if self.low is self.high else np.where(self.low == self.high, self.value, np.nan)

    def map(self, change: Callable[[Values], Values]) -> Bounds:
        """The same change of all three; it must keep their order."""
        value = change(self.value)
        return (
            Bounds(value, value, value) if self.low is self.high else Bounds(value, change(self.low), change(self.high))
        )


@dataclass(frozen=True, slots=True)
class View:
    """What a condition judges: rows from `start` on; the rows before are context for looking back.

    `watch`: (T, S), a column an instance; `base`: (T, B), what is watched, which is the same unless a condition makes
    other instances of it. `memory`: (K, S), what was remembered after row `start` - 1; if there is anything in it, a
    member that was never seen is new rather than part of the baseline.
    """

    evaluation: Evaluation
    base: Frame
    watch: Frame
    start: int
    memory: Values

    @property
    def values(self) -> Values:
        """(T - start, S): the rows to be judged."""
        return self.watch.values[self.start :]

    @property
    def armed(self) -> bool:
        """Whether anything was seen before."""
        return not bool(np.isnan(self.memory).all())

    def part(self, first: int, count: int) -> View:
        """The same with only so many of the numbers remembered, from the place `first` on."""
        return replace(self, memory=self.memory[first : first + count])

    def watched(self) -> Bounds:
        """(T, S): what is watched, the rows that are context included."""
        return Bounds.of(self.watch.values, self.watch.upper)

    def new(self, bounds: Bounds) -> Bounds:
        """(T, S) → (T - start, S): the rows to be judged."""
        return bounds.map(lambda values: values[self.start :])

    def reference(self, operand: Expression) -> Bounds:
        """(T - start, S): for each watched member that of the operand which says nothing else; NaN without one."""
        other = operand.evaluate(self.evaluation)
        theirs = [member.labels.without(operand.pinned) for member in other.members]
        pairs = np.array(counterparts((each.labels for each in self.watch.members), theirs), np.intp).reshape(-1, 2)

        def matched(values: Values) -> Values:
            placed = np.full(self.values.shape, np.nan)
            placed[:, pairs[:, 0]] = values[self.start :, pairs[:, 1]]
            return placed

        return Bounds.of(other.values, other.upper).map(matched)


class Condition(ABC):
    """The test of a rule. A kind states what differs from these defaults; dataclass fields may stand for properties."""

    __slots__ = ()

    @property
    def remembers(self) -> tuple[str, ...]:
        """What each number is that is remembered of an instance, in the words of `monitor explain`."""
        return ()

    @property
    def lags(self) -> tuple[int, ...]:
        """Seconds looked back beside what its operands need: a verdict may change that long after a value did."""
        return ()

    @property
    def dense(self) -> bool:
        """Whether every single bar must be there."""
        return False

    @property
    def clocked(self) -> bool:
        """Whether bars that no source seals are judged too, once they are over by the monitor's own clock."""
        return False

    @property
    def pulse(self) -> bool:
        """Whether each true bar is an episode of its own."""
        return False

    @property
    def lasts(self) -> bool:
        """Whether bars running are one episode all the same, where the rule says how long it holds or when it ends."""
        return False

    @property
    def tells_end(self) -> bool:
        """Whether the end of an episode is worth a message."""
        return True

    @property
    def confirms(self) -> str:
        """The price of which it asks how sure its changes are; empty = it does not ask."""
        return ""

    @property
    def lapses(self) -> int:
        """With `confirms`: seconds after which what is not confirmed is given up."""
        return 0

    @property
    def level_names(self) -> tuple[str, ...]:
        """What the levels are called that its verdicts have, mildest first."""
        return ()

    @property
    def apart(self) -> bool:
        """Whether each member is judged as if there were no others."""
        return False

    @property
    def operands(self) -> tuple[Expression, ...]:
        """Expressions beside the watched one."""
        return ()

    @property
    def compared(self) -> Compared:
        """What its references are: what an operand says, or what the same thing was."""
        return Compared.OTHER if self.operands else Compared.BEFORE

    @property
    def slots(self) -> int:
        """How many numbers are remembered of an instance."""
        return len(self.remembers)

    def unit(self, watched: Unit) -> Unit:
        """In what the numbers of its messages are: what is watched, unless a kind counts something else."""
        return watched

    def instances(self, watch: Frame) -> Frame:
        """The frame whose columns are the instances: what is watched, unless a kind makes others of it (pairs)."""
        return watch

    @abstractmethod
    def judge(self, view: View) -> Verdicts:
        """Truth, numbers and memory for the rows from `view.start` on, (T - start, S)."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a condition may use to read its part of a rule file.

    `holds`: whether what is watched is a level or a fact, which hold until the next look. `options`: the other keys
    beside it as written (margin, against, floor, …). `keys`, everywhere: the keys that lead to what is meant, from the
    mapping that the condition stands in. `amount`: a number with a unit that fits what is watched, zero or more.
    `operand`: a number or an expression. `nested`: a condition written as a mapping of its own. `fail`: reports a
    problem (and returns the exception to raise).
    """

    bar: Bar
    unit: Unit
    holds: bool
    options: Mapping[str, object]
    amount: Callable[[Keys, object], float]
    operand: Callable[[Keys, object], Expression]
    nested: Callable[[Keys, object], Condition]
    fail: Callable[[Keys, str, str | None], Exception]

    def option(self, name: str) -> float:
        """The amount that stands at an option, 0 where it is not written."""
        written = self.options.get(name)
        return 0.0 if written is None else self.amount((name,), written)

    def read(self, keys: Keys, body: object, read: Callable[[object], T]) -> T:
        """What `read` makes of a text; its ValueError becomes a problem at `keys`."""
        try:
            return read(body)
        except ValueError as error:
            raise self.fail(keys, str(error), None) from None


Keys = tuple[str | int, ...]
Build = Callable[[str, object, Context], Condition]
"""`build(key, what stands behind it, context)`; a module's `KEYS` maps each condition key to one."""


def held(wanted: Hold, bar: Bar) -> int:
    """Seconds from the start of a first bar to that of the one at whose end "2 bars" or "3d" have passed.

    Raises ValueError for "2 of 3 bars", which only `for` can be.
    """
    if wanted.of is not None:
        raise ValueError(f"got {wanted.bars} of {wanted.of} bars, expected bars or a span, such as 2 bars or 3d")
    return bar.back(wanted.bars - 1) if wanted.bars else max((wanted.seconds or 0) - bar.width, 0)


def beyond(value: Values, limit: Values, margin: Values | float = 0.0) -> Flags:
    """Whether it is greater by more than the margin; not where either is unknown."""
    with np.errstate(invalid="ignore"):
        over = value - limit
        over -= margin
        slack = np.abs(value)
        np.maximum(slack, np.abs(limit), out=slack)
        slack *= TOLERANCE
        return np.asarray(over > slack)


def within(value: Values, limit: Values, margin: Values | float = 0.0) -> Flags:
    """Whether it is not greater by more than the margin; not where either is unknown."""
    return ~(beyond(value, limit, margin) | np.isnan(value) | np.isnan(limit))


def three_valued(true: Flags, false: Flags) -> Truth:
    """Two boolean (T, S) arrays → TRUE, FALSE, or UNKNOWN where neither holds."""
    neither = ~(true | false)
    return np.asarray(true.view(np.int8) - neither.view(np.int8))  # 1, 0 and -1


def filled(memory: Values, rows: Values) -> Values:
    """(S,), (T, S) → (T + 1, S): the last known number up to each row, starting from what was remembered."""
    return carried(np.vstack([memory[None, :], rows]))


def carried(rows: Values) -> Values:
    """(T, S), changed in place: where a number is not known, the last one before it."""
    unknown = np.isnan(rows)
    gaps = np.flatnonzero((unknown[1:] & ~unknown[:-1]).any(axis=0))  # the others have nothing to be carried on
    if len(gaps):
        at = np.where(unknown[:, gaps], 0, np.arange(len(rows))[:, None])
        np.maximum.accumulate(at, axis=0, out=at)
        rows[:, gaps] = rows[at, gaps]
    return rows


def first_absence(memory: Values, event: Values) -> Values:
    """(T, S): the bar at which the present absence began, -1 while present, NaN before anything is known."""
    before = filled(memory, event)[:-1]
    begins = (event >= 0) & ~(before >= 0)
    marks = np.where(begins | (event < 0), event, np.nan)
    return filled(memory, marks)[1:]
