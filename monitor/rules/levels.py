"""Levels → frames: a value holds until the next observation, as long as the look that showed it may be believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Bar, Instants
from monitor.model.frame import Flags, Frame
from monitor.rules.feed import NEVER, Feed, placed


def level_frame(feed: Feed, bar: Bar, grid: Instants, judged_at: Instants) -> Frame:
    """The feed on sealed bars, (T, S): the newest value observed in or before each bar.

    `absent` where a good look no longer showed the member; unknown before its first look and where looks are too old.
    What was observed in a bar after it was sealed counts for the next one. What was learnt of an instant later than
    that (answers were read again) counts as if it had been seen then.
    """
    newest = np.full((len(grid) + 1, len(feed.members)), -1, np.intp)  # what is after the grid goes into the last row
    rows = _rows(feed, bar, grid, judged_at)
    newest.ravel()[rows * len(feed.members) + feed.column] = np.arange(len(rows))
    newest = newest[: len(grid)]
    np.maximum.accumulate(newest, axis=0, out=newest)
    seen = newest >= 0
    values = np.append(feed.values, np.nan)[newest]
    fresh = _fresh(feed, bar, grid, judged_at)
    values[~fresh] = np.nan
    absent = np.isnan(values) & fresh[:, None]
    return Frame(bar, grid, judged_at, feed.members, values, absent, seen)


def changes(feed: Feed, grid: Instants, bar: Bar, judged_at: Instants) -> NDArray[np.intp]:
    """The rows of a full grid at which anything of the feed differs from the row before."""
    if not len(grid):
        return np.empty(0, np.intp)
    moved = np.zeros(len(grid) + 1, np.bool_)  # the last one for what is after the grid
    moved[_rows(feed, bar, grid, judged_at)] = True
    moved[1:-1] |= np.diff(_fresh(feed, bar, grid, judged_at))
    return np.flatnonzero(moved[:-1])


def _rows(feed: Feed, bar: Bar, grid: Instants, judged_at: Instants) -> NDArray[np.intp]:
    """(N,): the row of each sample: its bar's or the first that was sealed when it was observed; len(grid) = none.

    len(grid) = none. Samples from before the grid are in its first row.
    """
    if not len(grid):
        return np.zeros(len(feed.valid_at), np.intp)
    rows = np.maximum(placed(grid, feed.valid_at, "right") - 1, 0)
    np.maximum(rows, placed(judged_at, feed.valid_at), out=rows)
    rows[np.searchsorted(feed.valid_at, bar.end(grid[-1:])[0]) :] = len(grid)
    return rows


def _fresh(feed: Feed, bar: Bar, grid: Instants, judged_at: Instants) -> Flags:
    """(T,): whether there was a look in or before each bar, and the last may be believed when the bar begins.

    What holds until the next look is believed in bars that were sealed when they were judged.
    """
    looked: Flags = bar.end(grid) > feed.looked_from
    sealed = ~feed.blind(bar, grid, judged_at)
    if (feed.seals.holds_until == NEVER).all() or not len(grid):
        return looked & sealed
    looks = np.searchsorted(feed.seals.through, bar.end(grid), side="right") - 1
    until = feed.seals.holds_until[np.maximum(looks, 0)]
    held: Flags = (until > grid) & ((until < NEVER) | sealed)
    return looked & (held | (looks < 0))
