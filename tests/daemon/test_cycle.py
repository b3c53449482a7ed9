"""One cycle after the other: history is silent, every sealed bar is judged once and in order, and told once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from monitor.daemon import Ended
from monitor.ledger import Ledger
from monitor.ports import Window
from tests.daemon.fakes import (
    DAY,
    DEAR,
    HOUR,
    LONG_DEAR,
    MONDAY,
    PRICES,
    PRICES_LINE,
    RULES,
    USAGE,
    USAGE_LINE,
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


async def test_history_is_filled_silently_and_the_next_bar_is_told(ledger: Ledger) -> None:
    """On the first start all of history is asked for and judged, recorded, and nobody is told; a new bar is."""
    source = Script([days(MONDAY, a=[50, 150, 50]), days(MONDAY + 2 * DAY, a=[50, 150])])
    world = World(ledger, [usage_poll(source)])
    daemon = await world.started()
    world.clock.at = MONDAY + 3 * DAY + MORNING
    first = await daemon.poll(USAGE)
    assert source.windows[0].since == MONDAY - 60 * DAY
    assert (first.ended, first.entries) == (Ended.LEARNT, 1)
    assert [len(judgement.transitions) for judgement in first.outcome.silent] == [2]
    assert told(ledger.transitions()) == [("Busy", "firing", 3), ("Busy", "resolved", 4)]
    assert await world.titles(daemon) == []

    world.clock.at += DAY
    second = await daemon.poll(USAGE)
    assert source.windows[1].since == MONDAY + DAY + MORNING
    assert (second.outcome.silent, [len(each.transitions) for each in second.outcome.told]) == ((), [1])
    assert await world.titles(daemon) == ["Busy: a: 150 against 100"]
    assert world.inbox.sent[0].citations == (USAGE_LINE,)
    assert world.accepted == [f"at {MONDAY + 3 * DAY + MORNING}", f"at {MONDAY + 4 * DAY + MORNING}"]


async def test_every_bar_missed_in_a_downtime_is_judged_in_order_and_told_late(ledger: Ledger) -> None:
    """Six days without a monitor: it asks from before its last look on, judges day by day, and says what is late."""
    source = Script([days(MONDAY, a=[90] * 3), days(MONDAY + DAY, a=[90, 90, 110, 110, 90, 110, 90, 90, 110])])
    world = World(ledger, [usage_poll(source)])
    world.clock.at = MONDAY + 3 * DAY + MORNING
    await (await world.started()).poll(USAGE)

    world.clock.at = MONDAY + 10 * DAY + MORNING
    daemon = await world.started()
    assert daemon.overdue() == [USAGE]
    await daemon.poll(USAGE)
    assert source.windows[1].since == MONDAY + DAY + MORNING
    assert await world.titles(daemon) == [
        "Catch-up: 4 changes of bars from 2026-02-05 to 2026-02-09, told late",
        "Busy: a: 110 against 100",
    ]
    catch_up, news = world.inbox.sent
    assert catch_up.lines == (
        "2026-02-05: Busy: a: 110 against 100",
        "2026-02-07: Resolved: Busy: a: 90 against 100",
        "2026-02-08: Busy: a: 110 against 100",
        "2026-02-09: Resolved: Busy: a: 90 against 100",
    )
    assert catch_up.citations == (USAGE_LINE,)
    assert news.lines == (
        "day 2026-02-11 (UTC), judged 2026-02-12 00:20 UTC",
        "It changed too often: further changes are told together, once it is calm.",
    )


async def test_what_a_stop_left_unjudged_is_judged_at_the_next_start(ledger: Ledger) -> None:
    """A process that died between learning and judging: the next one tells what that one would have told."""
    source = Script([days(MONDAY, a=[50])])
    world = World(ledger, [usage_poll(source)])
    world.clock.at = MONDAY + DAY + MORNING
    await (await world.started()).poll(USAGE)
    world.clock.at += DAY
    ledger.learn(days(MONDAY + DAY, a=[150])(Window(world.clock.at)))

    daemon = await world.started()
    assert await world.titles(daemon) == ["Busy: a: 150 against 100"]


async def test_judging_again_tells_nothing_again(ledger: Ledger) -> None:
    """Starts, reloads and polls that bring the same again change no record and owe nothing."""
    source = Script([days(MONDAY, a=[50]), days(MONDAY, a=[50, 150])])
    world = World(ledger, [usage_poll(source)])
    daemon = await world.started()
    for day in (1, 2):
        world.clock.at = MONDAY + day * DAY + MORNING
        await daemon.poll(USAGE)
    assert len(await world.titles(daemon)) == 1
    before = ledger.transitions()

    world.clock.at += HOUR
    again = await world.started()
    await again.reload()
    polled = await again.poll(USAGE)
    assert (polled.outcome.told, polled.outcome.silent) == ((), ())
    assert ledger.transitions() == before
    assert await world.titles(again) == []


async def test_a_look_that_finds_nothing_new_seals_bars(ledger: Ledger) -> None:
    """A 304 is a good look: what holds for three hours is told at the third although nothing was ever learnt again."""
    source = Script([prices(a=4.0), prices(a=6.0), unchanged])
    world = World(ledger, [price_poll(source)], (LONG_DEAR,))
    daemon = await world.started()
    ends, titles = [], []
    for hour in range(5):
        world.clock.at = MONDAY + hour * HOUR + timedelta(minutes=5)
        ends.append((await daemon.poll(PRICES)).ended.value)
        titles.append(await world.titles(daemon))
    assert ends == ["learnt", "learnt", "unchanged", "unchanged", "unchanged"]
    assert titles == [[], [], [], ["Dear: a: $6 against $5"], []]


async def test_figures_are_told_with_the_words_of_their_own_answer(ledger: Ledger) -> None:
    """Usage and prices share a source label and are polled at once: usage carries its licence, prices their line."""
    usage = Script([days(MONDAY, a=[50]), days(MONDAY, a=[50, 150])])
    world = World(ledger, [usage_poll(usage), price_poll(Script([prices(a=4.0), prices(a=6.0)]))], (RULES, DEAR))
    daemon = await world.started()
    for day in (1, 2):
        world.clock.at = MONDAY + day * DAY + MORNING
        await asyncio.gather(daemon.poll(USAGE), daemon.poll(PRICES))
    assert sorted(await world.titles(daemon)) == ["Busy: a: 150 against 100", "Dear: a: $6 against $5"]
    shown = {notification.title[:4]: notification.citations for notification in world.inbox.sent}
    assert shown == {"Busy": (USAGE_LINE,), "Dear": (PRICES_LINE,)}


async def test_a_rule_without_bars_yet_starts_silently_when_they_come(ledger: Ledger) -> None:
    """A source that is switched on later: its first look is history, also for rules that have long been there."""
    polls = [usage_poll(Script([days(MONDAY, a=[50])])), price_poll(Script([prices(a=6.0)]))]
    world = World(ledger, polls, (RULES, DEAR))
    daemon = await world.started()
    world.clock.at = MONDAY + DAY + MORNING
    await daemon.poll(USAGE)
    world.clock.at += HOUR
    polled = await daemon.poll(PRICES)
    assert [(each.alert, len(each.transitions)) for each in polled.outcome.silent] == [("Dear", 1)]
    assert await world.titles(daemon) == []
