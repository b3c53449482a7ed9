"""`crosses_above: X`, `crosses_below: X`, `crosses: X`: the side changed.

d = value - reference, m = margin; side = +1 if d > m, -1 if d < -m, else 0. The last side that was not 0 is remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model.frame import Verdicts
from monitor.rules.conditions.condition import Build, Condition, Context, View
from monitor.rules.conditions.turning import OPTIONS_OF_TURNING, Margin, Turning, margin, turning
from monitor.rules.expression.nodes import Expression
from monitor.rules.shapes import Shape, operand


@dataclass(frozen=True, slots=True)
class Crossing(Condition):
    """Crossing `limit`; see `Turning`."""

    limit: Expression
    margin: Margin
    turning: Turning
    apart: bool = True

    @property
    def remembers(self) -> tuple[str, ...]:
        """The side."""
        return self.turning.remembers

    @property
    def pulse(self) -> bool:
        """Crossing either way has no state to stay in."""
        return self.turning.direction == 0

    @property
    def operands(self) -> tuple[Expression, ...]:
        """The limit."""
        return (self.limit,)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        watched, reference = view.new(view.watched()), view.reference(self.limit)
        side = self.margin.sides(watched, reference)
        return self.turning.verdicts(view, side, watched.value, reference.value)


def build(key: str, body: object, context: Context) -> Condition:
    """A crossing from its key, limit and the rule's `margin`, `max_gap` and `gap`."""
    direction = {"crosses_above": 1, "crosses_below": -1, "crosses": 0}[key]
    return Crossing(context.operand((key,), body), margin(context), turning(direction, context))


OPTIONS: tuple[str, ...] = OPTIONS_OF_TURNING
KEYS: Mapping[str, Build] = {"crosses_above": build, "crosses_below": build, "crosses": build}
SCHEMA: Mapping[str, Shape] = {
    "crosses_above": operand(
        "true from the bar that comes from below, by more than the margin, until it is back",
        12,
        'sum(tokens, origin="US")',
    ),
    "crosses_below": operand(
        "true from the bar that comes from above, by more than the margin, until it is back", "1%"
    ),
    "crosses": operand("true at each bar that changes the side, either way", 12, 'sum(tokens, vendor="openai")'),
}
