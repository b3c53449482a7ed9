"""A rule, compiled: what is watched, its condition, how long, and how it is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.model.alert import Alert
from monitor.model.bar import Bar
from monitor.model.metric import OF_BARS, Kind
from monitor.rules.assemble import Need
from monitor.rules.conditions.condition import Condition
from monitor.rules.expression.nodes import Expression
from monitor.rules.lifecycle import Timing
from monitor.truth.looks import READ


@dataclass(frozen=True, slots=True)
class Level:
    """One of several amounts of an alert, by severity."""

    name: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class After:
    """Only true within so many seconds after another alert fired, for a member that agrees with it in `same`."""

    alert: str
    within: int
    same: tuple[str, ...] = ()


@dataclass(slots=True)
class Found:
    """What is found out of a rule when it is first asked for; it never changes. Empty: not asked for yet."""

    need: tuple[Need, ...] = ()
    metrics: tuple[frozenset[str], ...] = ()
    likeness: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert. `path` and `line` say where it is written; `text` is its watch expression as written.

    `levels`: mildest first. `until`: epoch seconds; bars that start then or later are no longer judged.
    """

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
    levels: tuple[Level, ...] = ()
    until: int | None = None
    after: After | None = None
    found: Found = field(default_factory=Found, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.alert.name

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What is judged: its condition, what clears it if anything does, and its levels."""
        clear = () if self.clear is None else (self.clear,)
        return (self.condition, *clear, *(level.condition for level in self.levels))

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Everything that is evaluated."""
        return (self.watch, *(operand for each in self.conditions for operand in each.operands))

    @property
    def metrics(self) -> frozenset[str]:
        """The metrics that it judges."""
        if not self.found.metrics:
            self.found.metrics = (frozenset(select.metric for each in self.expressions for select in each.selects),)
        return self.found.metrics[0]

    @property
    def reads(self) -> frozenset[str]:
        """The metrics that it judges and those that it is judged by: whether a price changed depends on all prices."""
        return self.metrics.union(READ) if self.condition.confirms else self.metrics

    @property
    def level_names(self) -> tuple[str, ...]:
        """What its levels are called, mildest first."""
        return self.condition.level_names or tuple(level.name for level in self.levels)

    @property
    def restatable(self) -> bool:
        """Whether bars that it was judged on can be judged anew: figures are restated."""
        return any(
            select.kind is Kind.FLOW or select.metric in OF_BARS for each in self.expressions for select in each.selects
        )

    @property
    def holds(self) -> bool:
        """Whether its numbers stay until the next look (levels), rather than being those of their bar alone (flows)."""
        return all(select.kind is not Kind.FLOW for each in self.expressions for select in each.selects)

    @property
    def clocked(self) -> bool:
        """Whether it is judged by the monitor's own clock where its sources seal nothing."""
        return any(each.clocked for each in self.conditions)

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
        return self._unjudged.lookback

    def need(self, judged: Mapping[str, int]) -> Need:
        """What it needs of history, given how far each partition was judged."""
        return replace(self._unjudged, judged=judged) if judged else self._unjudged

    @property
    def _unjudged(self) -> Need:
        if not self.found.need:
            self.found.need = (self._need(),)
        return self.found.need[0]

    def _need(self) -> Need:
        dense = any(each.dense for each in self.conditions) or any(each.dense for each in self.expressions)
        dense = dense or self.after is not None or self.until is not None  # these change at bars where nothing moves
        offsets = self.offsets
        lookback = max(offsets) + 2 * self.bar.width
        offered = None if dense else offsets
        confirms, lapses = self.condition.confirms, self.condition.lapses
        need = Need(self.expressions, self.bar, offered, lookback, {}, self.clocked)
        return replace(need, confirms=confirms, lapses=lapses)


def with_earlier(rules: Sequence[Rule], wanted: Collection[str]) -> list[Rule]:
    """The rules wanted and all that they come after, in the order given, which has each behind the other."""
    names = set(wanted)
    for rule in reversed(rules):
        if rule.name in names and rule.after is not None:
            names.add(rule.after.alert)
    return [rule for rule in rules if rule.name in names]
