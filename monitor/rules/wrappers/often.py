"""`for: 2 of 3 bars`: true while at least m of the last n bars are; the episode begins with the first of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from monitor.model.frame import FALSE, TRUE, UNKNOWN, Truth, Values, Verdicts
from monitor.rules.conditions.condition import View, three_valued
from monitor.rules.wrappers.wrapper import Wrapper

LONGEST = 32
"""Bars at most: their verdicts are remembered as digits of one number, and 3 ** 33 < 2 ** 53."""


@dataclass(frozen=True, slots=True)
class Often(Wrapper):
    """At least `wanted` of the last `bars` bars. Remembers the verdicts of the last `bars` - 1 in base three."""

    wanted: int
    bars: int

    @property
    def remembers(self) -> tuple[str, ...]:
        """The inner one's, and the verdicts before."""
        return (*self.inner.remembers, "verdicts before")

    @property
    def dense(self) -> bool:
        """Bars are counted."""
        return True

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        inner = self.inner.judge(view.part(0, self.inner.slots))
        before = digits(view.memory[-1], self.bars - 1)
        never_met = (inner.truth == UNKNOWN) & ~view.watch.met[
            view.start :
        ]  # how many such there are, depends on the look
        every = np.vstack([before, np.where(never_met, FALSE, inner.truth)])
        windows = np.lib.stride_tricks.sliding_window_view(every, self.bars, axis=0)
        true, unknown = (windows == TRUE).sum(axis=-1), (windows == UNKNOWN).sum(axis=-1)
        truth = three_valued(true >= self.wanted, true + unknown < self.wanted)
        first = (windows == TRUE).argmax(axis=-1)
        memory = np.vstack([inner.memory, _number(every[len(every) - self.bars + 1 :])[None, :]])
        return replace(inner, truth=truth, memory=memory, began=self._began(view, first))

    def _began(self, view: View, first: Truth) -> Values:
        """(T, S): the bar of the first true verdict of each window, counted back from its last."""
        bars = view.watch.bars[view.start :]
        back = self.bars - 1 - first
        bar = view.watch.bar
        columns = [bar.shift(bars, -number) for number in range(self.bars)]
        return np.stack(columns).astype(np.float64)[back, np.arange(len(bars))[:, None]]


def digits(memory: Values, count: int) -> Truth:
    """(S,) → (count, S): the verdicts remembered, oldest first; FALSE before anything was."""
    code = np.where(np.isnan(memory), 0, memory).astype(np.int64)
    rows = [code // 3**place % 3 for place in range(count - 1, -1, -1)]
    digits = np.stack(rows) if rows else np.zeros((0, len(memory)), np.int64)
    return np.where(digits == 1, TRUE, np.where(digits == 2, UNKNOWN, FALSE)).astype(np.int8)  # noqa: PLR2004 - a digit


def _number(truth: Truth) -> Values:
    """(count, S) → (S,): the inverse of `digits`; NaN where all are FALSE."""
    digits = np.where(truth == TRUE, 1, np.where(truth == UNKNOWN, 2, 0)).astype(np.float64)
    weights = 3.0 ** np.arange(len(truth) - 1, -1, -1)
    code = np.asarray((digits * weights[:, None]).sum(axis=0), np.float64)
    return np.where(code == 0, np.nan, code)
