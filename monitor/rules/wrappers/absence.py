"""`absent: ok` and `absent: fire`: how a member is judged that good snapshots no longer show."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from monitor.model.frame import FALSE, TRUE, UNKNOWN, Verdicts
from monitor.rules.conditions.condition import View, first_absence
from monitor.rules.wrappers.wrapper import Wrapper


@dataclass(frozen=True, slots=True)
class Absence(Wrapper):
    """False (or true, if it `fires`) where the condition can not say, from `wait` seconds after the first absence on.

    Remembers when the absence began (-1 = it is there).
    """

    fires: bool
    wait: int

    @property
    def remembers(self) -> tuple[str, ...]:
        """The inner one's, and since when it is missing."""
        return (*self.inner.remembers, "missing since")

    @property
    def lags(self) -> tuple[int, ...]:
        """The inner one's and the wait."""
        return (*self.inner.lags, self.wait)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        inner = self.inner.judge(view.part(0, self.inner.slots))
        absent = (view.watch.absent & view.watch.met)[view.start :]
        bars = view.watch.bars[view.start :, None].astype(np.float64)
        event = np.where(~np.isnan(view.values), -1.0, np.where(absent, bars, np.nan))
        gone = first_absence(view.memory[-1], event)
        away = absent & (gone >= 0) & (bars - gone >= self.wait)
        truth = np.where(away & (inner.truth == UNKNOWN), TRUE if self.fires else FALSE, inner.truth).astype(np.int8)
        last = gone[-1] if len(gone) else view.memory[-1]
        return replace(inner, truth=truth, memory=np.vstack([inner.memory, last[None, :]]))
