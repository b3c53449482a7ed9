"""Feeds that break, stand still or lose much for good: told once, told once when it is over, nothing else lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.daemon import Ended
from monitor.errors import ContractError, SourceError
from monitor.ledger import Ledger
from monitor.model.trouble import TroubleKind
from tests.daemon.fakes import (
    DAY,
    HOUR,
    MONDAY,
    PRICES,
    USAGE,
    Answer,
    Script,
    World,
    days,
    price_poll,
    prices,
    usage_poll,
)

pytestmark = pytest.mark.asyncio

MOVED = ContractError(f"{PRICES}: data[0]: got an object, expected the key 'pricing'")
BROKEN = f"Contract broken: {PRICES} does not answer as it was agreed"
KEPT = f"Contract kept again: {PRICES}"


def of(entries: int, price: float = 4.0) -> Answer:
    """A price list of so many models; only the first is spelled out."""
    return lambda window: replace(prices(a=price)(window), entries=entries)


async def hourly(world: World, name: str, hours: int, step: timedelta = HOUR) -> list[list[str]]:
    """The titles that so many polls bring."""
    daemon = await world.started()
    titles = []
    for _ in range(hours):
        await daemon.poll(name)
        titles.append(await world.titles(daemon))
        world.clock.at += step
    return titles


async def test_a_broken_contract_is_told_at_its_third_poll_and_when_it_is_over(ledger: Ledger) -> None:
    """With what was expected, and how old the figures in use are."""
    world = World(ledger, [price_poll(Script([of(9), MOVED, MOVED, MOVED, MOVED, of(9), MOVED]))], ())
    assert await hourly(world, PRICES, 7) == [[], [], [], [BROKEN], [], [KEPT], []]
    broken, kept = world.inbox.sent
    assert broken.lines == (
        f"{PRICES}: data[0]: got an object, expected the key 'pricing'",
        "since 2026-02-02 01:00 UTC",
        "What it showed last, 2026-02-02 00:00 UTC (3 hours ago), stays in use until it is too old (stale_after).",
        "Nothing of it is learnt until the source is as before, or this program or its settings follow.",
    )
    assert kept.lines[0] == "after 4 hours; the answer has 9 entries"
    assert kept.thread == broken.thread


async def test_a_restart_does_not_tell_it_again(ledger: Ledger) -> None:
    """What is wrong is remembered in the ledger."""
    world = World(ledger, [price_poll(Script([of(9), MOVED]))], ())
    assert await hourly(world, PRICES, 4) == [[], [], [], [BROKEN]]
    assert await hourly(world, PRICES, 4) == [[], [], [], []]
    (trouble,) = ledger.troubles()
    assert (trouble.kind, trouble.looks) == (TroubleKind.CONTRACT, 7)


async def test_a_source_that_can_not_be_reached_breaks_no_contract(ledger: Ledger) -> None:
    """That is for the rule SourceDown."""
    world = World(ledger, [price_poll(Script([of(9), SourceError("no connection")]))], ())
    assert await hourly(world, PRICES, 6) == [[]] * 6
    assert ledger.troubles() == []


async def test_the_age_of_what_is_in_use_is_a_sample(ledger: Ledger) -> None:
    """Nought at a good look, growing while there is none; nothing before the first."""
    down = SourceError("no connection")
    world = World(ledger, [price_poll(Script([down, of(9), down, of(3), of(9)]))], ())
    await hourly(world, PRICES, 5)
    assert ledger.columns("source_age").values.tolist() == [0.0, 3600.0, 7200.0, 0.0]


async def test_a_collapse_that_stays_is_believed_after_three_days_and_told(ledger: Ledger) -> None:
    """The new normal: what the list has now is what it is compared with from then on."""
    world = World(ledger, [price_poll(Script([of(100), of(40), of(40), of(41), of(40, 5.0), of(39, 5.0)]))], ())
    lost, back = f"Quarantined: a snapshot of {PRICES} is not believed", f"Believed again: {PRICES}"
    assert await hourly(world, PRICES, 6, DAY) == [[], [lost], [], [], [back], []]
    assert world.inbox.sent[1].lines == (
        "after 3 days; the answer has 40 entries",
        "since 2026-02-03 00:00 UTC it was: got 41 entries, expected at least 70: the last accepted answer had 100",
    )
    assert ledger.columns("price_output").values.tolist() == [4.0, 5.0]


async def test_a_frozen_list_is_told_once_and_its_prices_stay_in_use(ledger: Ledger) -> None:
    """Sixty days without history of its own; then every look is still a good one."""
    script = Script([of(9)] * 64 + [of(9, 5.0)])
    world = World(ledger, [price_poll(script)], ())
    titles = await hourly(world, PRICES, 65, DAY)
    assert [each for each in titles[:61] if each] == []
    assert titles[61:] == [
        [f"Frozen: {PRICES} answers and brings nothing new"],
        [],
        [],
        [f"Moving again: {PRICES} brought something new"],
    ]
    assert world.inbox.sent[0].lines[0] == (
        "got nothing new for 61 days, expected something within 60 days: the source answers, and always the same"
    )
    assert set(ledger.columns("source_up").values.tolist()) == {1.0}


async def test_usage_that_stays_at_the_same_day_is_frozen_after_three(ledger: Ledger) -> None:
    """The answers are good, and the days end where they ended."""
    world = World(ledger, [usage_poll(Script([days(MONDAY - 9 * DAY, a=[50.0] * 9)]))], ())
    told = [f"Frozen: {USAGE} answers and brings nothing new"]
    assert await hourly(world, USAGE, 6, DAY) == [[], [], [], [], told, []]


async def test_a_day_in_place_of_a_sum_is_not_learnt(ledger: Ledger) -> None:
    """All models at seven times what they were: the words say what it looks like."""
    models = {name: [100.0] * 8 for name in "abcde"}
    week = {name: [100.0] * 8 + [700.0 + number] for number, name in enumerate("abcde")}
    world = World(ledger, [usage_poll(Script([days(MONDAY - 8 * DAY, **models), days(MONDAY - 8 * DAY, **week)]))], ())
    daemon = await world.started()
    await daemon.poll(USAGE)
    world.clock.at += DAY
    polled = await daemon.poll(USAGE)
    assert polled.ended is Ended.QUARANTINED
    assert polled.why.endswith("expected 0.33 to 3 times: it looks like sums over seven days among days")


async def test_answers_are_kept_for_a_month_however_it_goes_on(ledger: Ledger) -> None:
    """Also while a source fails: what is older than thirty days goes."""
    world = World(ledger, [price_poll(Script([of(9), of(3), SourceError("no connection")]))], ())
    await hourly(world, PRICES, 31, DAY)
    assert ledger.body(PRICES, MONDAY) == b"{}"
    await hourly(world, PRICES, 2, DAY)
    assert ledger.body(PRICES, MONDAY) is None
    assert [look.fetched_at for look in ledger.snapshots(PRICES)] == [MONDAY + DAY, MONDAY]
