"""`overrides`: the same condition with other amounts for some members; the first case that matches counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.model.frame import Flags, Frame, Member, Verdicts
from monitor.model.matcher import Matcher
from monitor.rules.conditions.condition import Condition, View
from monitor.rules.expression.nodes import Expression
from monitor.rules.wrappers.wrapper import Wrapper


@dataclass(frozen=True, slots=True)
class Case:
    """Members that all the matchers match, and the condition for them."""

    matchers: tuple[Matcher, ...]
    condition: Condition

    def meant(self, member: Member) -> bool:
        """Whether it is for that member."""
        return all(each.matches(member.joined) for each in self.matchers)


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
        verdicts, deciding = self.inner.judge(view), self.deciding(view.watch)
        for number, case in enumerate(self.cases):
            verdicts = verdicts.where(deciding == number, case.condition.judge(view))
        return verdicts

    def deciding(self, frame: Frame) -> NDArray[np.intp]:
        """(S,): the place of the case that is for each member, -1 = none is."""
        meant: Flags = np.array([[case.meant(member) for member in frame.members] for case in self.cases], np.bool_)
        return np.where(meant.any(axis=0), meant.argmax(axis=0), -1)
