"""Why nothing is known of an instance at the last bar: the causes of missing data, told apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from monitor.model.frame import Frame, Member
from monitor.model.quantity import date, written
from monitor.rules.expression.nodes import Evaluation, Select
from monitor.rules.rule import Rule


def reasons(rule: Rule, evaluation: Evaluation, member: Member) -> Iterator[str]:
    """One line for each selector of the rule that something is missing from; else where else to look."""
    found = [
        f"{select.metric}: {why}"
        for select, frame in evaluation.frames.items()
        for why in [_missing(select, frame, member)]
        if why
    ]
    yield from dict.fromkeys(found)
    if not found:
        longest = max(lag for lag in rule.offsets)
        yield f"it looks back up to {longest // 3600} hours, where something is unknown or history had not begun"


def _missing(select: Select, frame: Frame, member: Member) -> str:
    """What of a selector is not known in the last row; empty where all that concerns the instance is."""
    if not len(frame.members):
        return "no member of it was ever listed"
    known = ~np.isnan(frame.values[-1])
    columns = np.array([_concerns(each, member) for each in frame.members], np.bool_)
    if not columns.any():
        return "none of its members belongs here"
    if not known.any() and not frame.absent[-1].any():
        return "its source has nothing of this bar, misses a part of it, or was looked at too long ago"
    mine = columns & ~known
    if not mine.any():
        return ""
    if not frame.met[-1][mine].any():
        return "never seen up to this bar"
    return _absent(select, frame, mine)


def _absent(select: Select, frame: Frame, mine: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> str:
    away = mine & frame.absent[-1] & frame.met[-1]
    if not away.any():
        return f"{int(mine.sum())} of its members {'is' if mine.sum() == 1 else 'are'} not known in this bar"
    column = int(np.flatnonzero(away)[0])
    seen = np.flatnonzero(~np.isnan(frame.values[:, column]))
    last = f", last on {date(int(frame.bars[seen[-1]]))}" if len(seen) else ""
    bound = np.nan if frame.upper is None else float(frame.upper[-1, column])
    at_most = f"; the list was cut off, so it is at most {written(bound, select.unit)}" if np.isfinite(bound) else ""
    return f"not among what its source showed{last}{at_most}"


def _concerns(each: Member, member: Member) -> bool:
    """Whether a member of a selector can be a part of an instance: they agree in what both say."""
    own = {name: value for name, value in member.joined if not name.startswith("over_")}
    return all(each.joined.get(name, value) == value for name, value in own.items())
