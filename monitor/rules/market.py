"""Where one stands among the others of its source: its rank, with who is next to it, and its share of the whole."""

from __future__ import annotations

import math

import numpy as np

from monitor.model.frame import Frame, Values
from monitor.model.scene import Neighbour, Rank, Share
from monitor.rules.expression.across import aggregate, places

_LEAST = 3
"""Fewer than that are no ranking."""


def rank_of(frame: Frame, column: int, row: int) -> Rank | None:
    """The rank of a column in a row; None where it is not sure or there is nothing to rank among."""
    best, worst = places(frame)
    sources = [member.labels.get("source") for member in frame.members]
    own = np.array([source == sources[column] for source in sources], np.bool_)
    placed = {int(best[row, other]): other for other in np.flatnonzero(own & ~np.isnan(best[row])).tolist()}
    if best[row, column] != worst[row, column] or len(placed) < _LEAST:
        return None
    place = int(best[row, column])
    known = row > 0 and best[row - 1, column] == worst[row - 1, column]
    ahead, behind = (_neighbour(frame, placed.get(place + step), row) for step in (-1, 1))
    return Rank(place, len(placed), int(best[row - 1, column]) if known else 0, ahead, behind)


def share_of(values: Values, counted: Frame, source: str, row: int) -> Share | None:
    """The part that `values`, (T,), are of the sum of all columns that `counted` has of a source; None of all of it."""
    whole = aggregate(counted, "sum", ())
    columns = [column for column, member in enumerate(whole.members) if member.labels.get("source") == source]
    if not columns:
        return None
    totals = whole.values[:, columns[0]]
    now = float(values[row] / totals[row]) if totals[row] > 0 else math.nan
    before = float(values[row - 1] / totals[row - 1]) if row and totals[row - 1] > 0 else math.nan
    return Share(now, before) if 0 <= now < 1 else None


def _neighbour(frame: Frame, column: int | None, row: int) -> Neighbour | None:
    if column is None:
        return None
    labels = frame.members[column].labels.without(("source",))
    return Neighbour(", ".join(value for _, value in labels), float(frame.values[row, column]))
