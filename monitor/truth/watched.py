"""The truth over stored prices."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.catalog import Join
from monitor.truth.looks import Priced, announcements, looks
from monitor.truth.offer import offers
from monitor.truth.truth import Truth


def watched(columns: Iterable[Priced], join: Join) -> Truth:
    """What has seen the prices in `columns`, all metrics of `READ` of all sources, from the first sample on."""
    read = tuple(columns)
    truth = Truth(offers(join.identities), join.routed)
    truth.watch(looks(read), announcements(read))
    return truth
