"""A list that lost many of its entries at once."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from monitor.model.sample import Snapshot
from monitor.sources.believed import Believed

KIND = "entries"
PATIENCE = timedelta(days=3)  # of 11 recorded losses that were none, the longest lasted 36 hours
_LEAST_KEPT = 0.7  # of the entries of the last accepted snapshot


def doubt(snapshot: Snapshot, believed: Believed) -> str | None:
    """Fewer than seven tenths of the entries of the last accepted snapshot."""
    if not believed.entries or snapshot.entries >= _LEAST_KEPT * believed.entries:
        return None
    return (
        f"got {snapshot.entries:,} entries, expected at least {ceil(_LEAST_KEPT * believed.entries):,}:"
        f" the last accepted answer had {believed.entries:,}"
    )
