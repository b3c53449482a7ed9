"""`+ - * /` between members: one series goes with every series of the other side, otherwise equal labels meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.model.frame import Frame, Member, Values
from monitor.model.labels import Labels
from monitor.model.metric import Unit
from monitor.rules.expression.nodes import Evaluation, Expression, Number, Select

Columns = NDArray[np.intp]

OPERATIONS: dict[str, Callable[[Values, Values], Values]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": lambda left, right: np.divide(left, right, out=np.full(np.shape(left), np.nan), where=right != 0),
}


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and a sign. Dividing by zero is unknown; what a cut-off list bounds is unknown too."""

    operation: str
    left: Expression
    right: Expression

    @property
    def unit(self) -> Unit:
        """The unit of the result; the parser refuses sums of unlike units."""
        left, right = self.left.unit, self.right.unit
        if self.operation in "+-":
            return left if not isinstance(self.left, Number) else right
        if isinstance(self.right, Number):
            return left
        if isinstance(self.left, Number) and self.operation == "*":
            return right
        return Unit.RATIO if self.operation == "/" and left is right else Unit.NUMBER

    @property
    def lags(self) -> tuple[int, ...]:
        """Both sides'."""
        return self.left.lags + self.right.lags

    @property
    def dense(self) -> bool:
        """If either side is."""
        return self.left.dense or self.right.dense

    @property
    def selects(self) -> tuple[Select, ...]:
        """Both sides'."""
        return self.left.selects + self.right.selects

    @property
    def pinned(self) -> frozenset[str]:
        """What both sides pin; where only one does, members keep what the other says."""
        return self.left.pinned & self.right.pinned

    def evaluate(self, evaluation: Evaluation) -> Frame:
        """(T, S) over the members that meet."""
        left, right = self.left.evaluate(evaluation), self.right.evaluate(evaluation)
        rows, columns, members = meet(left, right, self.left.pinned, self.right.pinned)
        first, second = left.values[:, rows], right.values[:, columns]
        values = OPERATIONS[self.operation](first, second)
        absent = (left.absent[:, rows] | right.absent[:, columns]) & np.isnan(values)
        met = left.met[:, rows] & right.met[:, columns]
        return replace(left, members=members, values=values, absent=absent, met=met, upper=None)


def meet(
    left: Frame, right: Frame, left_pinned: frozenset[str], right_pinned: frozenset[str]
) -> tuple[Columns, Columns, tuple[Member, ...]]:
    """Which columns of two frames belong together, and what each pair is called.

    A member meets the one on the other side that says the same with fewer labels or as many; labels that a selector
    pins to one value do not tell members apart. So a pair depends on its two members alone, never on how many others
    there are yet. A pair is called as the member with more labels, less what the two differ in.
    """
    ours = [member.labels.without(left_pinned) for member in left.members]
    theirs = [member.labels.without(right_pinned) for member in right.members]
    pairs = [
        (row, column, _called(left.members[row], right.members[column], left_pinned))
        for row, column in counterparts(ours, theirs)
    ]
    pairs += [
        (row, column, _called(right.members[column], left.members[row], right_pinned))
        for column, row in counterparts(theirs, ours)
        if len(ours[row].pairs) < len(theirs[column].pairs)
    ]
    rows, columns = [row for row, _, _ in pairs], [column for _, column, _ in pairs]
    return np.array(rows, np.intp), np.array(columns, np.intp), tuple(member for _, _, member in pairs)


def counterparts(many: Iterable[Labels], few: Iterable[Labels]) -> list[tuple[int, int]]:
    """For each of the first the place among the second of the one that says nothing else, of several the fullest."""
    kinds: dict[tuple[str, ...], dict[Labels, int]] = {}
    for place, labels in enumerate(few):
        kinds.setdefault(tuple(name for name, _ in labels), {})[labels] = place
    fullest = sorted(kinds.items(), key=lambda kind: -len(kind[0]))
    found = []
    for place, labels in enumerate(many):
        places = (known.get(labels.only(names)) for names, known in fullest)
        met = next((each for each in places if each is not None), None)
        found += [] if met is None else [(place, met)]
    return found


def _called(member: Member, other: Member, pinned: frozenset[str]) -> Member:
    """The member itself; where the two differ in a label it is pinned to, it is less than that."""
    differ = {name for name, value in member.labels if name in pinned and other.labels.get(name, value) != value}
    if not differ:
        return member
    unlike = {name for name, value in member.joined if other.joined.get(name, value) != value}
    kept = {name for name, _ in member.labels} - differ
    return Member(member.labels.only(kept), member.joined.without(unlike - kept))
