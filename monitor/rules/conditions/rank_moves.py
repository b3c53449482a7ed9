"""`rank_moves: 3`: a member's place within the set is that many places away from where it was, up or down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Verdicts
from monitor.model.metric import Unit
from monitor.rules.conditions.condition import Build, Condition, Context, View, three_valued
from monitor.rules.conditions.reference import Ago, LastKnown, against, is_previous
from monitor.rules.expression.across import places
from monitor.rules.shapes import Shape, count


@dataclass(frozen=True, slots=True)
class RankMoves(Condition):
    """At least `count` places away from the place `lag` seconds earlier; unknown where either place is."""

    count: int
    lag: int
    pulse: bool = False
    lasts: bool = True
    tells_end: bool = False

    @property
    def lags(self) -> tuple[int, ...]:
        """The lag."""
        return (self.lag,)

    def unit(self, watched: Unit) -> Unit:  # noqa: ARG002 - places, whatever is ranked
        """A plain number."""
        return Unit.NUMBER

    def judge(self, view: View) -> Verdicts:
        """See `Condition`. A place that depends on somebody unknown is unknown."""
        best, worst = places(view.watch)
        place = np.where(best == worst, best, np.nan)
        before = view.watch.lagged(self.lag, place)[view.start :]
        now = place[view.start :]
        with np.errstate(invalid="ignore"):
            far = np.abs(now - before) >= self.count
        known = ~(np.isnan(now) | np.isnan(before))
        return Verdicts(three_valued(known & far, known & ~far), now, before, view.memory)


def build(key: str, body: object, context: Context) -> Condition:
    """From the number of places and the rule's `against`: `previous` or `7d ago`."""
    if not (isinstance(body, str) and body.isdecimal() and int(body) > 0):
        raise context.fail((key,), f"got {body}, expected a whole number of 1 or more", None)
    reference = against(context)
    if not isinstance(reference, Ago | LastKnown):
        written = context.options.get("against")
        raise context.fail(("against",), f"got '{written}'", 'places are compared with "previous" or "7d ago"')
    return RankMoves(int(body), reference.lag, is_previous(reference, context.bar))


OPTIONS: tuple[str, ...] = ("against",)
KEYS: Mapping[str, Build] = {"rank_moves": build}
SCHEMA: Mapping[str, Shape] = {
    "rank_moves": count("the place is that many away from where it was at `against`, up or down", 3)
}
