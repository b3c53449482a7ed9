"""Old figures under a new date."""

from __future__ import annotations

from monitor.model.bar import instant
from monitor.model.sample import Snapshot
from monitor.sources.believed import Believed, newest_bars

KIND = "repeated"
PATIENCE = None
_LEAST_SERIES = 5


def doubt(snapshot: Snapshot, believed: Believed) -> str | None:
    """Every figure of the newest bar is that of the last bar believed: counts of tokens never are."""
    for newest in newest_bars(snapshot, believed):
        last = newest.last
        if last is not None and len(newest.values) >= _LEAST_SERIES and newest.values == newest.before[last]:
            return (
                f"got for the {newest.bar} of {instant(newest.start):%Y-%m-%d} all {len(newest.values)} figures of"
                f" {instant(last):%Y-%m-%d} again, expected others: the source seems to stand still"
            )
    return None
