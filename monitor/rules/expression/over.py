"""Nodes that look along time: the value then, and windows that end with the bar."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from monitor.model.frame import Frame
from monitor.model.metric import Unit
from monitor.rules.expression.across import Across
from monitor.rules.expression.nodes import Evaluation
from monitor.rules.expression.windows import window


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
        values = window(frame, frame.values, self.span, self.operation)
        return replace(frame, values=values, absent=frame.absent & np.isnan(values), upper=None)
