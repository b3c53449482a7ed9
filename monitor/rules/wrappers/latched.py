"""One of several `levels`: reached when its condition becomes true, left when its own `clear` holds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from monitor.model.frame import FALSE, TRUE, Verdicts
from monitor.rules.conditions.condition import Condition, View, filled
from monitor.rules.expression.nodes import Expression
from monitor.rules.wrappers.wrapper import Wrapper


@dataclass(frozen=True, slots=True)
class Latched(Wrapper):
    """True from the first true bar until `clear` is (without one: until it is false); never unknown once known.

    Remembers 1 while it is reached.
    """

    clear: Condition | None

    @property
    def remembers(self) -> tuple[str, ...]:
        """Both conditions', and whether it is reached."""
        own = () if self.clear is None else self.clear.remembers
        return (*self.inner.remembers, *own, "reached")

    @property
    def lags(self) -> tuple[int, ...]:
        """Both conditions'."""
        return self.inner.lags + (() if self.clear is None else self.clear.lags)

    @property
    def dense(self) -> bool:
        """If either is."""
        return self.inner.dense or (self.clear is not None and self.clear.dense)

    @property
    def clocked(self) -> bool:
        """If either is."""
        return self.inner.clocked or (self.clear is not None and self.clear.clocked)

    @property
    def operands(self) -> tuple[Expression, ...]:
        """Both conditions'."""
        return self.inner.operands + (() if self.clear is None else self.clear.operands)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        inner = self.inner.judge(view.part(0, self.inner.slots))
        cleared, memory = inner.truth == FALSE, inner.memory
        if self.clear is not None:
            own = self.clear.judge(view.part(self.inner.slots, self.clear.slots))
            cleared, memory = own.truth == TRUE, np.vstack([memory, own.memory])
        marks = np.where(inner.truth == TRUE, 1.0, np.where(cleared, 0.0, np.nan))
        reached = filled(view.memory[-1], marks)
        truth = np.where(reached[1:] == 1, TRUE, FALSE).astype(np.int8)
        last = np.where(reached[-1:] == 1, 1.0, np.nan)
        return replace(inner, truth=truth, memory=np.vstack([memory, last]))
