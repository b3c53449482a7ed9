"""Figures of another size than before: sums over seven days among days, a day among weeks, another unit or chart."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from monitor.model.bar import DAY, Bar, instant
from monitor.model.sample import Snapshot
from monitor.sources.believed import Believed, Newest, newest_bars

KIND = "scale"
PATIENCE = None  # another unit does not become right by staying
_LEAST_SERIES = 3
_MOST = 3.0  # times; the most between two recorded snapshots that were sound is 1.72, a month apart
_FAR = 60 * DAY  # seconds; beyond, a market may have moved by more
_MOST_FAR = 50.0
_SEVEN = (5.0, 10.0)
_TOTAL = "tokens_total"


def doubt(snapshot: Snapshot, believed: Believed) -> str | None:
    """The middle of what the series that were there before are now, against the last bar believed.

    The middle does not follow the market, nor one model: what grows or is new moves few of them.
    """
    return next(_doubts(snapshot, believed), None)


def _doubts(snapshot: Snapshot, believed: Believed) -> Iterator[str]:
    for newest in newest_bars(snapshot, believed):
        last = newest.last
        if last is None:
            continue
        before, now = newest.named(last), newest.named_now
        ratios = [now[labels] / before[labels] for labels in now.keys() & before.keys()]
        most = _MOST if newest.start - last <= _FAR else _MOST_FAR
        if (len(ratios) < _LEAST_SERIES and newest.metric != _TOTAL) or not ratios:
            continue
        times = median(ratios)
        if not 1 / most <= times <= most:
            yield _said(newest, last, times, len(ratios), most)


def _said(newest: Newest, last: int, times: float, series: int, most: float) -> str:
    return (
        f"got {times:,.3g} times the figures of {instant(last):%Y-%m-%d} for the {newest.bar} of"
        f" {instant(newest.start):%Y-%m-%d} (the middle of {series} that both have), expected"
        f" {1 / most:.2g} to {most:.2g} times: {_guess(newest.bar, times)}"
    )


def _guess(bar: Bar, times: float) -> str:
    low, high = _SEVEN
    if bar is Bar.DAY and low <= times <= high:
        return "it looks like sums over seven days among days"
    if bar is Bar.WEEK and low <= 1 / times <= high:
        return "it looks like a single day in place of a week"
    if not 1 / _MOST_FAR <= times <= _MOST_FAR:
        return "it looks like another unit, or another chart in place of the list"
    return "something else than before is counted"
