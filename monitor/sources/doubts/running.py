"""A bar that is called complete before it is over."""

from __future__ import annotations

from monitor.model.metric import METRICS, Kind
from monitor.model.sample import Snapshot
from monitor.sources.believed import Believed

KIND = "running"
PATIENCE = None


def doubt(snapshot: Snapshot, believed: Believed) -> str | None:  # noqa: ARG001 - all doubts are asked alike
    """A flow sealed through an instant that had not come when the answer was fetched."""
    for seal in snapshot.seals:
        if METRICS[seal.metric].kind is Kind.FLOW and seal.through > snapshot.fetched_at:
            return (
                f"got a {seal.bar} that ends at {seal.through:%Y-%m-%d %H:%M} UTC, expected only bars that were over"
                f" at {snapshot.fetched_at:%Y-%m-%d %H:%M} UTC: it is a part of that {seal.bar}"
            )
    return None
