"""The parts of a rule's condition with their own verdicts, numbers and memories, at its last bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.explain.describe import described
from monitor.model.frame import Frame, Values, Verdicts
from monitor.model.labels import Labels
from monitor.model.transition import State
from monitor.rules.conditions.condition import Condition, View
from monitor.rules.conditions.joined import Joined
from monitor.rules.evaluate import recalled
from monitor.rules.expression.nodes import Evaluation
from monitor.rules.rule import Rule
from monitor.rules.wrappers.wrapper import Wrapper


@dataclass(frozen=True, slots=True)
class Remembered:
    """One number that is remembered, before and after the bar; NaN = nothing."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Part:
    """What one condition says of one instance. `role`: "condition", "clear" or the level it is."""

    role: str
    condition: Condition
    words: str
    truth: int
    value: float
    reference: float
    remembered: tuple[Remembered, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What one condition says of every instance at the last bar; see `Part`."""

    role: str
    condition: Condition
    before: Values
    verdicts: Verdicts
    inner: tuple[Parts, ...]

    def of(self, column: int) -> Part:
        """For one instance."""
        return Part(
            self.role,
            self.condition,
            described(self.condition),
            int(self.verdicts.truth[-1, column]),
            float(self.verdicts.value[-1, column]),
            float(self.verdicts.reference[-1, column]),
            tuple(
                Remembered(name, float(self.before[slot, column]), float(self.verdicts.memory[slot, column]))
                for slot, name in enumerate(self.condition.remembers)
            ),
            tuple(each.of(column) for each in self.inner),
        )


def parts(
    rule: Rule, evaluation: Evaluation, base: Frame, frame: Frame, states: Mapping[Labels, State]
) -> tuple[Parts, ...]:
    """Of each condition of a rule, over the last bar alone; `states`: as they were before it."""
    roles = ("condition", *(("clear",) if rule.clear else ()), *(level.name for level in rule.levels))
    memory = recalled(frame, states, sum(condition.slots for condition in rule.conditions))
    found, first = [], 0
    for role, condition in zip(roles, rule.conditions, strict=True):
        view = View(evaluation, base, frame, len(evaluation.bars) - 1, memory[first : first + condition.slots])
        found.append(_parts(role, condition, view))
        first += condition.slots
    return tuple(found)


def _parts(role: str, condition: Condition, view: View) -> Parts:
    inner, first = [], 0
    for each in _inner(condition):
        inner.append(_parts("part", each, view.part(first, each.slots)))
        first += each.slots
    return Parts(role, condition, view.memory, condition.judge(view), tuple(inner))


def _inner(condition: Condition) -> Iterator[Condition]:
    """What a condition is made of, in the order in which their memories stand."""
    if isinstance(condition, Joined):
        yield from condition.parts
    elif isinstance(condition, Wrapper):
        yield condition.inner
