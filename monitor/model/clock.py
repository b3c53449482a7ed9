"""The monitor's own clock: which bars are over although their source says nothing of them.

At every poll of any source, be it in vain, the monitor seals an hour of `source_up`. A bar is over by the clock when
that reaches a bar further (a day at most): so long a source may take to seal it itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from monitor.model.bar import DAY, Bar, Instants
from monitor.model.history import Columns

CLOCK = "source_up"
"""The metric whose seals are the clock."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What was sealed of the monitor itself, (K,) epoch seconds each: `through`, ascending, and when it first was."""

    through: Instants
    known_at: Instants

    @classmethod
    def of(cls, columns: Columns) -> Self:
        """From the seals of all sources; a clock that stands still if there are none."""
        logs = [*columns.seals.values()]
        through = np.concatenate([np.zeros(0, np.int64), *(log.through for log in logs)])
        known_at = np.concatenate([np.zeros(0, np.int64), *(log.known_at for log in logs)])
        order = np.argsort(through, kind="stable")
        earliest = np.minimum.accumulate(known_at[order][::-1])[::-1]
        return cls(through[order], earliest)

    def newest(self, at: Instants) -> Instants:
        """(N,): how far it had come at each instant; before all time if it had not begun."""
        order = np.argsort(self.known_at, kind="stable")
        reached = np.append(-(2**62), np.maximum.accumulate(self.through[order]))
        return reached[np.searchsorted(self.known_at[order], at, side="right")]

    def last_start(self, bar: Bar) -> int:
        """The start of the newest bar that is over; before the first if none is."""
        if not len(self.through):
            return -(2**62)
        newest = bar.floor(self.through[-1:] - patience(bar))
        return int(bar.shift(newest, -1)[0])

    def over_at(self, bar: Bar, ends: Instants) -> Instants:
        """(T,): when it was first known that bars with these ends were over; each of them must be."""
        return self.known_at[np.searchsorted(self.through, ends + patience(bar))] if len(ends) else ends


STOPPED = Clock(np.zeros(0, np.int64), np.zeros(0, np.int64))
"""By which nothing is ever over."""


def patience(bar: Bar) -> int:
    """Seconds that a source may take to seal a bar after its end."""
    return min(bar.width, DAY)
