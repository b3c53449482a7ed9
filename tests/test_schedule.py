"""The schedule at work: runs are made up after a gap, never overlap, never end it, and are waited for at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from monitor.schedule import BEAT, Schedule

START = datetime(2026, 2, 9, tzinfo=UTC)
PATIENCE = 5.0  # seconds: only for tests that fail


@dataclass
class Beats:
    """A sleep that ends when the test says so; whatever else the scheduler waits for never comes."""

    _next: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, seconds: float) -> None:
        assert seconds == BEAT
        await self._next.wait()
        self._next.clear()

    def beat(self) -> None:
        self._next.set()


async def until(true: Callable[[], bool]) -> None:
    """Let the loop turn until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - nobody could set an event for it
            await asyncio.sleep(0)


async def turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_a_run_that_the_clock_jumped_over_is_made_up_once(clock: time_machine.Traveller) -> None:
    """Law: after a suspend of five hours an hourly job runs once, at the next beat, and then goes on as before."""
    beats, runs = Beats(), list[datetime]()
    schedule = Schedule(sleep=beats)

    async def job(now: datetime) -> None:
        runs.append(now)

    schedule.every("s", "30 * * * *", job)
    schedule.start()
    clock.move_to(START + timedelta(hours=5))
    beats.beat()
    await until(lambda: len(runs) == 1)
    clock.move_to(START + timedelta(hours=5, minutes=31))
    beats.beat()
    await until(lambda: len(runs) == 2)
    assert runs == [START + timedelta(hours=5), START + timedelta(hours=5, minutes=31)]
    assert not schedule.counts
    assert await schedule.drain(timedelta(seconds=PATIENCE))


@pytest.mark.asyncio
async def test_a_clock_that_was_set_back_does_not_stop_the_polls(
    clock: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    """Case: a machine that starts in the year 2027 and then learns the time goes on polling in 2026."""
    beats, runs = Beats(), list[datetime]()
    clock.move_to(START + timedelta(days=365))
    schedule = Schedule(sleep=beats)

    async def job(now: datetime) -> None:
        runs.append(now)

    schedule.every("s", "30 * * * *", job)
    schedule.start()
    clock.move_to(START)
    beats.beat()
    await turns()
    assert "the clock was set back" in caplog.text
    clock.move_to(START + timedelta(minutes=31))
    beats.beat()
    await until(lambda: bool(runs))
    assert await schedule.drain(timedelta(seconds=PATIENCE))


@pytest.mark.asyncio
async def test_a_run_never_overlaps_with_the_one_before_it(clock: time_machine.Traveller) -> None:
    """Law: a run that is due while the last one is busy is skipped, and counted."""
    beats, gate, begun = Beats(), asyncio.Event(), list[datetime]()
    schedule = Schedule(sleep=beats)

    async def job(now: datetime) -> None:
        begun.append(now)
        await gate.wait()

    schedule.every("s", "30 * * * *", job)
    schedule.start()
    for hours in (1, 2):
        clock.move_to(START + timedelta(hours=hours))
        beats.beat()
        await turns()
    assert len(begun) == 1
    assert schedule.counts == {("s", "skipped"): 1}
    gate.set()
    assert await schedule.drain(timedelta(seconds=PATIENCE))


@pytest.mark.asyncio
async def test_a_job_that_fails_is_told_and_runs_again(
    clock: time_machine.Traveller, caplog: pytest.LogCaptureFixture
) -> None:
    """Law: no fault of a job ends its schedule, and each is logged with its cause."""
    beats = Beats()
    schedule = Schedule(sleep=beats)

    async def job(now: datetime) -> None:
        raise ArithmeticError(f"at {now:%H}")

    schedule.every("s", "30 * * * *", job)
    schedule.start()
    for hours in (1, 2):
        clock.move_to(START + timedelta(hours=hours))
        beats.beat()
        await turns()
    assert schedule.counts == {("s", "failed"): 2}
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert "at 01" in caplog.text
    assert "at 02" in caplog.text
    assert await schedule.drain(timedelta(seconds=PATIENCE))


@pytest.mark.asyncio
async def test_draining_waits_for_what_runs_and_starts_nothing(clock: time_machine.Traveller) -> None:
    """Law: what has begun ends by itself. APScheduler's own shutdown would have cancelled it."""
    beats, gate, ended = Beats(), asyncio.Event(), list[datetime]()
    schedule = Schedule(sleep=beats)

    async def job(now: datetime) -> None:
        await gate.wait()
        ended.append(now)

    schedule.every("s", "30 * * * *", job)
    schedule.start()
    clock.move_to(START + timedelta(hours=1))
    beats.beat()
    await turns()
    draining = asyncio.create_task(schedule.drain(timedelta(seconds=PATIENCE)))
    await turns()
    clock.move_to(START + timedelta(hours=3))
    gate.set()
    assert await draining
    assert ended == [START + timedelta(hours=1)]


@pytest.mark.asyncio
async def test_draining_cancels_what_does_not_end(clock: time_machine.Traveller) -> None:
    """Case: a run that hangs is cancelled at the deadline, and the drain says so."""
    beats, cancelled = Beats(), list[bool]()
    schedule = Schedule(sleep=beats)

    async def job(now: datetime) -> None:  # noqa: ARG001
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    schedule.every("s", "30 * * * *", job)
    schedule.start()
    clock.move_to(START + timedelta(hours=1))
    beats.beat()
    await turns()
    assert not await schedule.drain(timedelta(0))
    assert cancelled == [True]


@pytest.mark.asyncio
@pytest.mark.usefixtures("clock")
async def test_the_heartbeat_goes_on_after_a_fault_and_never_overlaps(caplog: pytest.LogCaptureFixture) -> None:
    """Law: every beat calls it, unless the call before is still busy; a drain waits for it."""
    beats, gate, calls = Beats(), asyncio.Event(), list[int]()
    schedule = Schedule(sleep=beats)

    async def heartbeat() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise ArithmeticError("the first")
        await gate.wait()

    schedule.heartbeat(heartbeat)
    schedule.start()
    for _ in range(4):
        beats.beat()
        await turns()
    assert calls == [0, 1]
    assert schedule.counts == {("heartbeat", "failed"): 1}
    assert "the first" in caplog.text
    gate.set()
    assert await schedule.drain(timedelta(seconds=PATIENCE))


@pytest.mark.asyncio
async def test_what_was_never_started_is_drained() -> None:
    """Case: a daemon that fails before its start stops like any other."""
    assert await Schedule().drain(timedelta(seconds=PATIENCE))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller
