"""Feeds a sink in the order of learning; the cursor moves only after the sink has taken what lies before it."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from monitor.dispatch import Routes, is_told, refusing_notice, rejected_notice, taking_notice
from monitor.errors import LedgerError, SinkError
from monitor.model.bar import seconds
from monitor.model.copying import Answer, Rejected, Standing
from monitor.ports import Cursors, Sink
from monitor.workers import in_thread, until

_LOG = logging.getLogger(__name__)
_Item = TypeVar("_Item")


_NOBODY = Routes(())


def _clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a feed goes on; all but `batch` in seconds.

    `batch`: samples a write (2,500 make one full request to InfluxDB). `idle`: between two looks for new samples.
    `first_wait` doubles with every failure in a row up to `longest_wait`, which is also how often a refusal is tried
    again. `longest_asked`: a sink that asks for a longer wait is not believed.
    """

    batch: int = 2_500
    idle: float = 5.0
    first_wait: float = 1.0
    longest_wait: float = 300.0
    longest_asked: float = 3600.0


class Feed:
    """The worker of one sink: whatever that sink does, it delays nobody else and loses nothing.

    Sink and cursors are used in a thread of its own, one step at a time. A write whose end nobody saw (a stop, a
    crash, a lost answer) is repeated from the cursor: sinks are idempotent. What the sink says is kept in the ledger,
    and people are told of refused lines and of what lasts, by `routes`. `tells_outages`: whether of the latter, which
    of two feeds of one server only one should.
    """

    def __init__(  # noqa: PLR0913 - what a worker is given of the world
        self,
        name: str,
        sink: Sink[_Item],
        cursors: Cursors[_Item],
        *,
        routes: Routes = _NOBODY,
        tells_outages: bool = True,
        now: Callable[[], datetime] = _clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        pace: Pace = Pace(),
    ) -> None:
        self.name = name
        self._sink: Sink[Any] = sink
        self._cursors: Cursors[Any] = cursors
        self._routes = routes
        self._tells_outages = tells_outages
        self._now = now
        self._sleep = sleep
        self._pace = pace
        self._failures = 0
        self._said = ""

    def lag(self) -> int:
        """How much was learnt that the sink has not taken yet, in steps of `seq`."""
        return self._cursors.newest() - self._cursors.position(self.name)

    async def run(self, stop: asyncio.Event) -> None:
        """Feed until `stop` is set, then return at once, even if a write hangs."""
        await until(stop, self._feed())

    async def step(self) -> int:
        """Write the next samples and move the cursor; how many, 0 = none left. Raises SinkError, LedgerError."""
        return await in_thread(self._step, f"feed-{self.name}")

    def _step(self) -> int:
        rows = self._cursors.after(self._cursors.position(self.name), self._pace.batch)
        if not rows:
            return 0
        try:
            rejections = self._sink.write([item for _, item in rows])
        except SinkError as error:
            self._note_refusal(error)
            raise
        at = seconds(self._now())
        rejected = [Rejected(rows[each.index][0], each.line, each.said, at) for each in rejections]
        self._note_taken(rows[-1][0], rejected, at)
        return len(rows)

    def _note_taken(self, seq: int, rejected: Sequence[Rejected], at: int) -> None:
        before = self._cursors.answer(self.name)
        owed = rejected_notice(self._routes, self.name, rejected, at) if rejected else ()
        if before is not None and self._tells(before):
            owed += taking_notice(self._routes, self.name, before, at)
        self._cursors.took(self.name, seq, _next(before, Standing.TAKES, "", at), rejected, owed)
        for each in rejected:
            _LOG.error("sink %s: kept aside: %s: %s", self.name, each.said, each.line)

    def _note_refusal(self, error: SinkError) -> None:
        at = seconds(self._now())
        standing = Standing.HELD if error.permanent else Standing.WAITS
        asked = at + math.ceil(min(error.not_before, self._pace.longest_asked)) if error.not_before else 0
        answer = _next(self._cursors.answer(self.name), standing, str(error), at, asked)
        owed = refusing_notice(self._routes, self.name, answer) if self._tells(answer) else ()
        self._cursors.refused(self.name, answer, owed)

    def _tells(self, answer: Answer) -> bool:
        return self._tells_outages and is_told(answer)

    def _asked_to_wait(self) -> float:
        """Seconds that are left of what the sink asked for before a restart."""
        answer = self._cursors.answer(self.name)
        left = 0.0 if answer is None else answer.not_before - self._now().timestamp()
        return min(max(left, 0.0), self._pace.longest_asked)

    async def _feed(self) -> None:
        try:
            left = await in_thread(self._asked_to_wait, f"feed-{self.name}")
        except LedgerError as error:
            left = self._failed(error, permanent=False, asked=0.0)
        if left:
            await self._sleep(left)
        while True:
            await self._sleep(await self._turn())

    async def _turn(self) -> float:
        """One step; seconds until the next."""
        try:
            taken = await self.step()
        except SinkError as error:
            return self._failed(error, permanent=error.permanent, asked=error.not_before or 0.0)
        except LedgerError as error:
            return self._failed(error, permanent=False, asked=0.0)
        if self._failures:
            _LOG.info("sink %s: goes on after %d failures", self.name, self._failures)
            self._failures, self._said = 0, ""
        return 0.0 if taken == self._pace.batch else self._pace.idle

    def _failed(self, error: SinkError | LedgerError, *, permanent: bool, asked: float) -> float:
        pace = self._pace
        self._failures += 1
        if str(error) != self._said:  # a refusal or an outage that goes on is said once
            self._said = str(error)
            _LOG.log(logging.ERROR if permanent else logging.WARNING, "sink %s: %s", self.name, error)
        doubled = pace.first_wait * 2 ** min(self._failures - 1, 30)
        own = pace.longest_wait if permanent else min(doubled, pace.longest_wait)
        return max(own, min(asked, pace.longest_asked))


def _next(before: Answer | None, standing: Standing, said: str, at: int, not_before: int = 0) -> Answer:
    """An answer after the one before it."""
    since = before.since if before is not None and before.standing is standing else at
    return Answer(standing, said, at, min(since, at), not_before)
