"""`changes: true`: the value differs from the last known one. Each change is an episode of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Verdicts
from monitor.model.metric import Unit
from monitor.rules.conditions.condition import TOLERANCE, Build, Condition, Context, View, filled, three_valued
from monitor.rules.shapes import Shape, yes


@dataclass(frozen=True, slots=True)
class Changes(Condition):
    """True in the bar that shows another value than the last known one, however long that is ago; the first arms.

    What a cut-off list only bounds is unknown. `bar`: seconds of one bar back, after which it is false again. `slack`:
    relative, what still counts as the same number; codes of texts have none.
    """

    bar: int
    slack: float
    remembers: tuple[str, ...] = ("last known value",)
    pulse: bool = True
    tells_end: bool = False

    @property
    def lags(self) -> tuple[int, ...]:
        """The bar after a change."""
        return (self.bar,)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        values = view.new(view.watched()).exact
        last, known = filled(view.memory[0], values), ~np.isnan(values)
        reference = last[:-1]
        with np.errstate(invalid="ignore"):
            moved = np.abs(values - reference)
            other = known & (moved > self.slack * np.maximum(np.abs(values), np.abs(reference)))
        return Verdicts(three_valued(other, known & ~other), values, reference, last[-1:])


def build(key: str, body: object, context: Context) -> Condition:
    """From its key."""
    if body != "true":
        raise context.fail((key,), f"got {str(body)[:60]}, expected true", None)
    return Changes(context.bar.back(1), 0.0 if context.unit is Unit.TEXT else TOLERANCE)


OPTIONS: tuple[str, ...] = ()
KEYS: Mapping[str, Build] = {"changes": build}
SCHEMA: Mapping[str, Shape] = {"changes": yes("differs from the last known value")}
