"""A trail as one line of text: blocks from the least to the greatest, the present one marked."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from monitor.model.bar import Bar
from monitor.model.quantity import duration
from monitor.model.scene import Trail
from monitor.model.text import counted

BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "·"  # not known
_MARK = "◂"  # behind the newest: this is the bar that is told of
_MOST, _LEAST = 16, 2
_NAMED = (Bar.HOUR, Bar.DAY, Bar.WEEK, Bar.MONTH)


def sparkline(trail: Trail) -> str:
    """`▂▃▃▅█◂`: at most sixteen numbers of the trail; empty where fewer than two are known."""
    if len(trail.at) < _LEAST:
        return ""
    numbers = _sampled(trail) if trail.holds else trail.value[-_MOST:]
    known = [number for number in numbers if math.isfinite(number)]
    if len(known) < _LEAST:
        return ""
    low, high = min(known), max(known)
    return "".join(_block(number, low, high) for number in numbers) + _MARK


def _sampled(trail: Trail) -> Sequence[float]:
    """What holds, looked at sixteen times at equal distances: how long it held is seen, not how often it moved."""
    instants = np.linspace(trail.at[0], trail.at[-1], _MOST)
    rows = np.searchsorted(np.array(trail.at), instants, side="right") - 1
    return [trail.value[row] for row in rows.tolist()]


def _block(number: float, low: float, high: float) -> str:
    if not math.isfinite(number):
        return _GAP
    if low == high:
        return BLOCKS[len(BLOCKS) // 2]
    floor = 0.0 if 0 <= low < high / 2 else low
    share = (number / 2 - floor / 2) / (high / 2 - floor / 2)  # halves: their difference is no infinity
    return BLOCKS[min(int(share * len(BLOCKS)), len(BLOCKS) - 1)]


def reach(trail: Trail) -> str:
    """How far back it goes: `16 weeks`, or `30 days` where numbers hold."""
    if trail.holds:
        return duration(trail.at[-1] - trail.at[0])
    count = len(trail.value[-_MOST:])
    return counted(count, trail.bar.value) if trail.bar in _NAMED else f"{count} bars of {trail.bar.value}"
