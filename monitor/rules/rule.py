"""A rule, compiled: what is watched, its condition, how long, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model.alert import Alert
from monitor.model.bar import Bar
from monitor.rules.assemble import Need
from monitor.rules.conditions.condition import Condition
from monitor.rules.expression.nodes import Expression
from monitor.rules.lifecycle import Timing


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert. `path` and `line` say where it is written; `text` is its watch expression as written."""

    alert: Alert
    group: str
    bar: Bar
    text: str
    watch: Expression
    condition: Condition
    clear: Condition | None
    timing: Timing
    path: str
    line: int

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.alert.name

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What is judged: its condition and, if it has one, what clears it."""
        return (self.condition,) if self.clear is None else (self.condition, self.clear)

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Everything that is evaluated."""
        return (self.watch, *(operand for each in self.conditions for operand in each.operands))

    @property
    def metrics(self) -> frozenset[str]:
        """The metrics it reads."""
        return frozenset(select.metric for each in self.expressions for select in each.selects)

    @property
    def offsets(self) -> frozenset[int]:
        """Seconds after a change of a value at which the verdict or its consequence may change too."""
        seen = {0, *(lag for each in self.expressions for lag in each.lags)}
        lags = {lag + own for lag in seen for each in self.conditions for own in (0, *each.lags)}
        return frozenset(
            lag + held + keep for lag in lags for held in {0, self.timing.held} for keep in {0, self.timing.keep}
        )

    @property
    def lookback(self) -> int:
        """Seconds of history before a bar that its verdict can depend on, a bar to spare."""
        return max(self.offsets) + 2 * self.bar.width

    def need(self, judged: Mapping[str, int]) -> Need:
        """What it needs of history, given how far each partition was judged."""
        dense = any(each.dense for each in self.conditions) or any(each.dense for each in self.expressions)
        return Need(self.expressions, self.bar, None if dense else self.offsets, self.lookback, judged)
