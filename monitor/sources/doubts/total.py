"""A day whose total is far from that of the days before."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.model.bar import Bar, instant
from monitor.model.sample import Snapshot
from monitor.sources.believed import Bars, Believed, Newest, newest_bars

KIND = "total"
PATIENCE = None  # nor needed: after a few polls one of the days before is not known
_MOST_OFF = 0.5  # of the mean of the days before
_DAYS = 7
_WHOLE = ("model", "source")  # series by anything else are parts, or count the same tokens again


def doubt(snapshot: Snapshot, believed: Believed) -> str | None:
    """The newest day is off by more than half from the mean of the seven directly before it.

    Accepted ones count first, then those of the snapshot, if anything was accepted. Where one of the seven is unknown
    nothing is said: so a market that really doubled or halved is believed again after a few polls. Weeks are left
    alone: 12 of 81 real ones were off by as much from the seven before.
    """
    return next(_doubts(snapshot, believed), None)


def _doubts(snapshot: Snapshot, believed: Believed) -> Iterator[str]:
    for newest in newest_bars(snapshot, believed):
        if newest.bar is Bar.DAY and newest.names == _WHOLE and newest.before:
            yield from _off(newest)


def _off(newest: Newest) -> Iterator[str]:
    known = {**_totals(newest.brought), **_totals(newest.before)}
    days = [known[at] for lag in range(1, _DAYS + 1) if (at := newest.start - lag * newest.bar.width) in known]
    mean = sum(days) / _DAYS
    total = sum(newest.values.values())
    if len(days) == _DAYS and abs(total - mean) > _MOST_OFF * mean:
        yield (
            f"got a total of {total:,.0f} for the {newest.bar} of {instant(newest.start):%Y-%m-%d},"
            f" expected {(1 - _MOST_OFF) * mean:,.0f} to {(1 + _MOST_OFF) * mean:,.0f}:"
            f" the mean of the {_DAYS} before is {mean:,.0f}"
        )


def _totals(bars: Bars) -> dict[int, float]:
    return {start: sum(values.values()) for start, values in bars.items()}
