"""`monitor run` on a clock that steps: an hour and a poll for each line on standard input, all else as it always is.

`python -m tests.bench.stepped START SOURCE`: START is where its clock begins (ISO 8601), SOURCE is what is polled.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import aclosing
from datetime import datetime, timedelta

from monitor import log
from monitor.adapters import adapters
from monitor.compose import daemon
from monitor.daemon import Daemon
from monitor.ledger import Ledger
from monitor.settings import load
from monitor.sources.fetch import Fetch

READY = "ready\n"
_DRAIN = timedelta(seconds=10)


class Clock:
    """Goes as fast as the true one, and steps."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start - timedelta(seconds=time.monotonic())

    def now(self) -> datetime:
        """The time."""
        return self._ahead + timedelta(seconds=time.monotonic())

    def step(self) -> None:
        """An hour later."""
        self._ahead += timedelta(hours=1)


async def run(start: datetime, source: str) -> None:
    """Until standard input ends."""
    settings, clock, stop = load(), Clock(start), asyncio.Event()
    found = adapters(settings)
    log.set_up(settings.log.level, settings.log.format, secrets=found.secrets)
    with Ledger.open(settings.ledger.path) as ledger:
        async with aclosing(Fetch(ledger, contact=settings.contact, now=clock.now)) as fetch:
            watching = daemon(settings, found, ledger, fetch, clock.now)
            orders = asyncio.create_task(_obey(watching, source, clock, stop))
            await watching.run(stop, lambda: print(end=READY, flush=True), _DRAIN)  # noqa: T201 - read by who orders
            await orders


async def _obey(watching: Daemon, source: str, clock: Clock, stop: asyncio.Event) -> None:
    while await asyncio.to_thread(sys.stdin.readline):
        clock.step()
        await watching.poll(source)
    stop.set()


if __name__ == "__main__":
    asyncio.run(run(datetime.fromisoformat(sys.argv[1]), sys.argv[2]))
