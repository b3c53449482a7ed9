"""The monitor's own clock: which bars are over although their source says nothing of them.

At every poll of any source, be it in vain, the monitor seals an hour of `source_up`. A bar is over by the clock when
that reaches a bar further (a day at most): so long a source may take to seal it itself. Where the monitor stood still
for longer than that, its sources have until the poll after its first one to bring what it missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from monitor.model.bar import DAY, Bar, Instants
from monitor.model.history import Columns

NEVER = int(np.iinfo(np.int64).max)
CLOCK = "source_up"
"""The metric whose seals are the clock."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What was sealed of the monitor itself, (K,) epoch seconds: `through`, ascending, each once; when it first was."""

    through: Instants
    known_at: Instants

    @classmethod
    def of(cls, columns: Columns) -> Self:
        """From the seals of all sources; a clock that stands still if there are none."""
        logs = [*columns.seals.values()]
        through = np.concatenate([np.zeros(0, np.int64), *(log.through for log in logs)])
        known_at = np.concatenate([np.zeros(0, np.int64), *(log.known_at for log in logs)])
        order = np.lexsort((known_at, through))
        hours, first = np.unique(through[order], return_index=True)
        return cls(hours, np.minimum.accumulate(known_at[order][first][::-1])[::-1])

    def last_start(self, bar: Bar) -> int:
        """The start of the newest bar that is over; before the first if none is."""
        known = self._over(bar) < NEVER
        if not known.any():
            return -(2**62)
        newest = bar.floor(self.through[known][-1:] - patience(bar))
        return int(bar.shift(newest, -1)[0])

    def over_at(self, bar: Bar, ends: Instants) -> Instants:
        """(T,): when it was first known that bars with these ends were over; never, where they are not."""
        return np.append(self._over(bar), NEVER)[np.searchsorted(self.through, ends + patience(bar))]

    def _over(self, bar: Bar) -> Instants:
        """(K,): when bars that end `patience` before an hour count as over; after a stop, a poll later."""
        stopped = np.diff(self.through, prepend=-(2**62)) > patience(bar)
        return np.where(stopped, np.append(self.known_at[1:], NEVER)[: len(self.through)], self.known_at)


STOPPED = Clock(np.zeros(0, np.int64), np.zeros(0, np.int64))
"""By which nothing is ever over."""


def patience(bar: Bar) -> int:
    """Seconds that a source may take to seal a bar after its end."""
    return min(bar.width, DAY)
