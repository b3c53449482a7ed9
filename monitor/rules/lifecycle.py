"""Verdicts → transitions: pending, firing, recovering, resolved. Works through runs of bars, never cell by cell."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Instants
from monitor.model.frame import FALSE, TRUE, Truth
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
    """One change of one column: its row, kind and episode."""

    row: int
    kind: Change
    episode: int


@dataclass(frozen=True, slots=True)
class Column:
    """The rows of one instance at which something holds, as sorted row numbers."""

    bars: Instants
    true: list[int]
    false: list[int]
    clear: list[int]


def columns(bars: Instants, truth: Truth, clear: Truth | None, wanted: NDArray[np.intp]) -> Iterator[Column]:
    """A `Column` for each wanted column of (T, S) verdicts."""
    for number in wanted:
        cells = truth[:, number]
        false = np.flatnonzero(cells == FALSE).tolist()
        cleared = false if clear is None else np.flatnonzero(clear[:, number] == TRUE).tolist()
        yield Column(bars, np.flatnonzero(cells == TRUE).tolist(), false, cleared)


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
    start = _next(column.true, row)
    if start == END:
        return state, END, None
    return replace(state, phase=Phase.PENDING, since=int(column.bars[start])), start, None


def _from_pending(column: Column, state: State, timing: Timing, row: int) -> _Moved:
    """Fires in the first true bar at whose end it has held long enough; a false bar before that ends it."""
    reached = int(np.searchsorted(column.bars, state.since + timing.held))
    fires = _next(column.true, max(row, reached))
    broken = _next(column.false, row)
    if broken < fires:
        return replace(state, phase=Phase.INACTIVE, since=0), broken + 1, None
    if fires == END:
        return state, END, None
    return replace(state, phase=Phase.FIRING), fires + 1, Step(fires, Change.FIRING, state.since)


def _from_firing(column: Column, state: State, timing: Timing, row: int) -> _Moved:
    cleared = _next(column.clear, row)
    if cleared == END:
        return state, END, None
    if timing.keep:
        return replace(state, phase=Phase.RECOVERING, cleared_at=int(column.bars[cleared])), cleared + 1, None
    return _resolved(state), cleared + 1, Step(cleared, Change.RESOLVED, state.since)


def _from_recovering(column: Column, state: State, timing: Timing, row: int) -> _Moved:
    """Firing again if it is true again in time, otherwise resolved in the first bar known to be not true after it."""
    over = int(np.searchsorted(column.bars, state.cleared_at + timing.keep))
    again = _next(column.true, row)
    resolves = _next(column.false, max(row, over))
    if again < resolves:
        return replace(state, phase=Phase.FIRING, cleared_at=0), again + 1, None
    if resolves == END:
        return state, END, None
    return _resolved(state), resolves + 1, Step(resolves, Change.RESOLVED, state.since)


def _resolved(state: State) -> State:
    return replace(state, phase=Phase.INACTIVE, since=0, cleared_at=0)


def _next(rows: list[int], row: int) -> int:
    at = bisect_left(rows, row)
    return rows[at] if at < len(rows) else END


_NEXT = {
    Phase.INACTIVE: _from_inactive,
    Phase.PENDING: _from_pending,
    Phase.FIRING: _from_firing,
    Phase.RECOVERING: _from_recovering,
}
