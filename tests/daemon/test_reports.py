"""Reports at their times: once for each period, once after a stop, and in nobody's way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.compose import reports
from monitor.daemon import Ended
from monitor.digest import closed, worded
from monitor.dispatch import Routes
from monitor.dispatch.plan import for_all
from monitor.errors import LedgerError
from monitor.ledger import Ledger
from monitor.model.bar import Bar, seconds
from monitor.model.notification import Notification, Reason
from monitor.reporting import Report, Reporting
from monitor.settings import DigestSettings, LedgerSettings, Settings
from tests.daemon.fakes import DAY, HOUR, MONDAY, USAGE, Script, World, days, usage_poll
from tests.delivery.fakes import FakeNotifier
from tests.digest.made import empty

EIGHT = "0 8 * * *"
LONG = timedelta(seconds=30)


@dataclass
class Writer:
    """Writes an empty digest of the last closed day; remembers when it was asked."""

    asked: list[datetime] = field(default_factory=list)
    fault: Exception | None = None

    def __call__(self, at: datetime) -> Sequence[Notification]:
        self.asked.append(at)
        if self.fault is not None:
            raise self.fault
        return for_all(worded(empty(closed(Bar.DAY, seconds(at))), {}, {}), Routes(("slack",)))


def reporting(world: World, writer: Writer) -> Reporting:
    return Reporting(world.ledger, (Report("daily", EIGHT, writer),), world.clock.now, lambda: None)


async def caught_up(world: World, writer: Writer) -> int:
    """What a start does; how many were written."""
    found = reporting(world, writer)
    before = len(writer.asked)
    for report in tuple(found.missed()):
        await found.write(report, world.clock.now())
    return len(writer.asked) - before


def owed(ledger: Ledger) -> int:
    return ledger.outbox.counts()["pending"]


@pytest.mark.asyncio
async def test_nothing_is_missed_before_the_first_start(ledger: Ledger) -> None:
    """Case: no rules were ever taken over."""
    assert await caught_up(World(ledger, ()), Writer()) == 0


@pytest.mark.asyncio
async def test_what_a_stop_kept_from_being_written_is_owed_once(ledger: Ledger) -> None:
    """Law: however many times passed; and not again after the next start."""
    world, writer = World(ledger, ()), Writer()
    await world.started()
    assert await caught_up(world, writer) == 0
    world.clock.at = MONDAY + 4 * DAY + HOUR  # Friday: four times passed
    assert await caught_up(world, writer) == 1
    assert owed(ledger) == 1
    assert await caught_up(world, writer) == 0
    world.clock.at = MONDAY + 4 * DAY + 9 * HOUR
    assert await caught_up(world, writer) == 1
    assert owed(ledger) == 1  # the same day: nothing new is owed


@pytest.mark.asyncio
async def test_each_period_is_owed_once(ledger: Ledger) -> None:
    """Law: whoever writes the same again owes nothing, whatever is said in it by then."""
    world, writer = World(ledger, ()), Writer()
    found = reporting(world, writer)
    (report,) = found.reports
    for hours in (8, 9, 20, 32, 33):
        await found.write(report, MONDAY + hours * HOUR)
    assert (len(writer.asked), owed(ledger)) == (5, 2)


@pytest.mark.asyncio
async def test_a_report_that_fails_stops_nothing(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """Case: the ledger can not be read beside its owner."""
    world, writer = World(ledger, ()), Writer(fault=LedgerError("disk I/O error"))
    found = reporting(world, writer)
    await found.write(found.reports[0], MONDAY)
    assert "daily report: not written: disk I/O error" in caplog.text


@pytest.mark.asyncio
async def test_a_running_monitor_owes_and_delivers_what_was_missed(ledger: Ledger) -> None:
    """Case: the loop itself, after a stop over the time of the digest."""
    writer = Writer()
    world = World(ledger, (), reports=(Report("daily", EIGHT, writer),))
    await world.started()
    world.clock.at = MONDAY + 2 * DAY
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end(_: Notification) -> None:
        loop.call_soon_threadsafe(stop.set)

    world.inbox = FakeNotifier(end)
    await asyncio.wait_for(world.daemon().run(stop, lambda: None, LONG), 20)
    assert [each.reason for each in world.inbox.sent] == [Reason.REPORT]


@pytest.mark.asyncio
async def test_a_report_that_takes_long_holds_up_no_poll(ledger: Ledger) -> None:
    """Law: polls are learnt and judged while one is being written."""
    begun, let = threading.Event(), threading.Event()

    def slow(_at: datetime) -> Sequence[Notification]:
        begun.set()
        let.wait()
        return ()

    world = World(ledger, (usage_poll(Script([days(MONDAY, a=[200.0])])),))
    daemon = await world.started()
    found = Reporting(ledger, (Report("daily", EIGHT, slow),), world.clock.now, lambda: None)
    writing = asyncio.create_task(found.write(found.reports[0], MONDAY))
    await asyncio.to_thread(begun.wait)
    world.clock.at = MONDAY + DAY + HOUR
    polled = await daemon.poll(USAGE)
    assert polled.ended is Ended.LEARNT
    assert not writing.done()
    let.set()
    await writing


def test_the_settings_make_the_reports(ledger: Ledger, tmp_path: Path) -> None:
    """Case: a weekly digest; it reads the ledger beside its owner, and links to the page."""
    settings = Settings(
        ledger=LedgerSettings(path=tmp_path / "ledger.sqlite"),
        digest=DigestSettings(weekly="0 8 * * mon"),
        page_url="https://example.com/market",
    )
    (report,) = reports(settings, Routes(("slack", "mail")), ledger.path)
    assert (report.name, report.schedule) == ("weekly", "0 8 * * mon")
    told = report.write(MONDAY)
    assert [each.receiver for each in told] == ["slack", "mail"]
    assert {each.link for each in told} == {"https://example.com/market"}
    assert told[0].title.startswith("Digest, week of 2026-01-26 to 2026-02-01 (UTC)")


def test_without_schedules_there_are_none(ledger: Ledger) -> None:
    """Case: as shipped."""
    assert not list(reports(Settings(), Routes(("slack",)), ledger.path))
