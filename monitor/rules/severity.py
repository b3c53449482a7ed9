"""The level of an episode as it changes while it fires: it rises at once and falls by its own clear."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from monitor.model.frame import TRUE, Truth
from monitor.model.transition import CLAIMED, Change, State
from monitor.rules.lifecycle import Step

AS_BEFORE = -1
"""The number of a level where nothing is said of it."""


def reached(truths: Sequence[Truth]) -> NDArray[np.int8]:
    """(T, S) verdicts of each level, mildest first → (T, S): the number of the highest that is reached, 0 = none."""
    stacked = np.stack([truth == TRUE for truth in truths])
    places = np.arange(1, len(truths) + 1)[:, None, None]
    return np.asarray((stacked * places).max(axis=0), np.int8)


def with_levels(
    steps: Iterable[Step], before: State, after: State, levels: NDArray[np.int8], names: Sequence[str]
) -> tuple[State, tuple[Step, ...]]:
    """Steps and state of one column with its level: `levels` (T,) as `reached`, `names` by number, "" first.

    `before` and `after`: its states before the first row and after the last.
    """
    told: list[Step] = []
    level = before.level
    fires_from, episode = (0, before.since) if before.is_open else (-1, 0)
    for step in steps:
        if fires_from >= 0:
            found = list(_changes(fires_from, step.row, level, levels, names, episode))
            told, level = told + found, found[-1].level if found else level
        if step.kind is Change.FIRING:
            fires_from, episode, level = step.row, step.episode, names[levels[step.row]]
        else:
            fires_from = -1
        told.append(replace(step, level=level))
    if after.is_open and fires_from >= 0:
        found = list(_changes(fires_from, len(levels), level, levels, names, episode))
        told, level = told + found, found[-1].level if found else level
    return replace(after, level=level if after.is_open else ""), tuple(told)


def withdrawn(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Claims that end without having been confirmed were wrong to be told of: they are taken back."""
    return tuple(
        replace(step, kind=Change.WITHDRAWN) if step.kind is Change.RESOLVED and step.level == CLAIMED else step
        for step in steps
    )


def _changes(  # noqa: PLR0913, PLR0917 - a stretch of rows, what was told before it, and how to tell
    first: int, stop: int, level: str, levels: NDArray[np.int8], names: Sequence[str], episode: int
) -> Iterator[Step]:
    """The rows from `first` to before `stop` at which the level becomes another than the one before."""
    inside = levels[first:stop]
    rows = np.flatnonzero((np.diff(inside, prepend=AS_BEFORE) != 0) & (inside != AS_BEFORE))
    for row in rows.tolist():
        if names[inside[row]] != level:
            level = names[inside[row]]
            yield Step(first + row, Change.LEVEL, episode, level)
