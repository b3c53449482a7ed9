"""`absent` where a source is down as a whole: no bar is sealed any more, the monitor's own clock goes on."""

from __future__ import annotations

import pytest

from monitor.errors import SourceError
from monitor.ledger import Ledger
from tests.daemon.fakes import (
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
    told,
    usage_poll,
)

pytestmark = pytest.mark.asyncio

DOWN = SourceError("HTTP 503")
NO_PRICES = """
groups:
  - name: prices
    every: hour
    rules:
      - alert: NoPrices
        watch: price_output
        absent: 2d
"""
NO_USAGE = """
groups:
  - name: usage
    every: day
    rules:
      - alert: NoUsage
        watch: tokens
        absent: 2d
"""


@pytest.mark.parametrize("restart", [False, True])
async def test_prices_of_a_source_that_fails_for_two_days(ledger: Ledger, *, restart: bool) -> None:
    """It fires while nothing is sealed, once, and is over as soon as the source is back.

    The look at 00:05 is believed until 03:05: 04:00 is the first bar of which nothing is known.
    """
    world = World(ledger, [price_poll(Script([prices(a=1), *[DOWN] * 60, prices(a=1)]))], (NO_PRICES,))
    daemon = await world.started()
    titles = []
    for hour in range(64):
        world.clock.at = MONDAY + hour * HOUR + HOUR / 12
        daemon = await world.started() if restart else daemon
        await daemon.poll(PRICES)
        titles += [(hour, title) for title in await world.titles(daemon)]
    assert [hour for hour, _ in titles] == [52, 61]
    assert told(ledger.transitions()) == [("NoPrices", "firing", 4), ("NoPrices", "resolved", 4)]


async def test_usage_that_comes_after_all(ledger: Ledger) -> None:
    """Nothing came for days, and another source kept the clock going: told; it ends as they come after all."""
    answers: list[Answer | Exception] = [days(MONDAY, a=[5]), *[DOWN] * 4, days(MONDAY, a=[5] * 6)]
    polls = [usage_poll(Script(answers)), price_poll(Script([prices(b=1)]))]
    world = World(ledger, polls, (NO_USAGE,))
    daemon = await world.started()
    titles = []
    for hour in range(24, 24 * 7):
        world.clock.at = MONDAY + hour * HOUR + HOUR / 3
        if hour % 24 == 0:
            await daemon.poll(USAGE)
        await daemon.poll(PRICES)
        titles += [(hour, title) for title in await world.titles(daemon)]
    assert titles == [
        (95, "NoUsage: a: 5"),
        (144, "Resolved: NoUsage: a: 5 against 5"),
    ]
