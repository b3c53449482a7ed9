"""The parts of a rule's condition with their own verdicts, numbers and memories, at its last bar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from monitor.explain.describe import described, matched
from monitor.model.frame import TRUE, UNKNOWN, Frame, Values, Verdicts
from monitor.model.labels import Labels
from monitor.model.transition import State
from monitor.rules.conditions.condition import Condition, View
from monitor.rules.conditions.joined import Joined
from monitor.rules.evaluate import recalled
from monitor.rules.expression.nodes import Evaluation
from monitor.rules.rule import Rule
from monitor.rules.wrappers.latched import Latched
from monitor.rules.wrappers.often import Often, digits
from monitor.rules.wrappers.overridden import Overridden
from monitor.rules.wrappers.wrapper import Wrapper


@dataclass(frozen=True, slots=True)
class Remembered:
    """One number that is remembered, before and after the bar; NaN = nothing."""

    name: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Part:
    """What one condition says of one instance.

    `role`: "condition", "clear", the level it is or whom it is for. `remembered`: beside what its parts remember.
    `notes`: what else decided, in words.
    """

    role: str
    condition: Condition
    words: str
    truth: int
    value: float
    reference: float
    remembered: tuple[Remembered, ...]
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """What one condition says of every instance at the last bar; see `Part`.

    `deciding`: (S,) which of `inner` is for each instance; None = all of them are.
    """

    role: str
    condition: Condition
    before: Values
    verdicts: Verdicts
    inner: tuple[Parts, ...]
    deciding: NDArray[np.intp] | None

    def of(self, column: int) -> Part:
        """For one instance."""
        inner = self.inner if self.deciding is None else (self.inner[self.deciding[column]],)
        theirs = sum(each.condition.slots for each in inner)
        remembered = [
            Remembered(name, float(self.before[slot, column]), float(self.verdicts.memory[slot, column]))
            for slot, name in enumerate(self.condition.remembers)
        ]
        truth = int(self.verdicts.truth[-1, column])
        counted = tallied(self.condition, truth, remembered[-1]) if isinstance(self.condition, Often) else ""
        return Part(
            self.role,
            self.condition,
            described(self.condition),
            truth,
            float(self.verdicts.value[-1, column]),
            float(self.verdicts.reference[-1, column]),
            () if counted else tuple(remembered[theirs:]),
            tuple(each.of(column) for each in inner),
            tuple(note for note in (counted, self._evidence(column)) if note),
        )

    def _evidence(self, column: int) -> str:
        """What speaks for it and against it, in words."""
        return self.verdicts.notes.get((len(self.verdicts.truth) - 1, column), "")


def tallied(condition: Often, truth: int, verdicts: Remembered) -> str:
    """How many of the last bars hold; `verdicts`: those before, up to the bar before and up to this one."""
    count = condition.bars - 1
    before, after = digits(np.array([verdicts.before, verdicts.after]), count).T.tolist()
    window = [*before, after[-1] if count else truth]
    hold, unknown = window.count(int(TRUE)), window.count(int(UNKNOWN))
    of = f"{hold} of the last {len(window)} bars {'holds' if hold == 1 else 'hold'}"
    open_ = f", {unknown} {'is' if unknown == 1 else 'are'} not known" if unknown else ""
    return f"{of}{open_}, {condition.wanted} wanted"


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
    inner = [_parts(of, each, view.part(first, each.slots)) for of, each, first in _inner(condition)]
    deciding = condition.deciding(view.watch) + 1 if isinstance(condition, Overridden) else None
    return Parts(role, condition, view.memory, condition.judge(view), tuple(inner), deciding)


def _inner(condition: Condition) -> Iterator[tuple[str, Condition, int]]:
    """What a condition is made of: its role, itself, and the place from which on it remembers."""
    if isinstance(condition, Joined):
        edges = accumulate((part.slots for part in condition.parts), initial=0)
        yield from (("part", part, first) for part, first in zip(condition.parts, edges, strict=False))
    elif isinstance(condition, Overridden):
        yield "no override", condition.inner, 0
        yield from ((f"override {matched(case.matchers)}", case.condition, 0) for case in condition.cases)
    elif isinstance(condition, Wrapper):
        yield "part", condition.inner, 0
        if isinstance(condition, Latched) and condition.clear is not None:
            yield "clear", condition.clear, condition.inner.slots
