"""Operations over the bars of a window, at the same few passes however long it is.

Rows are cut into blocks as long as the window (van Herk, Gil-Werman): each window is the end of one block and the
beginning of the next, and both are accumulated once for all windows. Never a difference of running sums: those
invent crossings (2,074 on 1,000 constant series). Blocks begin at bars whose number is a multiple of their length, so
that not even the last digit depends on how much history is looked at at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from monitor.model.frame import Frame, Values


def window(frame: Frame, values: Values, span: int, operation: str) -> Values:
    """(T, S) → (T, S): the operation over the bars of `span` that end with each; NaN where one is unknown or missing.

    `values` stand on the bars of `frame`, none of which may be left out.
    """
    result = np.full(values.shape, np.nan)
    length = frame.bar.bars_in(span)
    if len(values) < length:
        return result
    offset = frame.bar.number(int(frame.bars[0])) % length
    width = max(_LEAST_COLUMNS, _MOST_CELLS // (len(values) * (length if operation == "median" else 1)))
    for first in range(0, values.shape[1], width):
        columns = slice(first, first + width)
        result[length - 1 :, columns] = WINDOWS[operation](values[:, columns], length, offset)
    return result


def spread(frame: Frame, values: Values, span: int) -> tuple[Values, Values]:
    """(T, S) twice: the median of the bars of `span` that end with each, and the median distance from it.

    As `window`; sorts every window twice, so it costs in proportion to its length.
    """
    middle, distance = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    length = frame.bar.bars_in(span)
    if len(values) < length:
        return middle, distance
    width = max(_LEAST_COLUMNS, _MOST_CELLS // (len(values) * length))
    for first in range(0, values.shape[1], width):
        columns = slice(first, first + width)
        windows = np.lib.stride_tricks.sliding_window_view(values[:, columns], length, axis=0)
        middle[length - 1 :, columns] = median = np.median(windows, axis=-1)
        distance[length - 1 :, columns] = np.median(np.abs(windows - median[..., None]), axis=-1)
    return middle, distance


def _sum(values: Values, length: int, offset: int) -> Values:
    around, moved = _moved(values, length, offset)
    return around * length + moved


def _mean(values: Values, length: int, offset: int) -> Values:
    around, moved = _moved(values, length, offset)
    return around + moved / length


def _moved(values: Values, length: int, offset: int) -> tuple[Values, Values]:
    """(T - length + 1, S) twice: one value of each window, and the sum of how far all are from it.

    It is the last of the block in which the window begins, which is a part of every such window. Summed around it, so
    that the mean of equal values is that very value.
    """
    ends = _blocks(values, length, offset)
    last = ends[:, -1].copy()
    begins = ends - last[:, None]
    ends[1:] -= last[:-1, None]
    _accumulate(np.add, begins[:, ::-1])
    _accumulate(np.add, ends)
    ends[:, -1] = 0.0  # a window that is one whole block ends where it began
    moved = _joined(np.add, begins, ends, offset, len(values))
    return np.repeat(last, length, axis=0)[offset : offset + len(moved)], moved


def _extreme(best: np.ufunc) -> Operation:
    def extreme(values: Values, length: int, offset: int) -> Values:
        ends = _blocks(values, length, offset)
        begins = ends.copy()
        _accumulate(best, begins[:, ::-1])
        _accumulate(best, ends)
        return _joined(best, begins, ends, offset, len(values))

    return extreme


def _median(values: Values, length: int, _offset: int) -> Values:
    """Sorting whole windows takes a quarter of the time of `np.median`."""
    by_column = np.lib.stride_tricks.sliding_window_view(np.ascontiguousarray(values.T), length, axis=1)
    ordered = np.sort(by_column, axis=-1)  # unknown ones last
    middle = (ordered[..., (length - 1) // 2] + ordered[..., length // 2]) / 2
    return np.where(np.isnan(ordered[..., -1]), np.nan, middle).T


def _blocks(values: Values, length: int, offset: int) -> Values:
    """(T, S) → (B, length, S): a copy in blocks, of which the first misses `offset` rows; missing ones are unknown."""
    count = -(-(offset + len(values)) // length)
    rows = np.full((count * length, values.shape[1]), np.nan)
    rows[offset : offset + len(values)] = values
    return rows.reshape(count, length, -1)


def _accumulate(operation: np.ufunc, blocks: Values) -> None:
    """(B, L, S), changed in place: each row with all that come before it in its block, one after the other."""
    if blocks.shape[-1] < _LEAST_COLUMNS:
        operation.accumulate(blocks, axis=1, out=blocks)
    else:  # many columns at a time are a third of the cost
        for row in range(1, blocks.shape[1]):
            operation(blocks[:, row - 1], blocks[:, row], out=blocks[:, row])


def _joined(operation: np.ufunc, begins: Values, ends: Values, offset: int, count: int) -> Values:
    """(T - length + 1, S): what begins in one block with what ends in the same or the next, for each window."""
    length, columns = begins.shape[1:]
    windows = count - length + 1
    left = begins.reshape(-1, columns)[offset : offset + windows]
    right = ends.reshape(-1, columns)[offset + length - 1 : offset + count]
    joined: Values = operation(left, right)
    return joined


Operation = Callable[[Values, int, int], Values]
"""(values (T, S), length, rows that the first block misses) → (T - length + 1, S)."""

WINDOWS: dict[str, Operation] = {
    "sum": _sum,
    "mean": _mean,
    "min": _extreme(np.minimum),
    "max": _extreme(np.maximum),
    "median": _median,
}
"""By the names rules use."""

_LEAST_COLUMNS = 16
_MOST_CELLS = 2**18  # worked on at a time, of windows for a median: what a processor keeps near
