"""What reads well but can not be believed is kept, not judged, and told once until something good came."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.daemon import Ended
from monitor.ledger import Ledger
from monitor.ledger.snapshots import Status
from monitor.model.bar import Bar
from monitor.model.sample import Snapshot
from monitor.ports import Window
from tests.daemon.fakes import (
    DAY,
    DEAR,
    HOUR,
    MONDAY,
    PRICES,
    USAGE,
    Answer,
    Script,
    World,
    bars,
    days,
    price_poll,
    prices,
    told,
    unchanged,
    usage_poll,
)

pytestmark = pytest.mark.asyncio

MORNING = timedelta(minutes=20)
WHY = "got 3 entries, expected at least 7: the last accepted answer had 10"
NOTICE = f"Quarantined: a snapshot of {PRICES} is not believed"
OVER = f"Believed again: {PRICES}"


def of(entries: int, price: float) -> Answer:
    """A price list of so many models; only the first is spelled out."""

    def answer(window: Window) -> Snapshot:
        return replace(prices(a=price)(window), entries=entries)

    return answer


async def test_a_list_that_shrank_is_kept_and_not_judged_and_told_once(ledger: Ledger) -> None:
    """Three bad looks are one notice; nothing of them is learnt; the next good one goes on as if they had not been."""
    source = Script([of(10, 4.0), of(3, 6.0), of(3, 6.0), of(3, 6.0), of(10, 4.5), of(10, 6.0), of(3, 1.0)])
    world = World(ledger, [price_poll(source)], (DEAR,))
    daemon = await world.started()
    ends, titles = [], []
    for hour in range(7):
        world.clock.at = MONDAY + hour * HOUR + MORNING
        ends.append(await daemon.poll(PRICES))
        titles.append(await world.titles(daemon))
    quarantined = Ended.QUARANTINED
    assert [polled.ended for polled in ends] == [
        Ended.LEARNT, quarantined, quarantined, quarantined, Ended.LEARNT, Ended.LEARNT, quarantined,
    ]  # fmt: skip
    assert {polled.why for polled in ends} == {"", WHY}
    assert titles == [[], [NOTICE], [], [], [OVER], ["Dear: a: $6 against $5"], [NOTICE]]
    assert world.inbox.sent[0].lines == (
        WHY,
        "first seen 2026-02-02 01:20 UTC",
        "What it showed last, 2026-02-02 00:20 UTC (1 hour ago), stays in use until it is too old (stale_after).",
        "It is kept for people to look at and is not judged; alerts over this source wait for the next good snapshot.",
    )
    assert world.inbox.sent[1].lines == (
        "after 3 hours; the answer has 10 entries",
        f"since 2026-02-02 01:20 UTC it was: {WHY}",
    )
    assert ledger.columns("price_output").values.tolist() == [4.0, 4.5, 6.0]
    assert ledger.body(PRICES, MONDAY + HOUR + MORNING) == b"{}"
    assert ledger.columns("source_up").values.tolist() == [1.0, 0.0, 1.0, 0.0]
    assert len(world.accepted) == 3


async def test_an_unchanged_answer_after_a_bad_one_is_a_good_look(ledger: Ledger) -> None:
    """Only accepted answers are asked for conditionally, so a 304 speaks of the last good one, not of the bad one."""
    source = Script([of(10, 6.0), of(3, 1.0), unchanged, unchanged, of(3, 1.0)])
    world = World(ledger, [price_poll(source)], (DEAR,))
    daemon = await world.started()
    ends, titles = [], []
    for hour in range(5):
        world.clock.at = MONDAY + hour * HOUR + MORNING
        ends.append((await daemon.poll(PRICES)).ended.value)
        titles.append(await world.titles(daemon))
    assert ends == ["learnt", "quarantined", "unchanged", "unchanged", "quarantined"]
    assert titles == [[], [NOTICE], [OVER], [], [NOTICE]]
    assert [look.status for look in ledger.snapshots(PRICES)] == [
        Status.QUARANTINED, Status.UNCHANGED, Status.UNCHANGED, Status.QUARANTINED, Status.ACCEPTED,
    ]  # fmt: skip
    assert ledger.judged("Dear", "openrouter") == int((MONDAY + 4 * HOUR).timestamp())


async def test_a_day_that_is_off_by_more_than_half_is_not_believed(ledger: Ledger) -> None:
    """The total against the seven days before; a day later the same figures are part of what is compared with."""
    week = [90.0] * 8
    source = Script([days(MONDAY, a=week), days(MONDAY + 5 * DAY, a=[90, 90, 90, 200]), days(MONDAY, a=[*week, 95])])
    world = World(ledger, [usage_poll(source)])
    daemon = await world.started()
    world.clock.at = MONDAY + 8 * DAY + MORNING
    await daemon.poll(USAGE)
    world.clock.at += DAY
    polled = await daemon.poll(USAGE)
    assert polled.ended is Ended.QUARANTINED
    assert polled.why == (
        "got a total of 200 for the day of 2026-02-10, expected 45 to 135: the mean of the 7 before is 90"
    )
    assert await world.titles(daemon) == [f"Quarantined: a snapshot of {USAGE} is not believed"]
    assert told(ledger.transitions()) == []
    world.clock.at += HOUR
    assert (await daemon.poll(USAGE)).ended is Ended.LEARNT


async def test_a_week_that_doubled_is_believed(ledger: Ledger) -> None:
    """Totals are compared for days alone: a market that grows doubles against the mean of its last seven weeks."""
    weeks = [100.0, 110, 120, 130, 140, 150, 160, 170]
    source = Script([
        bars(MONDAY - 56 * DAY, Bar.WEEK, a=weeks),
        bars(MONDAY - 56 * DAY, Bar.WEEK, a=[*weeks, 400]),
    ])  # fmt: skip
    world = World(ledger, [usage_poll(source)])
    daemon = await world.started()
    world.clock.at = MONDAY + MORNING
    await daemon.poll(USAGE)
    world.clock.at += 7 * DAY
    assert (await daemon.poll(USAGE)).ended is Ended.LEARNT
    assert ledger.columns("tokens").values.tolist()[-1] == 400
