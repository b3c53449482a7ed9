"""The loop: ready, catching up, delivering, and an end in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from monitor.daemon import Daemon, Ended
from monitor.errors import LedgerFullError, RuleError
from monitor.feed import Feed
from monitor.ledger import Ledger
from monitor.model.copying import Rejection
from monitor.model.notification import Notification
from monitor.model.sample import Sample, Snapshot
from monitor.ports import Window
from tests.daemon.fakes import (
    DAY,
    HOUR,
    MONDAY,
    PRICES,
    USAGE,
    Script,
    World,
    days,
    price_poll,
    prices,
    unchanged,
    usage_poll,
)
from tests.delivery.fakes import FakeNotifier

pytestmark = pytest.mark.asyncio

MORNING = timedelta(minutes=21)  # the second at which a name is due lies within the minute before
LONG, SHORT = timedelta(seconds=30), timedelta(seconds=0.05)


class Hanging:
    """A source that never answers; `asked` is set by then."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.ended = False

    async def poll(self, window: Window) -> Snapshot:  # noqa: ARG002
        """Waits for ever."""
        self.asked.set()
        try:
            return await asyncio.Future()
        finally:
            self.ended = True


class Slow:
    """A source that answers when it is let; counts how many ask at once."""

    def __init__(self, answer: Script) -> None:
        self.let = asyncio.Event()
        self.asking = 0
        self.most = 0
        self._answer = answer

    async def poll(self, window: Window) -> Snapshot:
        """Waits for `let`."""
        self.asking += 1
        self.most = max(self.most, self.asking)
        await self.let.wait()
        self.asking -= 1
        return await self._answer.poll(window)


@dataclass
class Broken:
    """A sink that fails in a way it does not declare; `wrote` is set by then."""

    loop: asyncio.AbstractEventLoop
    wrote: asyncio.Event

    def write(self, samples: Sequence[Sample]) -> list[Rejection]:  # noqa: ARG002
        """Fails."""
        self.loop.call_soon_threadsafe(self.wrote.set)
        raise ZeroDivisionError


async def test_what_is_overdue_is_polled_at_the_start(ledger: Ledger) -> None:
    """Never polled, or a fire time has passed since; failures do not count as a look, a quarantine does."""
    world = World(ledger, [usage_poll(Script([days(MONDAY, a=[50])])), price_poll(Script([prices(a=4.0), unchanged]))])
    daemon = await world.started()
    world.clock.at = MONDAY + DAY + MORNING
    assert daemon.overdue() == [USAGE, PRICES]
    await daemon.poll(USAGE)
    await daemon.poll(PRICES)
    assert daemon.overdue() == []
    world.clock.at = MONDAY + DAY + HOUR
    assert daemon.overdue() == []
    world.clock.at += timedelta(minutes=6)
    assert daemon.overdue() == [PRICES]
    await daemon.poll(PRICES)
    assert daemon.overdue() == []
    world.clock.at = MONDAY + 2 * DAY + MORNING
    assert daemon.overdue() == [USAGE, PRICES]


async def test_a_run_catches_up_delivers_and_ends(ledger: Ledger) -> None:
    """Ready at once; what is overdue is polled, what follows is delivered; a stop ends it without being asked twice."""
    world = World(ledger, [usage_poll(Script([days(MONDAY, a=[50, 150])]))])
    world.clock.at = MONDAY + DAY + MORNING
    ledger.learn(days(MONDAY, a=[50])(Window(world.clock.at)))
    await world.started()
    world.clock.at += DAY + MORNING
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end(_: Notification) -> None:
        loop.call_soon_threadsafe(stop.set)

    world.inbox = FakeNotifier(end)
    ready: list[int] = []
    await asyncio.wait_for(world.daemon().run(stop, lambda: ready.append(len(world.inbox.sent)), LONG), 20)
    assert ready == [0]
    assert [notification.title for notification in world.inbox.sent] == ["Busy: a: 150 against 100"]
    assert ledger.outbox.counts()["delivered"] == 1


async def test_a_stop_waits_for_a_poll_that_is_under_way(ledger: Ledger) -> None:
    """A long read of history at the start is finished, learnt and judged, not thrown away."""
    source = Slow(Script([days(MONDAY, a=[50])]))
    world = World(ledger, [usage_poll(source)])
    world.clock.at = MONDAY + DAY + MORNING
    stop = asyncio.Event()
    running = asyncio.create_task(world.daemon().run(stop, lambda: None, LONG))
    await _until(lambda: source.asking > 0)
    stop.set()
    source.let.set()
    await asyncio.wait_for(running, 20)
    assert ledger.judged("Busy", "openrouter") == int((MONDAY + DAY).timestamp())


async def test_a_stop_cuts_off_what_takes_too_long(ledger: Ledger) -> None:
    """A source that hangs does not hold up the end for longer than it was given."""
    source = Hanging()
    world = World(ledger, [usage_poll(source)])
    stop = asyncio.Event()
    running = asyncio.create_task(world.daemon().run(stop, lambda: None, SHORT))
    await source.asked.wait()
    stop.set()
    await asyncio.wait_for(running, 5)
    assert source.ended


async def test_a_sink_with_a_fault_of_ours_stops_nothing_else(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """Alerts do not depend on what history is copied to: the fault is in the log, the run goes on to its stop."""
    world = World(ledger, [usage_poll(Script([days(MONDAY, a=[50])]))])
    world.clock.at = MONDAY + DAY + MORNING
    await (await world.started()).poll(USAGE)
    wrote, stop = asyncio.Event(), asyncio.Event()
    world.feeds = [Feed("broken", Broken(asyncio.get_running_loop(), wrote), ledger.cursors)]
    running = asyncio.create_task(world.daemon().run(stop, lambda: None, LONG))
    await asyncio.wait_for(wrote.wait(), 20)
    await _until(lambda: "ZeroDivisionError" in caplog.text)
    assert not running.done()
    stop.set()
    await asyncio.wait_for(running, 20)
    assert "sink broken ended with a fault of this program and is not started again" in caplog.text


async def test_a_delivery_with_a_fault_of_ours_ends_the_run(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would notice a monitor that delivers nothing any more: it ends with the fault, to be started again."""

    async def deliver(_: Daemon) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(Daemon, "deliver", deliver)
    world = World(ledger, [usage_poll(Script([days(MONDAY, a=[50])]))])
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(world.daemon().run(asyncio.Event(), lambda: None, SHORT), 20)


async def test_nothing_begins_before_the_rules_are_sound(ledger: Ledger) -> None:
    """Broken rules end a run before it is ready and before anything is asked."""
    source = Script([days(MONDAY, a=[50])])
    world = World(ledger, [usage_poll(source)], ("groups: [",))
    ready: list[bool] = []
    with pytest.raises(RuleError, match=r"rules/1\.yaml:2:1: not YAML"):
        await world.daemon().run(asyncio.Event(), lambda: ready.append(True), SHORT)
    assert (ready, source.windows) == ([], [])


async def test_one_source_is_never_asked_twice_at_once(ledger: Ledger) -> None:
    """Schedule, retry and catching up may want the same source: the later one waits, and finds history filled."""
    source = Slow(Script([days(MONDAY, a=[50]), days(MONDAY, a=[50])]))
    world = World(ledger, [usage_poll(source)])
    world.clock.at = MONDAY + DAY + MORNING
    daemon = await world.started()
    both = asyncio.gather(daemon.poll(USAGE), daemon.poll(USAGE))
    await _until(lambda: source.asking > 0)
    source.let.set()
    assert [polled.ended for polled in await both] == [Ended.LEARNT, Ended.LEARNT]
    assert source.most == 1


async def test_the_outbox_outlives_a_full_disk(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery that can not be begun is said and tried again; the worker goes on."""
    world = World(ledger, [usage_poll(Script([days(MONDAY, a=[50])]))])
    monkeypatch.setattr("monitor.daemon._LOOK_FOR_POSTPONED", 0.0)
    stop = asyncio.Event()
    drains: list[Daemon] = []

    async def deliver(self: Daemon) -> int:
        drains.append(self)
        if len(drains) == 3:
            stop.set()
            return 0
        raise LedgerFullError("ledger.sqlite: the disk is full")

    monkeypatch.setattr(Daemon, "deliver", deliver)
    await asyncio.wait_for(world.daemon().run(stop, lambda: None, LONG), 20)
    assert len(drains) == 3


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0)
