"""`all_of`, `any_of`, `none_of`: conditions joined. Unknown stays unknown where the others do not decide (Kleene)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np

from monitor.model.alert import Compared
from monitor.model.frame import FALSE, TRUE, Flags, Truth, Verdicts
from monitor.rules.conditions.condition import Build, Condition, Context, View, three_valued
from monitor.rules.expression.nodes import Expression
from monitor.rules.shapes import Shape, listed_conditions


@dataclass(frozen=True, slots=True)
class Joined(Condition):
    """`all_of`: true where all are. `any_of`: where one is. `none_of`: where none is.

    The numbers of a message are those of the first part that is true (of the first part, where none is).
    """

    how: str
    parts: tuple[Condition, ...]

    @property
    def remembers(self) -> tuple[str, ...]:
        """Theirs, one after the other."""
        return tuple(name for part in self.parts for name in part.remembers)

    @property
    def lags(self) -> tuple[int, ...]:
        """Theirs."""
        return tuple(lag for part in self.parts for lag in part.lags)

    @property
    def dense(self) -> bool:
        """If any is; and where what lasts for one bar alone is joined to something that has a length."""
        return any(part.dense or (part.pulse and not self.pulse) for part in self.parts)

    @property
    def clocked(self) -> bool:
        """If any is."""
        return any(part.clocked for part in self.parts)

    @property
    def pulse(self) -> bool:
        """What has no length gives none to all of them; one of several has none if all have none."""
        if self.how == "none_of":
            return False
        return (any if self.how == "all_of" else all)(part.pulse for part in self.parts)

    @property
    def lasts(self) -> bool:
        """If all do that would have no length."""
        return all(part.lasts for part in self.parts if part.pulse)

    @property
    def tells_end(self) -> bool:
        """If any does."""
        return any(part.tells_end for part in self.parts)

    @property
    def compared(self) -> Compared:
        """As the first."""
        return self.parts[0].compared

    @property
    def operands(self) -> tuple[Expression, ...]:
        """Theirs."""
        return tuple(operand for part in self.parts for operand in part.operands)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        edges = accumulate((part.slots for part in self.parts), initial=0)
        verdicts = [
            part.judge(view.part(first, last - first))
            for part, (first, last) in zip(self.parts, pairwise(edges), strict=True)
        ]
        memory = np.vstack([each.memory for each in verdicts])
        shown = verdicts[0] if self.how != "any_of" else _first_true(verdicts)
        return replace(shown, truth=self._truth(verdicts), memory=memory)

    def _truth(self, verdicts: Sequence[Verdicts]) -> Truth:
        every = np.stack([each.truth for each in verdicts])
        if self.how == "all_of":
            return three_valued(_all(every == TRUE), (every == FALSE).any(axis=0))
        some, none = (every == TRUE).any(axis=0), _all(every == FALSE)
        return three_valued(some, none) if self.how == "any_of" else three_valued(none, some)


def _all(flags: Flags) -> Flags:
    return np.asarray(flags.all(axis=0), np.bool_)


def _first_true(verdicts: Sequence[Verdicts]) -> Verdicts:
    """With the numbers of the first that is true at each cell."""
    shown = verdicts[0]
    taken = shown.truth == TRUE
    value, reference = shown.value, shown.reference
    for each in verdicts[1:]:
        wanted = (each.truth == TRUE) & ~taken
        value, reference = np.where(wanted, each.value, value), np.where(wanted, each.reference, reference)
        taken |= wanted
    return replace(shown, value=value, reference=reference)


def build(key: str, body: object, context: Context) -> Condition:
    """From a list of conditions, each with its options beside it."""
    if not isinstance(body, list) or not body:
        raise context.fail((key,), f"got {str(body)[:60]}, expected a list of conditions", f"{key}: [{{above: 1%}}, …]")
    parts = tuple(context.nested((key, number), part) for number, part in enumerate(body))
    pair = next((part for part in parts if type(part).instances is not Condition.instances), None)
    if pair is not None:
        raise context.fail((key,), "a condition over pairs can not be joined with others", None)
    return Joined(key, parts)


OPTIONS: tuple[str, ...] = ()
KEYS: Mapping[str, Build] = dict.fromkeys(("all_of", "any_of", "none_of"), build)
SCHEMA: Mapping[str, Shape] = {
    "all_of": listed_conditions("true while all of these conditions are", [{"above": "1%"}, {"rises": "20%"}]),
    "any_of": listed_conditions("true while at least one of these conditions is", [{"above": "8%"}, {"falls": "50%"}]),
    "none_of": listed_conditions("true while none of these conditions is", [{"above": "5%"}, {"below": "2%"}]),
}
