"""`appears: true`, `disappears: 2 bars`: a member is new to a good snapshot; is gone from that many good ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Flags, Values, Verdicts
from monitor.rules.conditions.condition import Build, Condition, Context, View, filled, held, three_valued
from monitor.rules.expression.nodes import Expression


@dataclass(frozen=True, slots=True)
class Appears:
    """True in the first bar that ever lists a member, unless that is the first bar at all. Remembers having seen it."""

    slots: int = 1
    lags: tuple[int, ...] = ()
    dense: bool = False
    pulse: bool = True
    tells_end: bool = False

    @property
    def operands(self) -> tuple[Expression, ...]:
        """None."""
        return ()

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        present = ~np.isnan(view.values)
        seen = filled(view.memory[0], np.where(present, 1.0, np.nan))
        anything = np.concatenate([[view.armed], present.any(axis=1)])
        armed = np.logical_or.accumulate(anything)[:-1]
        new = present & np.isnan(seen[:-1]) & armed[:, None]
        reference = np.full(present.shape, np.nan)
        return Verdicts(three_valued(new, ~new), view.values, reference, seen[-1:])


@dataclass(frozen=True, slots=True)
class Disappears:
    """True while a member that was listed is absent, from `wait` seconds after the first bar without it.

    Remembers (when it went missing, the last value it had).
    """

    wait: int
    slots: int = 2
    dense: bool = False
    pulse: bool = False
    tells_end: bool = False

    @property
    def lags(self) -> tuple[int, ...]:
        """The wait after the first absence."""
        return (self.wait,)

    @property
    def operands(self) -> tuple[Expression, ...]:
        """None."""
        return ()

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        values, absent = view.values, (view.watch.absent & view.watch.met)[view.start :]
        present = ~np.isnan(values)
        memory = np.where(
            present.any(axis=0), np.stack([np.full(values.shape[1], -1.0), _last(values, present)]), view.memory
        )
        away, reference = np.zeros(values.shape, np.bool_), values.copy()
        missed = np.flatnonzero(absent.any(axis=0) | (view.memory[0] >= 0))  # of the others nobody was ever missing
        bars = view.watch.bars[view.start :, None].astype(np.float64)
        event = np.where(present[:, missed], -1.0, np.where(absent[:, missed], bars, np.nan))
        gone, last = _first_absence(view.memory[0, missed], event), filled(view.memory[1, missed], values[:, missed])
        away[:, missed] = absent[:, missed] & ~np.isnan(last[1:]) & (gone >= 0) & (bars - gone >= self.wait)
        reference[:, missed] = last[1:]
        memory[:, missed] = np.stack([np.where(np.isnan(last[-1]), np.nan, gone[-1]), last[-1]])
        return Verdicts(three_valued(away, (present | absent) & ~away), values, reference, memory)


def _last(values: Values, present: Flags) -> Values:
    """(S,): the last value of each column."""
    rows = len(values) - 1 - present[::-1].argmax(axis=0)
    return np.asarray(values[rows, np.arange(values.shape[1])], np.float64)


def _first_absence(memory: Values, event: Values) -> Values:
    """(T, S): the bar at which the present absence began, -1 while present, NaN before anything is known."""
    before = filled(memory, event)[:-1]
    begins = (event >= 0) & ~(before >= 0)
    marks = np.where(begins | (event < 0), event, np.nan)
    return filled(memory, marks)[1:]


def build(key: str, body: object, context: Context) -> Condition:
    """Membership from its key."""
    if body == "true":
        return Appears() if key == "appears" else Disappears(0)
    if key == "disappears":
        try:
            return Disappears(held(body, context.bar))
        except ValueError as error:
            raise context.fail(key, str(error), None) from None
    raise context.fail(key, f"got {body}, expected true", None)


OPTIONS: tuple[str, ...] = ()
KEYS: Mapping[str, Build] = {"appears": build, "disappears": build}
