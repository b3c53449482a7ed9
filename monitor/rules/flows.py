"""Flows → frames: finer bars add up; a bar whose source missed a part of it is unknown as a whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Bar, Instants
from monitor.model.frame import Flags, Frame, Values
from monitor.rules.feed import Feed


def flow_frame(feed: Feed, bar: Bar, grid: Instants, judged_at: Instants) -> Frame:
    """The feed on a grid of sealed bars, (T, S).

    `absent` where the source answered but did not list the member; there `upper` is the smallest value it did list,
    if its list was cut off (it has a rest row in that bar). A member has no bound before its first listing. Of bars
    that were not sealed when they were judged nothing is known, be there samples or not.
    """
    finer = feed.bar.grid(int(grid[0]), int(bar.end(grid[-1:])[0]) - 1) if len(grid) else grid
    fine = _place(feed, finer)
    starts, blind = np.searchsorted(finer, grid), feed.blind(bar, grid, judged_at)
    met = _met(feed, ~np.isnan(fine), grid, starts, blind)
    fine[np.repeat(blind, np.diff(starts, append=len(finer)))] = np.nan
    _leave_out_twins(feed, fine)
    shown = ~np.isnan(fine)
    good = shown.any(axis=1)
    bound = _bounds(feed, fine)
    if len(grid):
        complete = np.logical_and.reduceat(good, starts)
        listed = np.logical_or.reduceat(shown, starts)
        values = np.add.reduceat(np.where(shown, fine, 0.0), starts)
        hidden = np.add.reduceat(np.where(shown, 0.0, bound[:, None]), starts)
    else:
        complete, listed = np.zeros(0, np.bool_), np.zeros_like(fine, dtype=np.bool_)
        values, hidden = np.zeros_like(fine), np.zeros_like(fine)
    known = listed & complete[:, None]
    values = np.where(known, values, np.nan)
    absent = ~known & complete[:, None]
    partly = known & (hidden > 0)
    bounded = (absent & met) | partly
    upper = np.where(bounded, np.where(known, values, 0.0) + hidden, np.nan)
    cut_off = upper if np.isfinite(upper).any() else None
    return Frame(bar, grid, judged_at, feed.members, values, absent, met, cut_off)


def _met(feed: Feed, shown: Flags, grid: Instants, starts: NDArray[np.intp], blind: Flags) -> Flags:
    """(F, S) → (T, S): shown in that bar or any before it, be it before this stretch of history."""
    if not len(grid):
        return np.zeros(shown.shape, np.bool_)
    before: Flags = feed.first_seen < min(int(grid[0]), feed.sealed_through(feed.bar))
    met = np.logical_or.accumulate(np.vstack([before[None, :], np.logical_or.reduceat(shown, starts)]), axis=0)
    known = np.maximum.accumulate(np.where(blind, 0, np.arange(1, len(grid) + 1)))
    return met[known]


def _place(feed: Feed, finer: Instants) -> Values:
    """(F, S): the newest value of each native bar.

    What was recorded before its bar had ended is a part of it and no value of it.
    """
    fine = np.full((len(finer), len(feed.members)), np.nan)
    if not len(finer):
        return fine
    rows = np.searchsorted(finer, feed.valid_at)
    at = np.minimum(rows, len(finer) - 1)
    keep = (finer[at] == feed.valid_at) & (feed.known_at >= feed.bar.end(feed.valid_at))
    fine[at[keep], feed.column[keep]] = feed.values[keep]
    return fine


def _leave_out_twins(feed: Feed, fine: Values) -> None:
    """Tokens that a source reports under two names count once: under the name the catalogue calls the right one."""
    for column in np.flatnonzero(feed.twin >= 0):
        fine[~np.isnan(fine[:, feed.twin[column]]), column] = np.nan


def _bounds(feed: Feed, fine: Values) -> Values:
    """(F,): the smallest listed value where the list was cut off; NaN where it was not."""
    rest: Flags = np.array([member.rest for member in feed.members], np.bool_)
    cut = ~np.isnan(fine[:, rest]).all(axis=1) if rest.any() else np.zeros(len(fine), np.bool_)
    listed = np.where(np.isnan(fine[:, ~rest]), np.inf, fine[:, ~rest])
    smallest = listed.min(axis=1, initial=np.inf)
    return np.where(cut & np.isfinite(smallest), smallest, np.nan)
