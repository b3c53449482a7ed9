"""Nodes that look along time: the value then, and windows that end with the bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from monitor.model.frame import Frame, Values
from monitor.model.metric import Unit
from monitor.rules.expression.across import Across
from monitor.rules.expression.nodes import Evaluation

WINDOWS: dict[str, Callable[[Values], Values]] = {
    "sum": lambda windows: windows[..., 0] * windows.shape[-1] + _moved(windows),
    "mean": lambda windows: windows[..., 0] + _moved(windows) / windows.shape[-1],
    "min": lambda windows: windows.min(axis=-1),
    "max": lambda windows: windows.max(axis=-1),
    "median": lambda windows: np.median(windows, axis=-1),
}
"""(T, S, L) → (T, S), by the names rules use."""


def _moved(windows: Values) -> Values:
    """(T, S, L) → (T, S): the sum of how far each value is from the first of its window.

    Never a difference of running sums: those invent crossings (2,074 on 1,000 constant series). One after the other,
    so that the last digit does not depend on how much history is looked at at once; around the first, so that the
    mean of equal values is that very value.
    """
    moved = np.zeros(windows.shape[:-1])
    for step in range(1, windows.shape[-1]):
        moved += windows[..., step] - windows[..., 0]
    return moved


_MOST_CELLS = 2**23  # of the windows worked on at a time: 64 MB


@dataclass(frozen=True, slots=True)
class Ago(Across):
    """`ago(x, "7d")`: the value then."""

    span: int

    @property
    def lags(self) -> tuple[int, ...]:
        """The span, and the argument's as much earlier."""
        return (self.span, *(lag + self.span for lag in self.argument.lags))

    def evaluate(self, evaluation: Evaluation) -> Frame:
        """(T, S)."""
        frame = self.argument.evaluate(evaluation)
        rows = frame.rows_before(self.span)
        at, reached = np.maximum(rows, 0), (rows >= 0)[:, None]
        values, absent, met = frame.lagged(self.span, frame.values), frame.absent[at] & reached, frame.met[at] & reached
        upper = None if frame.upper is None else frame.lagged(self.span, frame.upper)
        return replace(frame, values=values, absent=absent, met=met, upper=upper)


@dataclass(frozen=True, slots=True)
class Over(Across):
    """`avg_over(x, "7d")` and its like: unknown where any bar of the window is. The span is whole bars."""

    operation: str
    span: int

    @property
    def lags(self) -> tuple[int, ...]:
        """The span, and the argument's as much earlier."""
        return (self.span, *(lag + self.span for lag in self.argument.lags))

    @property
    def dense(self) -> bool:
        """A window needs every bar in it."""
        return True

    @property
    def unit(self) -> Unit:
        """The argument's."""
        return self.argument.unit

    def evaluate(self, evaluation: Evaluation) -> Frame:
        """(T, S)."""
        frame = self.argument.evaluate(evaluation)
        values = window(frame.values, frame.bar.bars_in(self.span), self.operation)
        return replace(frame, values=values, absent=frame.absent & np.isnan(values), upper=None)


def window(values: Values, length: int, operation: str) -> Values:
    """(T, S) → (T, S): the operation over the `length` rows that end with each; NaN where one is unknown or missing."""
    result = np.full(values.shape, np.nan)
    if len(values) < length:
        return result
    width = max(1, _MOST_CELLS // (len(values) * length))  # a median copies its windows
    for first in range(0, values.shape[1], width):
        columns = slice(first, first + width)
        windows = np.lib.stride_tricks.sliding_window_view(values[:, columns], length, axis=0)
        result[length - 1 :, columns] = WINDOWS[operation](windows)
    return result
