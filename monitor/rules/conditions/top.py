"""`enters_top: 5`, `leaves_top: 5`: by rank within the set; a member that a good snapshot does not list is outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.alert import Compared
from monitor.model.frame import Flags, Verdicts
from monitor.rules.conditions.condition import Build, Condition, Context, View, filled, three_valued
from monitor.rules.expression.across import places
from monitor.rules.shapes import Shape, count


@dataclass(frozen=True, slots=True)
class Top(Condition):
    """In (or out of) the first `count` after having been on the other side; true as long as it stays.

    Remembers (the last side known: 1 inside, -1 outside; whether the other side was ever seen).
    """

    enters: bool
    count: int
    remembers: tuple[str, ...] = ("inside", "was on the other side")
    tells_end: bool = False
    compared: Compared = Compared.PLACE

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        best, worst = (place[view.start :] for place in places(view.watch))
        inside, below = worst <= self.count, best > self.count
        first, met = _first_sight(view, inside | below)
        outside = below | (view.watch.absent[view.start :] & met)
        side = np.where(inside, 1.0, np.where(outside, -1.0, np.nan))
        sides = filled(view.memory[0], side)
        wanted = 1.0 if self.enters else -1.0
        seen = filled(view.memory[1], np.where((sides[1:] == -wanted) | (first & self.enters), 1.0, np.nan))
        reached = (sides[1:] == wanted) & (seen[1:] == 1.0)
        known = ~np.isnan(side)
        truth = three_valued(known & reached, known & ~reached)
        reference = np.full(side.shape, float(self.count))
        return Verdicts(truth, view.values, reference, np.stack([sides[-1], seen[-1]]))


def _first_sight(view: View, placed: Flags) -> tuple[Flags, Flags]:
    """(T, S) twice: where a member is first placed though others were before (it came from outside); where it was met.

    `placed`: (T, S), where its place is known.
    """
    met = np.logical_or.accumulate(np.vstack([~np.isnan(view.memory[:1]), placed]), axis=0)
    armed = np.logical_or.accumulate(np.concatenate([[view.armed], placed.any(axis=1)]))[:-1]
    return placed & ~met[:-1] & armed[:, None], met[1:]


def build(key: str, body: object, context: Context) -> Condition:
    """A place in the ranking from its key and number."""
    if not (isinstance(body, str) and body.isdecimal() and int(body) > 0):
        raise context.fail((key,), f"got {body}, expected a whole number of 1 or more", None)
    return Top(key == "enters_top", int(body))


OPTIONS: tuple[str, ...] = ()
KEYS: Mapping[str, Build] = {"enters_top": build, "leaves_top": build}
SCHEMA: Mapping[str, Shape] = {
    "enters_top": count("came among the first so many of its source, and is there still", 5, 1),
    "leaves_top": count("fell out of the first so many of its source, and is not back", 5, 10),
}
