"""A monitor on a simulated clock, as a process of its own: `python -m tests.acceptance.driver URL LEDGER RULES`.

It goes on where the ledger says it stopped, and steps from one fire time to the next as fast as it can.
"""

from __future__ import annotations

import asyncio
import sys
import urllib.request
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from monitor.catalog import shipped
from monitor.daemon import Daemon, Outside, Poll
from monitor.delivery import Delivery, Receiver
from monitor.dispatch import Routes, Timeliness
from monitor.files import load_rules
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.notifiers import slack
from monitor.schedule import fire_times
from monitor.settings import shipped_rules
from monitor.sources import openrouter_models, openrouter_rankings
from monitor.sources.fetch import Fetch
from tests.acceptance.market import CLOCK, FIRST_DAY, LAST_DAY, MODELS, RANKINGS, RESTATED_AFTER, SLACK, TOKEN

DAY = timedelta(days=1)
START = datetime(RESTATED_AFTER.year, RESTATED_AFTER.month, RESTATED_AFTER.day, tzinfo=UTC) + DAY
END = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, tzinfo=UTC) + 2 * DAY

_PATIENCE = 5  # times an hour: every notification was refused once at most


class Clock:
    """Moved by the steps, and by whatever waits."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """The simulated time."""
        return self.at

    async def sleep(self, span: float) -> None:
        """Lets the time pass at once."""
        self.at += timedelta(seconds=span)


async def run(url: str, ledger: Ledger, rules: Path) -> None:
    """Every step that is left, then whatever is still owed."""
    clock = Clock(START)
    async with aclosing(Fetch(ledger, contact="test", now=clock.now, sleep=clock.sleep)) as fetch:
        polls = _polls(url, fetch)
        daemon = _daemon(url, ledger, rules, clock, fetch, polls)
        clock.at = max([START, *(look for poll in polls if (look := _last_look(ledger, poll)) is not None)])
        await daemon.start()
        for at, name in _steps(ledger, polls):
            clock.at = at
            await asyncio.to_thread(_tell, url, at)
            await daemon.poll(name)
            await daemon.deliver()
        for _ in range(_PATIENCE):
            clock.at += timedelta(hours=1)
            await asyncio.to_thread(_tell, url, clock.at)
            await daemon.deliver()


def _polls(url: str, fetch: Fetch) -> tuple[Poll, ...]:
    usage = openrouter_rankings.Config(key=SecretStr("sk-test"), url=url + RANKINGS, history_from=FIRST_DAY)
    prices = openrouter_models.Config(url=url + MODELS, stale_after=DAY)
    history = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
    return (
        Poll(openrouter_rankings.KIND, openrouter_rankings.build(usage, fetch), usage.schedule, history),
        Poll(openrouter_models.KIND, openrouter_models.build(prices, fetch), "H */12 * * *"),
    )


def _daemon(  # noqa: PLR0913, PLR0917 - all that a monitor stands on
    url: str, ledger: Ledger, rules: Path, clock: Clock, fetch: Fetch, polls: tuple[Poll, ...]
) -> Daemon:
    notifier = slack.build(slack.Config(token=SecretStr(TOKEN), channel="C00000001", base_url=url + SLACK))
    outside = Outside(
        polls=polls,
        delivery=Delivery(ledger.outbox, {"slack": Receiver(notifier)}),
        feeds=(),
        load_rules=lambda: load_rules([shipped_rules(), rules]),
        accept=fetch.accept,
        now=clock.now,
    )
    return Daemon(ledger, Judging(ledger, shipped(), Routes(("slack",)), Timeliness(DAY, DAY)), outside)


def _steps(ledger: Ledger, polls: tuple[Poll, ...]) -> list[tuple[datetime, str]]:
    """When which source is polled, each from its own last look on."""
    looks = {poll.name: _last_look(ledger, poll) or START for poll in polls}
    return sorted(
        (at, poll.name) for poll in polls for at in fire_times(poll.name, poll.schedule, looks[poll.name], END)
    )


def _last_look(ledger: Ledger, poll: Poll) -> datetime | None:
    return next((look.fetched_at for look in ledger.snapshots(poll.name, 1)), None)


def _tell(url: str, at: datetime) -> None:
    """The other side has to know what time it is."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(f"{url}{CLOCK}?at={seconds(at)}", timeout=30).close()


def main() -> None:
    """Run to the end; nothing is caught."""
    url, ledger, rules = sys.argv[1:]
    with Ledger.open(Path(ledger)) as opened:
        asyncio.run(run(url, opened, Path(rules)))


if __name__ == "__main__":
    main()
