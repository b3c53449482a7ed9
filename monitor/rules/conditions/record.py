"""`new_high: all`, `new_low: 90d`: beyond every earlier value of that span. Each record is an episode of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.model.frame import Values, Verdicts
from monitor.model.quantity import span
from monitor.rules.conditions.condition import Build, Condition, Context, View, beyond, three_valued
from monitor.rules.shapes import SPAN, Shape, either, text, words


@dataclass(frozen=True, slots=True)
class Record(Condition):
    """`direction` +1: a high, -1: a low. `seconds`: the span, None = all of history (remembers the extreme so far)."""

    direction: int
    seconds: int | None
    pulse: bool = True
    tells_end: bool = False
    apart: bool = True

    @property
    def remembers(self) -> tuple[str, ...]:
        """The extreme so far, where no span limits it."""
        return ("extreme so far",) if self.seconds is None else ()

    @property
    def lags(self) -> tuple[int, ...]:
        """The span."""
        return () if self.seconds is None else (self.seconds,)

    def judge(self, view: View) -> Verdicts:
        """See `Condition`."""
        watched = view.watched()
        shown = ~np.isnan(watched.value)
        least, most = (watched.low, watched.high) if self.direction > 0 else (watched.high, watched.low)
        signed = np.where(shown, most * self.direction, np.nan)
        if self.seconds is None:
            best = _running(view.memory[0] * self.direction, signed[view.start :])
            earlier, memory = best[:-1], best[-1:] * self.direction
        else:
            earlier, memory = _best_before(view.watch.bars, signed, self.seconds)[view.start :], view.memory
        now, known = (least * self.direction)[view.start :], shown[view.start :]
        record = known & beyond(now, earlier)
        return Verdicts(three_valued(record, known & ~record), view.values, earlier * self.direction, memory)


def _running(memory: Values, now: Values) -> Values:
    """(S,), (T, S) → (T + 1, S): the greatest up to each row."""
    stacked = np.vstack([memory[None, :], now])
    return np.fmax.accumulate(stacked, axis=0)


def _best_before(bars: NDArray[np.int64], signed: Values, seconds: int) -> Values:
    """(T, S): the greatest in the span before each row, itself left out; a doubling table, exact at any step."""
    first = np.maximum(np.searchsorted(bars, bars - seconds, side="right") - 1, 0)
    last = np.arange(len(bars))
    lengths = last - first
    best = np.full(signed.shape, np.nan)
    table, width = signed, 1
    longest = int(lengths.max(initial=0))
    while width <= longest:
        rows = np.flatnonzero((lengths >= width) & (lengths < 2 * width))
        best[rows] = np.fmax(table[first[rows]], table[last[rows] - width])
        table = np.fmax(table[:-width], table[width:])
        width *= 2
    return best


def build(key: str, body: object, context: Context) -> Condition:
    """A record from its key and span."""
    if body == "all":
        return Record(1 if key == "new_high" else -1, None)
    return Record(1 if key == "new_high" else -1, context.read((key,), body, span))


OPTIONS: tuple[str, ...] = ()
KEYS: Mapping[str, Build] = {"new_high": build, "new_low": build}
_SPANS = (words(["all"], "", "all"), text(SPAN, "", "90d"))
SCHEMA: Mapping[str, Shape] = {
    "new_high": either("greater than every earlier value of that span, or of all history", *_SPANS),
    "new_low": either("less than every earlier value of that span, or of all history", *_SPANS),
}
