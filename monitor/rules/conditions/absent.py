"""`absent: 2d`: of a member that was there, nothing was learnt for that long.

Whether its source no longer shows it, has nothing of these bars, or was not believed any more (`stale_after`) makes no
difference: unlike every other condition this one is about what is not known. Where a source is down and seals nothing,
the monitor's own clock says which bars are over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Verdicts
from monitor.model.quantity import hold
from monitor.rules.conditions.condition import (
    Build,
    Condition,
    Context,
    View,
    filled,
    first_absence,
    held,
    three_valued,
)
from monitor.rules.shapes import HOLD, Shape, text


@dataclass(frozen=True, slots=True)
class Absent(Condition):
    """True from `wait` seconds after the first bar of which nothing is known, until something is known again."""

    wait: int
    remembers: tuple[str, ...] = ("unknown since", "last value")
    clocked: bool = True

    @property
    def lags(self) -> tuple[int, ...]:
        """The wait after the first bar."""
        return (self.wait,)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`. The reference is the last value known."""
        present, met = ~np.isnan(view.values), view.watch.met[view.start :]
        bars = view.watch.bars[view.start :, None].astype(np.float64)
        gone = first_absence(view.memory[0], np.where(present, -1.0, np.where(met, bars, np.nan)))
        last = filled(view.memory[1], view.values)
        seen = ~np.isnan(last[1:])
        away = seen & (gone >= 0) & (bars - gone >= self.wait)
        return Verdicts(three_valued(away, seen & ~away), view.values, last[1:], np.stack([gone[-1], last[-1]]))


def build(key: str, body: object, context: Context) -> Condition:
    """From "2d" or "3 bars"."""
    return Absent(context.read((key,), body, lambda written: held(hold(written), context.bar)))


OPTIONS: tuple[str, ...] = ()
KEYS: Mapping[str, Build] = {"absent": build}
SCHEMA: Mapping[str, Shape] = {"absent": text(HOLD, "nothing was learnt of a member for that long", "2d", "3 bars")}
