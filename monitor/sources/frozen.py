"""A feed that answers and brings nothing new for far longer than it ever did. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from monitor.model.bar import DAY
from monitor.model.quantity import duration

_HISTORY = 90 * DAY  # of a source, before its own quiet spans are a measure
_LEAST_SPANS = 10
_TIMES = 1.5  # the longest quiet span of its own
_LEAST = 14 * DAY  # a list that moves every day may still rest for some
_UNKNOWN = 60 * DAY  # for a source that is not known long enough; the longest recorded rest of a sound list is 48 days
_BARS = 3


def patience(news: Sequence[int], bar_seconds: int | None = None) -> int:
    """For how many seconds a source may bring nothing new.

    `news`: epoch seconds of the looks that brought something, oldest first. `bar_seconds`: of what a usage source
    reports in; a bar is due in each.
    """
    if bar_seconds is not None:
        return _BARS * bar_seconds
    spans = [later - earlier for earlier, later in pairwise(news)]
    if len(spans) < _LEAST_SPANS or news[-1] - news[0] < _HISTORY:
        return _UNKNOWN
    return int(max(_LEAST, _TIMES * max(spans)))


def frozen(news: Sequence[int], at: int, bar_seconds: int | None = None) -> str | None:
    """Why a source that answers at `at` seems to stand still; None = it does not."""
    if not news:
        return None
    quiet, most = at - news[-1], patience(news, bar_seconds)
    if quiet <= most:
        return None
    return (
        f"got nothing new for {duration(quiet)}, expected something within {duration(most)}:"
        f" the source answers, and always the same"
    )
