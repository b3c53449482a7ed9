"""`within: 30d`: a date is that near, and not past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Verdicts
from monitor.model.metric import Unit
from monitor.model.quantity import span
from monitor.rules.conditions.condition import Build, Condition, Context, View, three_valued
from monitor.rules.shapes import SPAN, Shape, text


@dataclass(frozen=True, slots=True)
class Within(Condition):
    """True where the date is `seconds` at most after the end of the bar, and not before it.

    Every bar counts: time itself moves.
    """

    seconds: int
    dense: bool = True
    tells_end: bool = False

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        dates, ends = view.values, view.evaluation.bar.end(view.watch.bars[view.start :])
        known, left = ~np.isnan(dates), dates - ends[:, None]
        near = known & (left >= 0) & (left <= self.seconds)
        return Verdicts(three_valued(near, known & ~near), dates, np.full(dates.shape, np.nan), view.memory)


def build(key: str, body: object, context: Context) -> Condition:
    """From its key and span."""
    if context.unit is not Unit.DATE:
        raise context.fail((key,), f"goes with dates, got {context.unit}", "for example watch: retires_at")
    return Within(context.read((key,), body, span))


OPTIONS: tuple[str, ...] = ()
KEYS: Mapping[str, Build] = {"within": build}
SCHEMA: Mapping[str, Shape] = {"within": text(SPAN, "true while the date is that near and not past", "30d", "48h")}
