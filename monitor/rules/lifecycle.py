"""Verdicts → transitions: pending, firing, recovering, resolved. Works through runs of bars, never cell by cell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise, repeat

import numpy as np

from monitor.model.bar import Instants
from monitor.model.frame import FALSE, TRUE, Flags, Truth, Values
from monitor.model.transition import Change, Phase, State

END = 2**62


@dataclass(frozen=True, slots=True)
class Timing:
    """How long is long enough, in seconds.

    `held`: from the first true bar to the one that may fire (`for`). `keep`: stays firing that long after the bar that
    cleared. `pulse`: each true bar is an episode of its own.
    """

    held: int = 0
    keep: int = 0
    pulse: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one column: its row, kind and episode, and the level it then has."""

    row: int
    kind: Change
    episode: int
    level: str = ""


@dataclass(frozen=True, slots=True)
class Runs:
    """Rows at which something holds: from each of `starts` to before the stop at the same place, in order."""

    starts: list[int]
    stops: list[int]

    def next(self, row: int) -> int:
        """The first of them at or after `row`."""
        at = bisect_right(self.stops, row)
        return max(self.starts[at], row) if at < len(self.stops) else END

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(map(range, self.starts, self.stops))


@dataclass(frozen=True, slots=True)
class Column:
    """The rows of one instance at which its condition is true, is false, and at which it may clear.

    `began`: (T,) epoch seconds or None: the bar that an episode counts from which begins in each row.
    """

    bars: Instants
    true: Runs
    false: Runs
    clear: Runs
    began: Values | None = None

    def first(self, row: int) -> int:
        """The bar that an episode counts from which begins in this row."""
        return int(self.bars[row]) if self.began is None else int(self.began[row])


def columns(bars: Instants, truth: Truth, clear: Truth | None, began: Values | None) -> Iterator[Column]:
    """A `Column` for each column of (T, S) verdicts."""
    false = runs(truth == FALSE)
    cleared = false if clear is None else runs(clear == TRUE)
    starts = repeat(None) if began is None else iter(began.T)
    return map(Column, repeat(bars), runs(truth == TRUE), false, cleared, starts)


def runs(flags: Flags) -> list[Runs]:
    """(T, S) → S: where each column is set."""
    height, count = flags.shape
    flat = np.zeros(count * (height + 1) + 1, np.bool_)  # one column after the other, between any two a row not set
    flat[:-1].reshape(count, height + 1)[:, 1:] = flags.T
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    numbers, rows = np.divmod(edges, height + 1)
    starts, stops = rows[::2].tolist(), rows[1::2].tolist()
    ends = np.cumsum(np.bincount(numbers[::2], minlength=count)).tolist()
    return [Runs(starts[first:last], stops[first:last]) for first, last in pairwise([0, *ends])]


def follow(column: Column, state: State, timing: Timing) -> tuple[State, tuple[Step, ...]]:
    """The state after the last row and what changed on the way; unknown rows change nothing."""
    if timing.pulse:
        return _resolved(state), tuple(Step(row, Change.FIRING, int(column.bars[row])) for row in column.true)
    steps: list[Step] = []
    row = 0
    while row < END:
        state, row, step = _NEXT[state.phase](column, state, timing, row)
        if step is not None:
            steps.append(step)
    return state, tuple(steps)


_Moved = tuple[State, int, Step | None]


def _from_inactive(column: Column, state: State, _timing: Timing, row: int) -> _Moved:
    start = column.true.next(row)
    if start == END:
        return state, END, None
    return state.become(Phase.PENDING, column.first(start)), start, None


def _from_pending(column: Column, state: State, timing: Timing, row: int) -> _Moved:
    """Fires in the first true bar at whose end it has held long enough; a false bar before that ends it."""
    reached = int(np.searchsorted(column.bars, state.since + timing.held))
    fires = column.true.next(max(row, reached))
    broken = column.false.next(row)
    if broken < fires:
        return state.become(Phase.INACTIVE, 0), broken + 1, None
    if fires == END:
        return state, END, None
    return state.become(Phase.FIRING, state.since), fires + 1, Step(fires, Change.FIRING, state.since)


def _from_firing(column: Column, state: State, timing: Timing, row: int) -> _Moved:
    cleared = column.clear.next(row)
    if cleared == END:
        return state, END, None
    if timing.keep:
        return state.become(Phase.RECOVERING, state.since, int(column.bars[cleared])), cleared + 1, None
    return _resolved(state), cleared + 1, Step(cleared, Change.RESOLVED, state.since)


def _from_recovering(column: Column, state: State, timing: Timing, row: int) -> _Moved:
    """Firing again if it is true again in time, otherwise resolved in the first bar known to be not true after it."""
    over = int(np.searchsorted(column.bars, state.cleared_at + timing.keep))
    again = column.true.next(row)
    resolves = column.false.next(max(row, over))
    if again < resolves:
        return state.become(Phase.FIRING, state.since), again + 1, None
    if resolves == END:
        return state, END, None
    return _resolved(state), resolves + 1, Step(resolves, Change.RESOLVED, state.since)


def _resolved(state: State) -> State:
    return State(memory=state.memory)


_NEXT = {
    Phase.INACTIVE: _from_inactive,
    Phase.PENDING: _from_pending,
    Phase.FIRING: _from_firing,
    Phase.RECOVERING: _from_recovering,
}
