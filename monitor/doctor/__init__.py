"""Examines everything that a monitor needs of the world. Learns, sends and writes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from monitor.adapters import Adapters
from monitor.doctor.adapters import receivers, sinks
from monitor.doctor.clock import clock
from monitor.doctor.machine import disk, ledger, rules, settings_given
from monitor.doctor.sources import sources
from monitor.model.finding import Finding
from monitor.settings import Settings


async def examined(settings: Settings, found: Adapters, now: Callable[[], datetime]) -> AsyncIterator[Finding]:
    """Every finding as it comes; what takes long comes last."""
    for finding in (*settings_given(settings, found), *rules(settings), *ledger(settings, now()), *disk(settings)):
        yield finding
    for finding in clock(found, now):
        yield finding
    async for finding in sources(settings, found, now):
        yield finding
    for finding in (*sinks(found), *receivers(found)):
        yield finding
