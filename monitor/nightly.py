"""Backups by a schedule, beside everything else: a thread and a connection of their own, no poll waits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.backups import Backups
from monitor.dispatch import Routes, backup_notice
from monitor.errors import LedgerError
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.trouble import TroubleKind
from monitor.schedule import fire_times
from monitor.workers import in_thread, pause, until

_log = logging.getLogger(__name__)

NAME = "backup"
"""As it stands among the troubles and gives the schedule its phase."""
_LOOK = 30.0  # seconds between two looks at the clock
_AGAIN = timedelta(hours=1)  # after a failure


@dataclass(frozen=True, slots=True)
class Plan:
    """When (five crontab fields, UTC; see `fire_times`), and how many are kept."""

    schedule: str
    keep: int


class Nightly:
    """Makes a backup when one is due: what was missed is made up at once, what failed is tried again every hour."""

    def __init__(
        self, ledger: Ledger, backups: Backups, plan: Plan, routes: Routes, now: Callable[[], datetime]
    ) -> None:
        self._ledger = ledger
        self._backups = backups
        self._plan = plan
        self._routes = routes
        self._now = now
        self._begun = now()
        self._not_before = self._begun

    async def run(self, stop: asyncio.Event) -> None:
        """See `monitor.ports.Listener`. A copy that is under way at the stop is given up, and leaves nothing behind."""
        while not stop.is_set():
            if self.is_due():
                try:
                    await until(stop, in_thread(self.make, NAME))
                except LedgerError as error:  # it could not take what is owed; the next try will be seen
                    _log.error("backup: %s", error)
            await pause(stop, _LOOK)

    def is_due(self) -> bool:
        """Whether its time has come since the newest backup; without any, since the start."""
        now = self._now()
        newest = next((each.at for each in self._backups.all()), self._begun)
        due = next(fire_times(NAME, self._plan.schedule, min(newest, now), now), None)
        return due is not None and now >= self._not_before

    def make(self) -> None:
        """Make one; people are told once that it fails, and once that it works again."""
        at = self._now()
        try:
            made, took = self._backups.make(at, self._plan.keep)
        except LedgerError as error:
            self._not_before = at + _AGAIN
            _log.error("backup: failed, tried again in an hour: %s", error)
            self._failed(str(error), at)
            return
        _log.info("backup: %s, %.1f MB in %.1f s", made.path, made.size / 1e6, took)
        self._went_well(at)

    def _failed(self, why: str, at: datetime) -> None:
        with self._ledger.transaction():
            trouble = self._ledger.trouble(NAME, TroubleKind.BACKUP, why, seconds(at))
            if trouble.told_at is None:
                self._owe(why, trouble.since, at)
                self._ledger.note_told(trouble, seconds(at))

    def _went_well(self, at: datetime) -> None:
        with self._ledger.transaction():
            trouble = self._ledger.end_trouble(NAME, TroubleKind.BACKUP)
            if trouble is not None:
                self._owe("", trouble.since, at)

    def _owe(self, why: str, since: int, at: datetime) -> None:
        newest = next((seconds(each.at) for each in self._backups.all()), None)
        for notice in backup_notice(self._routes, why, since=since, newest=newest):
            self._ledger.outbox.add(notice, at)
