"""Reports at their times: written in a thread of their own beside all else, and owed once for each period."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import LedgerError
from monitor.ledger import Ledger
from monitor.model.bar import instant
from monitor.model.notification import Notification
from monitor.schedule import Schedule, fire_times
from monitor.workers import Workers

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What is written at its times (five crontab fields, UTC) and owed to whoever hears of it.

    `name`: the label `report` of its notifications. `write`: what is to be said at an instant; takes seconds, and must
    not touch the ledger of the daemon but read beside it. Its ids follow from the period: what was owed is left alone.
    """

    name: str
    schedule: str
    write: Callable[[datetime], Sequence[Notification]]

    @property
    def job(self) -> str:
        """What the schedule calls it."""
        return f"{self.name} report"


@dataclass(frozen=True, slots=True)
class Reporting:
    """The reports of one monitor. `owed` is called when there is something to deliver."""

    ledger: Ledger
    reports: Sequence[Report]
    now: Callable[[], datetime]
    owed: Callable[[], None]

    def begin(self, schedule: Schedule, workers: Workers) -> None:
        """Have each run at its times, and now, once, what a stop kept from being written."""
        for report in self.reports:
            schedule.every(report.job, report.schedule, self._job(report))
        for report in self.missed():
            workers.start(report.job, self.write(report, self.now()))

    def missed(self) -> Iterator[Report]:
        """Those that should have been written since they were last, or since rules were first taken over."""
        now = self.now()
        began = min((each.taken_at for each in self.ledger.rulebook.accepted().values()), default=None)
        for report in self.reports:
            last = self.ledger.reports.last(report.name)
            since = began if last is None else last
            if since is not None and next(fire_times(report.job, report.schedule, instant(since), now), None):
                yield report

    async def write(self, report: Report, at: datetime) -> None:
        """Write it and owe it; each notification in a transaction of its own."""
        try:
            await asyncio.to_thread(self._owe, report, at)
        except LedgerError as error:
            _log.error("%s: not written: %s", report.job, error)
        self.owed()

    def _owe(self, report: Report, at: datetime) -> None:
        for notification in report.write(at):
            self.ledger.outbox.add(notification, at)

    def _job(self, report: Report) -> Callable[[datetime], Awaitable[None]]:
        async def job(at: datetime) -> None:
            await self.write(report, at)

        return job
