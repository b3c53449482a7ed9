"""What is amiss: own steps that went wrong, and receivers that take nothing; not what people are told of anyhow."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import patch

import pytest

from monitor.amiss import amiss
from monitor.daemon import Daemon
from monitor.errors import DeliveryError, LedgerFullError, SourceError
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.notification import Notification
from tests.daemon.fakes import DAY, MONDAY, USAGE, Script, World, days, usage_poll
from tests.delivery.fakes import FakeNotifier

pytestmark = pytest.mark.asyncio
DOWN = SourceError("http://localhost/list: got HTTP 500, expected 200")
FULL = LedgerFullError("ledger.sqlite: the disk is full", hint="free some space")


def wrong(world: World, daemon: Daemon) -> list[str]:
    """What is amiss now."""
    return amiss(daemon.steps, world.ledger, world.clock.at)


async def test_a_step_is_amiss_until_it_is_taken_to_its_end(ledger: Ledger) -> None:
    """Case: a fault in judging and a full disk, each until the same step goes well; a source that is down is none."""
    world = World(ledger, [usage_poll(Script([days(MONDAY, a=[50.0]), days(MONDAY, a=[50.0]), DOWN]))])
    daemon = await world.started()
    world.clock.at = MONDAY + DAY
    assert wrong(world, daemon) == []
    with patch.object(Judging, "judge", side_effect=ZeroDivisionError):
        await daemon.poll(USAGE)
    assert wrong(world, daemon) == [
        f"poll {USAGE}: a fault of this program (ZeroDivisionError); the log says where, please report it"
    ]
    await daemon.poll(USAGE)
    assert wrong(world, daemon) == []
    with patch.object(Judging, "review", side_effect=FULL):
        world.clock.at += timedelta(minutes=2)
        await daemon.heartbeat()
    assert wrong(world, daemon) == ["review: ledger.sqlite: the disk is full"]
    world.clock.at += timedelta(minutes=2)
    await daemon.heartbeat()
    await daemon.poll(USAGE)
    assert wrong(world, daemon) == []
    assert daemon.steps.counts[f"poll {USAGE}", "failed"] == 1


async def test_a_receiver_that_takes_nothing_is_amiss_after_a_quarter_of_an_hour(ledger: Ledger) -> None:
    """It can not be told of that itself; once it takes what is owed all is well."""
    down = True

    def refuse(_: Notification) -> None:
        if down:
            raise DeliveryError("slack: can not be reached")

    world = World(ledger, [usage_poll(Script([days(MONDAY, a=[50.0]), days(MONDAY, a=[50.0, 150.0])]))])
    world.inbox = FakeNotifier(refuse)
    daemon = await world.started()
    for day in (1, 2):
        world.clock.at = MONDAY + day * DAY
        await daemon.poll(USAGE)
        await daemon.deliver()
    assert wrong(world, daemon) == []
    world.clock.at += timedelta(minutes=16)
    await daemon.deliver()
    assert wrong(world, daemon) == ["receiver slack: 1 message owed, the oldest since 16 minutes ago"]
    down = False
    world.clock.at += timedelta(minutes=16)
    await daemon.deliver()
    assert wrong(world, daemon) == []


async def test_a_ledger_that_can_not_be_read_is_amiss(ledger: Ledger) -> None:
    """Whoever asks is answered."""
    world = World(ledger, [])
    daemon = world.daemon()
    ledger.close()
    assert len(wrong(world, daemon)) == 1
