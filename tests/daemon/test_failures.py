"""What fails is told, tried again and costs nothing: neither what is stored nor the other sources."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from monitor.daemon import Daemon, Ended
from monitor.errors import LedgerFullError, SourceError
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.sample import Snapshot
from monitor.ports import Window
from tests.daemon.fakes import (
    DAY,
    DEAR,
    DOWN,
    MONDAY,
    PRICES,
    RULES,
    USAGE,
    Script,
    World,
    days,
    price_poll,
    prices,
    told,
    unchanged,
    usage_poll,
)

pytestmark = pytest.mark.asyncio

MORNING = timedelta(minutes=20)
BEAT = timedelta(minutes=1)
BROKEN = SourceError("http://localhost/list: got HTTP 500, expected 200")
FULL = LedgerFullError("ledger.sqlite: the disk is full, nothing of this transaction was kept", hint="free some space")


async def test_a_source_that_fails_is_tried_again_at_longer_and_longer_waits(ledger: Ledger) -> None:
    """After 5, 10, 20, 40 and then every 60 minutes, until it answers; the other source is polled as ever."""
    source = Script([*[BROKEN] * 7, days(MONDAY, a=[50])])
    world = World(ledger, [usage_poll(source), price_poll(Script([prices(a=4.0)]))])
    daemon = await world.started()
    world.clock.at = MONDAY + DAY + MORNING
    failed = await daemon.poll(USAGE)
    assert (failed.ended, failed.why) == (Ended.FAILED, "http://localhost/list: got HTTP 500, expected 200")
    assert (await daemon.poll(PRICES)).ended is Ended.LEARNT
    await _beat(world, daemon, minutes=400)
    asked = [(window.now - MONDAY - DAY - MORNING) // BEAT for window in source.windows]
    assert asked == [0, 5, 15, 35, 75, 135, 195, 255]


async def test_a_source_that_is_down_is_told_once_after_three_hours_and_so_is_its_end(ledger: Ledger) -> None:
    """`source_up` is 0 from the first failure; in the third hour of it one message, and one when it answers."""
    source = Script([days(MONDAY, a=[50]), *[BROKEN] * 9, days(MONDAY, a=[50, 60])])
    world = World(ledger, [usage_poll(source)], (RULES, DOWN))
    daemon = await world.started()
    for day in (1, 2):
        world.clock.at = MONDAY + day * DAY + MORNING
        await daemon.poll(USAGE)
    assert ledger.columns("source_up").values.tolist() == [1.0, 0.0]
    spoke = await _beat(world, daemon, minutes=600)
    assert [(minute // 60, title) for minute, title in spoke] == [
        (2, "SourceDown: 0 against 1"),
        (6, "Resolved: SourceDown: 1 against 1"),
    ]
    assert ledger.columns("source_up").values.tolist() == [1.0, 0.0, 1.0]


async def test_a_fault_of_a_source_of_ours_is_a_failure_of_that_source(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """An error nobody declared: the source is down and tried again, the log shows where, the daemon goes on."""
    source = Script([days(MONDAY, a=[50]), KeyError("secret")])
    world = World(ledger, [usage_poll(source)])
    daemon = await world.started()
    world.clock.at = MONDAY + DAY + MORNING
    await daemon.poll(USAGE)
    world.clock.at += DAY
    polled = await daemon.poll(USAGE)
    assert polled.ended is Ended.FAILED
    assert polled.why == "a fault of this program (KeyError); the log says where, please report it"
    assert ledger.columns("source_up").values.tolist() == [1.0, 0.0]
    assert "Traceback" in caplog.text
    assert "fakes.py" in caplog.text


async def test_a_fault_in_judging_does_not_make_retries_run_wild(ledger: Ledger) -> None:
    """Whatever goes wrong in a cycle ends it as failed, with the same waits as any failure."""
    source = Script([days(MONDAY, a=[50])])
    world = World(ledger, [usage_poll(source)])
    daemon = await world.started()
    world.clock.at = MONDAY + DAY + MORNING
    with patch.object(Judging, "judge", side_effect=ZeroDivisionError):
        assert (await daemon.poll(USAGE)).ended is Ended.FAILED
        await _beat(world, daemon, minutes=30)
    assert len(source.windows) == 3
    await _beat(world, daemon, minutes=30)
    assert len(source.windows) == 4
    assert ledger.judged("Busy", "openrouter") is not None


async def test_a_full_disk_loses_nothing(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing of the snapshot is kept, its answer is not called accepted, and the retry learns and tells all of it."""
    source = Script([days(MONDAY, a=[50]), days(MONDAY, a=[50, 150])])
    world = World(ledger, [usage_poll(source)])
    daemon = await world.started()
    world.clock.at = MONDAY + DAY + MORNING
    await daemon.poll(USAGE)
    world.clock.at += DAY
    with _full_disk_while("learn"):
        polled = await daemon.poll(USAGE)
    assert (polled.ended, polled.why) == (Ended.FAILED, str(FULL))
    assert "the disk is full" in caplog.text
    assert "free some space" in caplog.text
    assert len(ledger.columns("tokens").values) == 1
    assert len(world.accepted) == 1

    spoke = await _beat(world, daemon, minutes=10)
    assert spoke == [(5, "Busy: a: 150 against 100")]
    assert len(ledger.columns("tokens").values) == 2


async def test_a_full_disk_between_learning_and_judging_loses_nothing(ledger: Ledger) -> None:
    """What was learnt stays and is judged with the next poll, and told."""
    source = Script([days(MONDAY, a=[50]), days(MONDAY, a=[50, 150])])
    world = World(ledger, [usage_poll(source)])
    daemon = await world.started()
    world.clock.at = MONDAY + DAY + MORNING
    await daemon.poll(USAGE)
    world.clock.at += DAY
    with _full_disk_while("record"):
        assert (await daemon.poll(USAGE)).ended is Ended.FAILED
    assert len(ledger.columns("tokens").values) == 2
    assert ledger.transitions() == []

    assert await _beat(world, daemon, minutes=10) == [(5, "Busy: a: 150 against 100")]
    assert told(ledger.transitions()) == [("Busy", "firing", 3)]


async def test_a_look_that_was_not_stored_is_asked_for_in_full_again(ledger: Ledger) -> None:
    """Only stored answers are called accepted, so a 304 can never stand for something that was lost."""
    source = Script([prices(a=4.0), prices(a=6.0), prices(a=6.0), unchanged])
    world = World(ledger, [price_poll(source)], (DEAR,))
    daemon = await world.started()
    world.clock.at = MONDAY
    await daemon.poll(PRICES)
    world.clock.at += timedelta(hours=1)
    with _full_disk_while("learn"):
        await daemon.poll(PRICES)
    assert world.accepted == ["prices [('a', 4.0)]"]
    assert await _beat(world, daemon, minutes=10) == [(5, "Dear: a: $6 against $5")]
    assert world.accepted == ["prices [('a', 4.0)]", "prices [('a', 6.0)]"]


async def test_fields_that_were_left_unknown_are_said(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    """A snapshot with a broken field is learnt without it; a person can read which field and why."""
    fault = "openrouter_models: data[3].pricing.prompt: got '-5', expected a price"

    def answer(window: Window) -> Snapshot:
        return replace(prices(a=4.0)(window), faults=(fault,))

    world = World(ledger, [price_poll(Script([answer]))], (DEAR,))
    with caplog.at_level(logging.WARNING):
        polled = await (await world.started()).poll(PRICES)
    assert polled.ended is Ended.LEARNT
    assert f"poll {PRICES}: left unknown: {fault}" in caplog.text


async def test_what_time_makes_due_and_can_not_be_written_holds_up_no_retry(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk at the look for silences that are over: said, and what failed is polled again all the same."""
    source = Script([SourceError("down"), prices(a=6.0)])
    world = World(ledger, [price_poll(source)], (DEAR,))
    daemon = await world.started()
    world.clock.at = MONDAY
    await daemon.poll(PRICES)
    world.clock.at += timedelta(minutes=5)
    with patch.object(Judging, "review", side_effect=FULL):
        await daemon.heartbeat()
    assert len(source.windows) == 2
    assert "what time makes due is not told yet: " in caplog.text


async def _beat(world: World, daemon: Daemon, *, minutes: int) -> list[tuple[int, str]]:
    """A heartbeat and a delivery every minute; what was said, with its minute."""
    said = []
    for minute in range(1, minutes + 1):
        world.clock.at += BEAT
        await daemon.heartbeat()
        said += [(minute, title) for title in await world.titles(daemon)]
    return said


@contextmanager
def _full_disk_while(step: str) -> Iterator[None]:
    with patch.object(Ledger, step, side_effect=FULL):
        yield
