"""A source restates a day that was judged: told in the same thread, once, and never twice of one episode."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.ledger import Ledger
from monitor.model.notification import Notification
from tests.daemon.fakes import DAY, MONDAY, USAGE, Script, World, days, told, usage_poll

pytestmark = pytest.mark.asyncio

MORNING = timedelta(minutes=20)


async def lived(ledger: Ledger, *answers: list[float], restart: bool = False) -> list[Notification]:
    """What a monitor sends that polls each morning; each answer has the days from the first Monday on."""
    world = World(ledger, [usage_poll(Script([days(MONDAY, a=answer) for answer in answers]))])
    daemon = await world.started()
    for answer in answers:
        world.clock.at = MONDAY + len(answer) * DAY + MORNING
        daemon = await world.started() if restart else daemon
        await daemon.poll(USAGE)
        await daemon.deliver()
    return world.inbox.sent


@pytest.mark.parametrize("restart", [False, True])
async def test_what_was_told_and_did_not_happen_is_withdrawn_in_its_thread(ledger: Ledger, *, restart: bool) -> None:
    """110 became 95: told once, though the source goes on saying so, and no end of it is told."""
    sent = await lived(ledger, [90], [90, 110], [90, 95, 90], [90, 95, 90, 90], restart=restart)
    assert [each.title for each in sent] == [
        "Busy: a: 110 against 100",
        "Withdrawn, figures were restated: Busy: a: 110 against 100",
    ]
    assert len({each.thread for each in sent}) == 1
    assert told(ledger.transitions()) == [("Busy", "firing", 3), ("Busy", "withdrawn", 3)]


async def test_what_happened_after_all_is_told_late_and_once(ledger: Ledger) -> None:
    """95 became 110 two days later."""
    sent = await lived(ledger, [90], [90, 95], [90, 95, 90], [90, 110, 90, 90], [90, 110, 90, 90, 90])
    assert [each.title for each in sent] == [
        "Catch-up: 2 changes of bars from 2026-02-03 to 2026-02-04, told late",
    ]


async def test_an_episode_that_moved_keeps_its_thread_to_its_end(ledger: Ledger) -> None:
    """It began a day later than was told; its end is told where its beginning was."""
    sent = await lived(ledger, [90], [90, 110], [90, 95, 110], [90, 95, 110, 90])
    assert [each.title for each in sent] == [
        "Busy: a: 110 against 100",
        "Corrected, figures were restated: Busy: a: 110 against 100 (told before of day 2026-02-03 (UTC))",
        "Resolved: Busy: a: 90 against 100",
    ]
    assert len({each.thread for each in sent}) == 1


async def test_history_that_nobody_heard_of_is_corrected_silently(ledger: Ledger) -> None:
    """What was judged before the monitor told anything is recorded anew, and that is all."""
    assert await lived(ledger, [90, 110, 90], [90, 95, 90, 90]) == []
    assert told(ledger.transitions()) == [("Busy", "firing", 3), ("Busy", "withdrawn", 3), ("Busy", "resolved", 4)]


async def test_another_figure_that_changes_nothing_is_not_told(ledger: Ledger) -> None:
    """110 became 111: above 100 it was before as well."""
    sent = await lived(ledger, [90], [90, 110], [90, 111, 112])
    assert [each.title for each in sent] == ["Busy: a: 110 against 100"]
