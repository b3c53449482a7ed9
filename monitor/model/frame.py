"""Frames: history as bars by series, and the three-valued verdicts over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Bar, Instants
from monitor.model.labels import Labels

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
Truth = NDArray[np.int8]
Levels = NDArray[np.int8]
"""(T, S) int8: TRUE, FALSE or UNKNOWN."""

TRUE, FALSE, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)


@dataclass(frozen=True, slots=True)
class Member:
    """One column of a frame.

    `labels`: the identity, all that is ever stored of it. `joined`: identity and catalogue labels, for matching,
    grouping and texts. `rest`: the row that sums whatever a cut-off list leaves out.
    """

    labels: Labels
    joined: Labels
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A stretch of history.

    `bar`, `bars`: (T,) int64 epoch seconds, the starts of the bars, ascending. A bar may be left out where nothing at
    all differs from the row before it (levels seldom change); look rows up with `rows_before`.
    `judged_at`: (T,) int64, when each bar was sealed. `members`: one for each of the S columns.
    `values`: (T, S) float64, NaN = not known as a number.
    `absent`: (T, S) bool: not shown by a source that otherwise answered well (NaN without it is unknown).
    `met`: (T, S) bool: shown in that bar or any before it; of what was never met nothing can be said yet.
    `upper`: (T, S) float64 or None: where finite, the true value lies between `values` (0 where that is NaN) and it:
    the bound that a cut-off list leaves for what it does not show.
    """

    bar: Bar
    bars: Instants
    judged_at: Instants
    members: tuple[Member, ...]
    values: Values
    absent: Flags
    met: Flags
    upper: Values | None = None

    def rows_before(self, lag: int) -> NDArray[np.intp]:
        """(T,): for each row the row that held `lag` seconds earlier; -1 where the frame does not reach back."""
        return np.searchsorted(self.bars, self.bars - lag, side="right") - 1

    def lagged(self, lag: int, values: Values) -> Values:
        """(T, S): what `values` were `lag` seconds earlier, NaN where unknown."""
        rows = self.rows_before(lag)
        shifted = values[np.maximum(rows, 0)]
        shifted[rows < 0] = np.nan
        return shifted

    def of_rows(self, rows: slice | NDArray[np.intp]) -> Frame:
        """These bars alone."""
        upper = None if self.upper is None else self.upper[rows]
        values, absent, met = self.values[rows], self.absent[rows], self.met[rows]
        bars, judged_at = self.bars[rows], self.judged_at[rows]
        return replace(self, bars=bars, judged_at=judged_at, values=values, absent=absent, met=met, upper=upper)

    def keep(self, columns: NDArray[np.bool_]) -> Frame:
        """Only the columns that the (S,) mask names."""
        return self if columns.all() else self.pick(np.flatnonzero(columns))

    def pick(self, columns: NDArray[np.intp]) -> Frame:
        """The columns at these places, in this order, some perhaps more than once."""
        members = tuple(self.members[column] for column in columns.tolist())
        upper = None if self.upper is None else self.upper[:, columns]
        values, absent, met = self.values[:, columns], self.absent[:, columns], self.met[:, columns]
        return replace(self, members=members, values=values, absent=absent, met=met, upper=upper)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What a condition says of each cell, with the numbers it compared (kept for the message).

    `truth`: (T, S) int8. `value`, `reference`: (T, S) float64. `memory`: (K, S) float64, what the condition remembers
    after the last row (NaN = nothing). `began`: (T, S) epoch seconds or None: the bar that an episode which begins
    here counts from, where that is not this one. `gap_from`: (T, S) epoch seconds or None: the last bar that was known
    before this one, where too much of unknown lies between (NaN = none does). `levels`: (T, S) or None: the number of
    the level that is reached, 0 = none, -1 = as before. `notes`: by (row, column), evidence in words.
    """

    truth: Truth
    value: Values
    reference: Values
    memory: Values
    began: Values | None = None
    gap_from: Values | None = None
    levels: Levels | None = None
    notes: Mapping[tuple[int, int], str] = field(default_factory=dict)

    def where(self, columns: Flags, other: Verdicts) -> Verdicts:
        """The other's where the (S,) mask says so."""
        return Verdicts(
            np.where(columns, other.truth, self.truth),
            np.where(columns, other.value, self.value),
            np.where(columns, other.reference, self.reference),
            np.where(columns, other.memory, self.memory),
            _either(columns, self.began, other.began),
            _either(columns, self.gap_from, other.gap_from),
        )


def moved(values: Values) -> Flags:
    """(T,) → (T,): where it is another number than the one before, or known no longer; the first always is."""
    unknown = np.isnan(values)
    found = np.ones(len(values), np.bool_)
    found[1:] = (values[1:] != values[:-1]) & ~(unknown[1:] & unknown[:-1])
    return found


def _either(columns: Flags, ours: Values | None, theirs: Values | None) -> Values | None:
    return None if ours is None or theirs is None else np.where(columns, theirs, ours)
