"""Plausibility: a snapshot that reads well but can not be believed. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from monitor.model.bar import Bar, instant
from monitor.model.metric import METRICS, Kind
from monitor.model.sample import Snapshot

_LEAST_KEPT = 0.7  # of the entries of the last accepted snapshot
_MOST_OFF = 0.5  # of the mean of the bars before
_BARS = 7


def suspicion(snapshot: Snapshot, *, last_entries: int | None, totals: Sequence[tuple[int, float]]) -> str | None:
    """Why not to believe a snapshot, with the numbers; None = nothing speaks against it.

    `last_entries`: of the last snapshot accepted from this source. `totals`: (start of bar in epoch seconds, sum) of
    bars accepted before. Without either there is nothing to compare with, as at a first import of history.

    The newest bar of a flow is compared with the seven directly before it, accepted ones first, those of the snapshot
    where none was accepted. Where one of the seven is unknown nothing is said: so a market that really doubled or
    halved is believed again after a few polls.
    """
    if snapshot.unchanged or not snapshot.guarded:
        return None
    if last_entries and snapshot.entries < _LEAST_KEPT * last_entries:
        return (
            f"got {snapshot.entries:,} entries, expected at least {_LEAST_KEPT * last_entries:,.0f}:"
            f" the last accepted answer had {last_entries:,}"
        )
    return _off_total(snapshot, dict(totals)) if totals else None


def _off_total(snapshot: Snapshot, accepted: Mapping[int, float]) -> str | None:
    bar, brought = _totals(snapshot)
    if bar is None:
        return None
    newest = max(brought)
    known = {**brought, **accepted}
    before = [known.get(newest - lag * bar.width) for lag in range(1, _BARS + 1)]
    values = [total for total in before if total is not None]
    mean = sum(values) / _BARS
    if len(values) < _BARS or abs(brought[newest] - mean) <= _MOST_OFF * mean:
        return None
    return (
        f"got a total of {brought[newest]:,.0f} for the {bar} of {instant(newest):%Y-%m-%d},"
        f" expected {(1 - _MOST_OFF) * mean:,.0f} to {(1 + _MOST_OFF) * mean:,.0f}:"
        f" the mean of the {_BARS} before is {mean:,.0f}"
    )


def _totals(snapshot: Snapshot) -> tuple[Bar | None, Mapping[int, float]]:
    """The sum of each flow bar by its start, and which bar it is (None = no flow)."""
    sums: defaultdict[int, float] = defaultdict(float)
    bar = None
    for sample in snapshot.samples:
        if METRICS[sample.series.metric].kind is Kind.FLOW and sample.value is not None:
            bar = sample.series.bar
            sums[int(sample.valid_at.timestamp())] += sample.value
    return bar, sums
