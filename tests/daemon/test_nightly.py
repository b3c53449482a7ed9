"""Backups by a schedule: when they are due, what people hear, and an end in time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.backups import Backup, Backups
from monitor.dispatch import Routes
from monitor.errors import LedgerFullError
from monitor.ledger import Ledger
from monitor.nightly import Nightly, Plan
from tests.daemon.fakes import DAY, HOUR, MONDAY, Clock


@dataclass
class Night:
    """A ledger, its backups, and what makes them at half past three."""

    ledger: Ledger
    backups: Backups
    clock: Clock

    def nightly(self) -> Nightly:
        """As a monitor that starts now has it."""
        return Nightly(self.ledger, self.backups, Plan("30 3 * * *", 2), Routes(("slack",)), self.clock.now)

    def titles(self) -> list[str]:
        """Of all that is owed, in order."""
        owed = []
        while due := self.ledger.outbox.due(self.clock.at):
            owed.append(due[0].title)
            self.ledger.outbox.bury(due[0].id, "", self.clock.at)
        return owed


@pytest.fixture
def night(ledger: Ledger, tmp_path: Path) -> Iterator[Night]:
    """On a Monday at midnight."""
    return Night(ledger, Backups(ledger.path, tmp_path / "backups"), Clock())  # type: ignore[return-value]


def test_due_when_its_time_has_come_and_made_up_when_missed(night: Night) -> None:
    """By the names of those that are there, so that restarts neither repeat nor forget one."""
    nightly = night.nightly()
    assert not nightly.is_due()
    night.clock.at = MONDAY + 4 * HOUR
    assert nightly.is_due()
    nightly.make()
    assert not nightly.is_due()
    assert not night.nightly().is_due()
    night.clock.at = MONDAY + 5 * DAY
    assert night.nightly().is_due()
    assert night.titles() == []


def test_people_hear_once_that_it_fails_and_once_that_it_works(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried again every hour; also a restart in between tells nothing twice."""
    nightly = night.nightly()
    night.clock.at = MONDAY + 4 * HOUR
    with monkeypatch.context() as patch:
        patch.setattr(Backups, "make", _full)
        nightly.make()
        assert not nightly.is_due()
        night.clock.at += HOUR
        assert nightly.is_due()
        nightly.make()
        night.nightly().make()
    assert [(each.poll, each.looks) for each in night.ledger.troubles()] == [("backup", 3)]
    nightly.make()
    assert night.ledger.troubles() == []
    assert night.titles() == ["Backup: the ledger can not be copied", "Backup: the ledger is copied again"]


@pytest.mark.asyncio
async def test_a_run_makes_what_is_due_and_ends_at_once(night: Night) -> None:
    """A copy that takes for ever does not hold up the end."""
    nightly = night.nightly()
    night.clock.at = MONDAY + 4 * HOUR
    stop, begun, release = asyncio.Event(), asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slow() -> None:
        loop.call_soon_threadsafe(begun.set)
        release.wait(10)

    nightly.make = slow  # type: ignore[method-assign]
    running = asyncio.create_task(nightly.run(stop))
    await asyncio.wait_for(begun.wait(), 10)
    stop.set()
    await asyncio.wait_for(running, 10)
    release.set()


def _full(_: Backups, __: object, ___: int) -> tuple[Backup, float]:
    raise LedgerFullError("no space")
