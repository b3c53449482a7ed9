"""`overrides`: the same condition with other amounts for some members; the first case that matches counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Flags, Frame, Verdicts
from monitor.rules.conditions.condition import Condition, View
from monitor.rules.expression.nodes import Expression, Matcher
from monitor.rules.wrappers.wrapper import Wrapper


@dataclass(frozen=True, slots=True)
class Case:
    """Members that all the matchers match, and the condition for them."""

    matchers: tuple[Matcher, ...]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Overridden(Wrapper):
    """`inner` for whom no case matches. All of them remember the same."""

    cases: tuple[Case, ...]

    @property
    def lags(self) -> tuple[int, ...]:
        """Of all of them."""
        return self.inner.lags + tuple(lag for case in self.cases for lag in case.condition.lags)

    @property
    def dense(self) -> bool:
        """If any is."""
        return self.inner.dense or any(case.condition.dense for case in self.cases)

    @property
    def clocked(self) -> bool:
        """If any is."""
        return self.inner.clocked or any(case.condition.clocked for case in self.cases)

    @property
    def operands(self) -> tuple[Expression, ...]:
        """Of all of them."""
        return self.inner.operands + tuple(operand for case in self.cases for operand in case.condition.operands)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`. Each judges all members, so that those that are compared with each other still are."""
        verdicts = self.inner.judge(view)
        taken = np.zeros(len(view.watch.members), np.bool_)
        for case in self.cases:
            meant = _matching(view.watch, case.matchers) & ~taken
            verdicts = verdicts.where(meant, case.condition.judge(view))
            taken |= meant
        return verdicts


def _matching(frame: Frame, matchers: tuple[Matcher, ...]) -> Flags:
    return np.array([all(each.matches(member.joined) for each in matchers) for member in frame.members], np.bool_)
