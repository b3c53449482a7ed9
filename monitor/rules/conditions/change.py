"""`rises: 20%`, `falls: 20%`, `moves: 20%`: the change against a reference reaches the amount (reaching it counts)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model.frame import Verdicts
from monitor.rules.conditions.condition import Build, Condition, Context, View, three_valued
from monitor.rules.conditions.moving import EITHER, Move, move
from monitor.rules.conditions.reference import LAST_NOTICE, Reference, against, is_previous
from monitor.rules.conditions.steps import Steps
from monitor.rules.shapes import PART, Shape, text


@dataclass(frozen=True, slots=True)
class Change(Condition):
    """A move from the reference to the value. From bar to bar, each move is an event: two cuts running are two."""

    move: Move
    against: Reference
    pulse: bool = False
    lasts: bool = True
    tells_end: bool = False
    apart: bool = True

    @property
    def remembers(self) -> tuple[str, ...]:
        """What the reference does."""
        return self.against.remembers

    @property
    def lags(self) -> tuple[int, ...]:
        """How far back the reference is."""
        return self.against.lags

    @property
    def dense(self) -> bool:
        """If the reference needs every bar."""
        return self.against.dense

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        watched, (reference, memory) = view.new(view.watched()), self.against.bounds(view)
        return Verdicts(three_valued(*self.move.verdict(watched, reference)), watched.value, reference.value, memory)


def build(key: str, body: object, context: Context) -> Condition:
    """A change from its key, amount and the rule's `against`, `floor` and `min_change`."""
    wanted = move(key, body, {"rises": 1, "falls": -1, "moves": EITHER}[key], context)
    if context.options.get("against") == LAST_NOTICE:
        return Steps(wanted)
    reference = against(context)
    return Change(wanted, reference, is_previous(reference, context.bar))


OPTIONS: tuple[str, ...] = ("against", "floor", "min_change")
KEYS: Mapping[str, Build] = {"rises": build, "falls": build, "moves": build}
SCHEMA: Mapping[str, Shape] = {
    "rises": text(PART, "rose by that much against the reference of `against`", "20%", "2 points"),
    "falls": text(PART, "fell by that much against the reference of `against`", "20%", "2 points"),
    "moves": text(PART, "rose or fell by that much against the reference of `against`", "20%", "2 points"),
}
