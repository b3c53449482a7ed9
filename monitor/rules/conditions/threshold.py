"""`above: X`, `below: X`: the value is beyond a limit. X is a number or an expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model.frame import Verdicts
from monitor.rules.conditions.condition import Build, Condition, Context, View, beyond, three_valued, within
from monitor.rules.expression.nodes import Expression
from monitor.rules.shapes import Shape, operand


@dataclass(frozen=True, slots=True)
class Threshold(Condition):
    """Value > limit (`above`) or value < limit; what a cut-off list bounds is decided by the bound where it can be."""

    above: bool
    limit: Expression
    apart: bool = True

    @property
    def operands(self) -> tuple[Expression, ...]:
        """The limit."""
        return (self.limit,)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        watched, limit = view.new(view.watched()), view.reference(self.limit)
        if self.above:
            truth = three_valued(beyond(watched.low, limit.high), within(watched.high, limit.low))
        else:
            truth = three_valued(beyond(limit.low, watched.high), within(limit.high, watched.low))
        return Verdicts(truth, watched.value, limit.value, view.memory)


def build(key: str, body: object, context: Context) -> Condition:
    """A threshold from its key and limit."""
    return Threshold(key == "above", context.operand((key,), body))


OPTIONS: tuple[str, ...] = ()
KEYS: Mapping[str, Build] = {"above": build, "below": build}
SCHEMA: Mapping[str, Shape] = {
    "above": operand("true while the value is greater than this number or expression", "2T", "5%", "$0.44"),
    "below": operand("true while the value is less than this number or expression", "1%", 1, "350B"),
}
