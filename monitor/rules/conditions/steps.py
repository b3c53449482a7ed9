"""`steps: 10%`: each further 10 %, up or down, since the last notice; small moves add up. Each is its own episode.

`rises: 20%` and its like `against: last notice` are steps in one direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Flags, Values, Verdicts
from monitor.rules.conditions.condition import Build, Condition, Context, View, three_valued
from monitor.rules.conditions.moving import EITHER, Move, move
from monitor.rules.shapes import PART, Shape, text


@dataclass(frozen=True, slots=True)
class Steps(Condition):
    """A move against the value that was told last; the first known value, before anything was told. Remembers that."""

    move: Move
    remembers: tuple[str, ...] = ("value of the last notice",)
    pulse: bool = True
    tells_end: bool = False

    def judge(self, view: View) -> Verdicts:
        """See `Condition`. Works step by step, over all members at once."""
        values = np.where(view.values >= 0, view.values, np.nan)
        known = ~np.isnan(values)
        last = _first_known(view.memory[0], values, known)
        reference = np.broadcast_to(last, values.shape).copy()
        stepped = np.zeros(values.shape, np.bool_)
        rows, columns = np.arange(len(values))[:, None], np.arange(values.shape[1])
        after = np.full(values.shape[1], -1)
        while len(columns):
            moved = self._moved(values[:, columns], last[columns]) & (rows > after[columns])
            columns, at = columns[moved.any(axis=0)], moved.argmax(axis=0)[moved.any(axis=0)]
            stepped[at, columns] = True
            last[columns], after[columns] = values[at, columns], at
            reference[:, columns] = np.where(rows > at, last[columns], reference[:, columns])
        return Verdicts(three_valued(stepped, known & ~stepped), view.values, reference, last[None, :])

    def _moved(self, values: Values, last: Values) -> Flags:
        """(T, C): where a value is a step away from what was told last."""
        told = np.broadcast_to(last, values.shape)
        directions = (self.move.direction,) if self.move.direction != EITHER else (1, -1)
        moved = np.logical_or.reduce([self.move.reached(values, told, direction) for direction in directions])
        return np.asarray(moved & (told >= self.move.floor), np.bool_)


def _first_known(memory: Values, values: Values, known: Flags) -> Values:
    """(S,): what was told last; of whom nothing was ever told or seen, the first value there is."""
    if not len(values):
        return memory.copy()
    first = values[known.argmax(axis=0), np.arange(values.shape[1])]
    return np.where(np.isnan(memory), first, memory)


def build(key: str, body: object, context: Context) -> Condition:
    """Steps from their amount and the rule's `floor` and `min_change`."""
    return Steps(move(key, body, EITHER, context))


OPTIONS: tuple[str, ...] = ("floor", "min_change")
KEYS: Mapping[str, Build] = {"steps": build}
SCHEMA: Mapping[str, Shape] = {
    "steps": text(PART, "each further move of that much since the last notice, up or down", "10%", "1 point")
}
