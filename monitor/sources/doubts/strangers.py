"""Another list in place of the one before: hardly a name in it that was there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from monitor.model.bar import instant
from monitor.model.sample import Snapshot
from monitor.sources.believed import Believed, newest_bars

KIND = "strangers"
PATIENCE = timedelta(days=3)
_LEAST_NAMES = 5
_LEAST_SHARED = 0.25  # of the shorter list; the least between two recorded snapshots, a month apart, is 0.47
_NEAR = 4  # bars; further apart, lists may differ


def doubt(snapshot: Snapshot, believed: Believed) -> str | None:
    """The names of the newest bar against those of the last bar believed."""
    return next(_doubts(snapshot, believed), None)


def _doubts(snapshot: Snapshot, believed: Believed) -> Iterator[str]:
    for newest in newest_bars(snapshot, believed):
        last = newest.last
        if last is None or newest.bars_since(last) > _NEAR:
            continue
        before, now = newest.named(last), newest.named_now
        shorter = min(len(before), len(now))
        shared = len(before.keys() & now.keys())
        if shorter >= _LEAST_NAMES and shared < _LEAST_SHARED * shorter:
            yield (
                f"got {shared} of {shorter} names that were there on {instant(last):%Y-%m-%d}, expected at least"
                f" {_LEAST_SHARED:.0%} of them: it looks like another list"
            )
