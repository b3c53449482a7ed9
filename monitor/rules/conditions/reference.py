"""`against`: what a change is measured from. Each kind knows how far back it looks and what it has to remember."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from monitor.model.bar import DAY, Bar
from monitor.model.frame import Values
from monitor.model.quantity import day, span
from monitor.rules.conditions.condition import Bounds, Context, View, carried
from monitor.rules.expression.windows import window

LAST_NOTICE = "last notice"
OPERATIONS = ("mean", "median", "min", "max")


class Reference(ABC):
    """What a value is compared with."""

    __slots__ = ()

    @property
    def remembers(self) -> tuple[str, ...]:
        """As `Condition.remembers`."""
        return ()

    @property
    def lags(self) -> tuple[int, ...]:
        """As `Condition.lags`."""
        return ()

    @property
    def dense(self) -> bool:
        """As `Condition.dense`."""
        return False

    @abstractmethod
    def bounds(self, view: View) -> tuple[Bounds, Values]:
        """(T - start, S): the reference at each row to be judged; and (K, S): what to remember after them."""


@dataclass(frozen=True, slots=True)
class Ago(Reference):
    """The value `lag` seconds earlier."""

    lag: int

    @property
    def lags(self) -> tuple[int, ...]:
        """The lag."""
        return (self.lag,)

    def bounds(self, view: View) -> tuple[Bounds, Values]:
        """See `Reference`."""
        return view.new(view.watched().map(lambda values: view.watch.lagged(self.lag, values))), view.memory


@dataclass(frozen=True, slots=True)
class LastKnown(Reference):
    """The last value known (remembered), so that a cut during an outage is seen after it; who was gone starts anew."""

    lag: int

    @property
    def remembers(self) -> tuple[str, ...]:
        """The last known value (-1 = gone since)."""
        return ("last known value",)

    @property
    def lags(self) -> tuple[int, ...]:
        """A bar: the change is over in the next one."""
        return (self.lag,)

    def bounds(self, view: View) -> tuple[Bounds, Values]:
        """See `Reference`."""
        last = np.vstack([view.memory, view.values])
        last[1:][(view.watch.absent & view.watch.met)[view.start :]] = _GONE
        memory, reference = carried(last)[-1:].copy(), last[:-1]
        reference[reference == _GONE] = np.nan
        return Bounds(reference, reference, reference), memory


@dataclass(frozen=True, slots=True)
class Over(Reference):
    """An operation over the bars of `span` that end `lag` seconds earlier, with the bar before."""

    lag: int
    operation: str
    span: int

    @property
    def lags(self) -> tuple[int, ...]:
        """From the first bar of the window to the last."""
        return (self.lag, self.lag + self.span)

    @property
    def dense(self) -> bool:
        """A window needs every bar."""
        return True

    def bounds(self, view: View) -> tuple[Bounds, Values]:
        """See `Reference`."""
        return view.new(view.watched().map(lambda values: self._before(view, values))), view.memory

    def _before(self, view: View, values: Values) -> Values:
        earlier = np.full(values.shape, np.nan)
        earlier[1:] = window(view.watch, values, self.span, self.operation)[:-1]
        return earlier


@dataclass(frozen=True, slots=True)
class Since(Reference):
    """The value of the bar that a day ended in; `at`: epoch seconds, its start. Unknown until that bar is over.

    What a cut-off list only bounds is unknown for good.
    """

    at: int

    @property
    def remembers(self) -> tuple[str, ...]:
        """The value then."""
        return ("value on that day",)

    def bounds(self, view: View) -> tuple[Bounds, Values]:
        """See `Reference`. The row that held then is the last one up to it: bars may be left out."""
        values = view.new(view.watched()).exact
        before = int(np.searchsorted(view.watch.bars[view.start :], self.at, side="right"))
        memory = values[before - 1 : before] if before else view.memory
        reference = np.full(values.shape, np.nan)
        reference[before:] = memory
        return Bounds(reference, reference, reference), memory


def against(context: Context) -> Reference:
    """`previous`, `7d ago`, `mean of 28d`, `2026-01-01`."""
    written, bar = str(context.options.get("against", "previous")).strip(), context.bar
    previous = bar.back(1)
    match written.split():
        case ["previous"]:
            return LastKnown(previous) if context.holds else Ago(previous)
        case [length, "ago"]:
            lag = context.read(("against",), length, lambda text: bar.back(bar.bars_in(span(text))))
            return LastKnown(lag) if context.holds and lag == previous else Ago(lag)
        case [operation, "of", length] if operation in OPERATIONS:
            return Over(previous, operation, context.read(("against",), length, lambda text: _whole(span(text), bar)))
        case [text] if text[:1].isdecimal():
            at = context.read(("against",), text, day)
            return Since(bar.start_of(at + DAY - 1))
    hint = f'expected "previous", "7d ago", "{"|".join(OPERATIONS)} of 28d", "{LAST_NOTICE}" or a day'
    raise context.fail(("against",), f"got '{written}'", hint)


def is_previous(reference: Reference, bar: Bar) -> bool:
    """Whether it is the bar before, however that was written."""
    return isinstance(reference, Ago | LastKnown) and reference.lag == bar.back(1)


def _whole(seconds: int, bar: Bar) -> int:
    bar.bars_in(seconds)
    return seconds


_GONE = -1.0
