"""`inside: [a, b]`, `outside: [a, b]`: between two limits, both included, or not. Each is a number or an expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Verdicts
from monitor.rules.conditions.condition import Build, Condition, Context, View, beyond, three_valued, within
from monitor.rules.expression.nodes import Expression, Number
from monitor.rules.shapes import Shape, pair_of_limits


@dataclass(frozen=True, slots=True)
class Range(Condition):
    """a <= value <= b (`inside`) or not; what a cut-off list bounds is decided by the bounds where it can be.

    The reference is the limit that it is beyond, or else the nearer one.
    """

    inside: bool
    least: Expression
    most: Expression
    apart: bool = True

    @property
    def operands(self) -> tuple[Expression, ...]:
        """Both limits."""
        return (self.least, self.most)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        watched, least, most = view.new(view.watched()), view.reference(self.least), view.reference(self.most)
        within_both = within(least.high, watched.low) & within(watched.high, most.low)
        under, over = beyond(least.low, watched.high), beyond(watched.low, most.high)
        truth = three_valued(within_both, under | over) if self.inside else three_valued(under | over, within_both)
        with np.errstate(invalid="ignore"):
            nearer = np.abs(watched.value - least.value) <= np.abs(most.value - watched.value)
        reference = np.where(over | ~(under | nearer), most.value, least.value)
        return Verdicts(truth, watched.value, reference, view.memory)


def build(key: str, body: object, context: Context) -> Condition:
    """A range from its key and the list of its limits."""
    if not isinstance(body, list) or len(body) != 2:  # noqa: PLR2004 - the two limits
        hint = """for example [1%, 5%]; quotes around what has a comma: ['ago(x, "7d")', 5]"""
        raise context.fail((key,), f"got {str(body)[:60]}, expected two limits, least first", hint)
    least, most = (context.operand((key, place), limit) for place, limit in enumerate(body))
    if isinstance(least, Number) and isinstance(most, Number) and least.value > most.value:
        raise context.fail((key,), f"got [{body[0]}, {body[1]}], expected the least first", None)
    return Range(key == "inside", least, most)


OPTIONS: tuple[str, ...] = ()
KEYS: Mapping[str, Build] = {"inside": build, "outside": build}
SCHEMA: Mapping[str, Shape] = {
    "inside": pair_of_limits("true while the value is between these limits, both included", ["1%", "5%"]),
    "outside": pair_of_limits("true while the value is not between these limits", ["$0.10", "$2"]),
}
