"""From numbers to places on paper: linear or logarithmic, with ticks."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.chart.ticks import even_ticks, log_ticks

_ROOM = 0.06
"""What is left free above and below the numbers, of their range."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Numbers from `low` to `high`."""

    low: float
    high: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a number stands: 0 at `low`, 1 at `high`."""
        low, high = self._measure(self.low), self._measure(self.high)
        return (self._measure(value) - low) / (high - low)

    def ticks(self, most: int) -> tuple[float, ...]:
        """Round numbers on it, at most so many."""
        return (log_ticks if self.logarithmic else even_ticks)(self.low, self.high, most)

    def _measure(self, value: float) -> float:
        return math.log(value) if self.logarithmic else value


def axis_of(numbers: NDArray[np.float64], *, logarithmic: bool) -> Axis:
    """An axis that shows all of these finite numbers; what lies between 0 and far above begins at 0."""
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 1.0)
    if logarithmic:
        room = (high / low) ** _ROOM
        return Axis(low / room, min(high * room, sys.float_info.max), logarithmic=True)
    if low > 0 and low < high / 2:
        low = 0.0
    around = (high - low) * _ROOM or abs(high) * _ROOM or 1.0
    return Axis(low if low == 0 else low - around, high + around)
