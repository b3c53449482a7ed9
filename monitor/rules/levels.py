"""Levels → frames: a value holds until the next observation, as long as the look that showed it may be believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Bar, Instants
from monitor.model.frame import Flags, Frame
from monitor.rules.feed import NEVER, Feed


def level_frame(feed: Feed, bar: Bar, grid: Instants, judged_at: Instants) -> Frame:
    """The feed on sealed bars, (T, S): the newest value observed in or before each bar.

    `absent` where a good look no longer showed the member; unknown before its first look and where looks are too old.
    What was observed in a bar after it was sealed counts for the next one (levels are never restated, so as-known
    and as-final are the same).
    """
    shape = (len(grid), len(feed.members))
    newest = np.full(shape, -1, np.int32)
    rows = _rows(feed, bar, grid, judged_at)
    inside = rows < len(grid)
    newest[rows[inside], feed.column[inside]] = np.flatnonzero(inside)
    np.maximum.accumulate(newest, axis=0, out=newest)
    seen = newest >= 0
    values = np.append(feed.values, np.nan)[newest]
    fresh = _fresh(feed, bar, grid)
    values[~fresh] = np.nan
    absent = np.isnan(values) & fresh[:, None]
    return Frame(bar, grid, judged_at, feed.members, values, absent, seen)


def changes(feed: Feed, grid: Instants, bar: Bar, judged_at: Instants) -> NDArray[np.intp]:
    """The rows of a full grid at which anything of the feed differs from the row before."""
    if not len(grid):
        return np.empty(0, np.intp)
    rows = _rows(feed, bar, grid, judged_at)
    fresh = _fresh(feed, bar, grid)
    turns = np.flatnonzero(np.diff(fresh)) + 1
    return np.unique(np.concatenate([rows[rows < len(grid)], turns]))


def _rows(feed: Feed, bar: Bar, grid: Instants, judged_at: Instants) -> NDArray[np.intp]:
    """(N,): the row of each sample: its bar's or the first that was sealed when it was known; len(grid) = none.

    Samples from before the grid are in its first row.
    """
    if not len(grid):
        return np.zeros(len(feed.valid_at), np.intp)
    rows = np.maximum(np.searchsorted(grid, feed.valid_at, side="right") - 1, 0)
    beyond = feed.valid_at >= int(bar.end(grid[-1:])[0])
    known = np.searchsorted(judged_at, feed.known_at)
    return np.where(beyond, len(grid), np.maximum(rows, known))


def _fresh(feed: Feed, bar: Bar, grid: Instants) -> Flags:
    """(T,): whether there was a look in or before each bar, and the last may be believed when the bar begins."""
    looked: Flags = bar.end(grid) > feed.first_seen.min()
    if (feed.seals.holds_until == NEVER).all() or not len(grid):
        return looked
    looks = np.searchsorted(feed.seals.through, bar.end(grid), side="right") - 1
    held: Flags = feed.seals.holds_until[np.maximum(looks, 0)] > grid
    return looked & (held | (looks < 0))
