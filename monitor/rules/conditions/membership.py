"""`appears: true`, `disappears: 2 bars`: a member is new to a good snapshot; is gone from that many good ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.model.frame import Flags, Values, Verdicts
from monitor.model.quantity import hold
from monitor.rules.conditions.condition import (
    Build,
    Condition,
    Context,
    View,
    filled,
    first_absence,
    held,
    three_valued,
)
from monitor.rules.shapes import HOLD, Shape, either, text, yes


@dataclass(frozen=True, slots=True)
class Appears(Condition):
    """True in the first bar that ever lists a member, unless that is the first bar at all. Remembers having seen it."""

    remembers: tuple[str, ...] = ("seen before",)
    pulse: bool = True
    tells_end: bool = False

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
class Disappears(Condition):
    """True while a member that was listed is absent, from `wait` seconds after the first bar without it.

    Remembers (when it went missing, the last value it had).
    """

    wait: int
    remembers: tuple[str, ...] = ("missing since", "last value")
    tells_end: bool = False
    apart: bool = True

    @property
    def lags(self) -> tuple[int, ...]:
        """The wait after the first absence."""
        return (self.wait,)

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
        gone, last = first_absence(view.memory[0, missed], event), filled(view.memory[1, missed], values[:, missed])
        away[:, missed] = absent[:, missed] & ~np.isnan(last[1:]) & (gone >= 0) & (bars - gone >= self.wait)
        reference[:, missed] = last[1:]
        memory[:, missed] = np.stack([np.where(np.isnan(last[-1]), np.nan, gone[-1]), last[-1]])
        return Verdicts(three_valued(away, (present | absent) & ~away), values, reference, memory)


def _last(values: Values, present: Flags) -> Values:
    """(S,): the last value of each column."""
    rows = len(values) - 1 - present[::-1].argmax(axis=0)
    return np.asarray(values[rows, np.arange(values.shape[1])], np.float64)


def build(key: str, body: object, context: Context) -> Condition:
    """Membership from its key."""
    if body == "true":
        return Appears() if key == "appears" else Disappears(0)
    if key == "disappears":
        return Disappears(context.read((key,), body, lambda text: held(hold(text), context.bar)))
    raise context.fail((key,), f"got {body}, expected true", None)


OPTIONS: tuple[str, ...] = ()
KEYS: Mapping[str, Build] = {"appears": build, "disappears": build}
SCHEMA: Mapping[str, Shape] = {
    "appears": yes("listed for the first time, by a source that listed others before"),
    "disappears": either("listed before and missing since, for that long", text(HOLD, "", "2 bars", "3d"), yes("")),
}
