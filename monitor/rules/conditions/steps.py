"""`steps: 10%`: each further 10 %, up or down, since the last notice; small moves add up. Each is its own episode.

`rises: 20%` and its like `against: last notice` are steps in one direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Flags, Values, Verdicts
from monitor.rules.conditions.condition import Build, Condition, Context, View, carried, three_valued
from monitor.rules.conditions.moving import EITHER, Move, move
from monitor.rules.shapes import PART, Shape, text


@dataclass(frozen=True, slots=True)
class Steps(Condition):
    """A move against the value that was told last; the first known value, before anything was told. Remembers that.

    A value below the `floor` that was told last gives way to the next one that is not, for it would never move again.
    What a cut-off list only bounds is unknown: it can not be the next reference.
    """

    move: Move
    remembers: tuple[str, ...] = ("value of the last notice",)
    pulse: bool = True
    tells_end: bool = False

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        exact = view.new(view.watched()).exact
        values = np.where(exact >= 0, exact, np.nan)
        told, last = self._told(values, view.memory[0])
        reference = carried(np.vstack([view.memory, told]))[1:]
        stepped, known = self._moved(values, reference), ~np.isnan(values)
        return Verdicts(three_valued(stepped, known & ~stepped), view.values, reference, last[None, :])

    def _told(self, values: Values, memory: Values) -> tuple[Values, Values]:
        """(T, S), (S,) → (T, S): each new reference in the first row that is compared with it; (S,): the last ones.

        All columns go on to their next step at once, looking a few rows ahead, or ever more where there is none: the
        work is one turn for each step of the column that has most of them.
        """
        told, last = np.full(values.shape, np.nan), memory.copy()
        rows, columns, ahead = np.zeros(values.shape[1], np.intp), np.arange(values.shape[1]), _FEW
        while len(columns) and len(values):
            at = rows[columns] + np.arange(ahead)[:, None]
            cells = np.where(at < len(values), values[np.minimum(at, len(values) - 1), columns], np.nan)
            found = self._next(cells, last[columns])
            hit, step = found.any(axis=0), found.argmax(axis=0)
            rows[columns] += np.where(hit, step, ahead - 1) + 1
            moved = columns[hit]
            last[moved] = cells[step[hit], np.flatnonzero(hit)]
            inside = moved[rows[moved] < len(values)]
            told[rows[inside], inside] = last[inside]
            columns = columns[rows[columns] < len(values)]
            ahead = _FEW if len(moved) else min(2 * ahead, _MANY)
        return told, last

    def _next(self, cells: Values, last: Values) -> Flags:
        """(A, C), (C,) → (A, C): where a value becomes the reference."""
        with np.errstate(invalid="ignore"):
            counts = last >= self.move.floor
            return np.where(counts, self._moved(cells, np.broadcast_to(last, cells.shape)), cells >= self.move.floor)

    def _moved(self, values: Values, last: Values) -> Flags:
        """Where a value is a step away from what was told last; not where either is unknown."""
        directions = (self.move.direction,) if self.move.direction != EITHER else (1, -1)
        moved = np.logical_or.reduce([self.move.reached(values, last, direction) for direction in directions])
        with np.errstate(invalid="ignore"):
            return np.asarray(moved & (last >= self.move.floor), np.bool_)


def build(key: str, body: object, context: Context) -> Condition:
    """Steps from their amount and the rule's `floor` and `min_change`."""
    return Steps(move(key, body, EITHER, context))


_FEW, _MANY = 16, 4096
OPTIONS: tuple[str, ...] = ("floor", "min_change")
KEYS: Mapping[str, Build] = {"steps": build}
SCHEMA: Mapping[str, Shape] = {
    "steps": text(PART, "each further move of that much since the last notice, up or down", "10%", "1 point")
}
