"""The story: the real daemon over the local server, on a clock that jumps from one fire time to the next."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.adapters import adapters
from monitor.compose import polls, timeliness
from monitor.daemon import Daemon, Ended, Outside, Poll
from monitor.delivery import Delivery, Receiver
from monitor.demo.facts import Facts
from monitor.demo.server import MODELS, RANKINGS, serving
from monitor.dispatch import Routes
from monitor.errors import MonitorError
from monitor.files import load_catalog, load_rules
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.notification import Notification, Receipt
from monitor.schedule import fire_times
from monitor.settings import Settings
from monitor.sources import openrouter_models, openrouter_rankings
from monitor.sources.fetch import Fetch

LEDGER = "ledger.sqlite"
_RECEIVER = "console"


@dataclass(frozen=True, slots=True)
class Act:
    """A source that is polled by its own schedule after `first`, up to and with `last`."""

    poll: str
    first: datetime
    last: datetime


ACTS = (
    Act(openrouter_rankings.KIND, datetime(2026, 1, 12, tzinfo=UTC), datetime(2026, 3, 31, 1, tzinfo=UTC)),
    Act(openrouter_models.KIND, datetime(2026, 4, 24, 13, tzinfo=UTC), datetime(2026, 4, 26, 3, tzinfo=UTC)),
)


@dataclass(frozen=True, slots=True)
class Told:
    """A notification that was delivered, and the time it was then."""

    at: datetime
    notification: Notification


async def story(facts: Facts, folder: Path) -> AsyncGenerator[Told, None]:
    """Every notification in order; leaves a ledger in the folder. Raises MonitorError where something goes wrong."""
    clock, inbox = _Clock(ACTS[0].first), _Inbox()
    path = folder / LEDGER
    with serving(facts, clock.now) as server, Ledger.open(path) as ledger:
        settings = _settings(facts, server.url, path)
        async with aclosing(Fetch(ledger, contact=settings.contact, now=clock.now)) as fetch:
            polled = polls(adapters(settings), fetch)
            daemon = _daemon(settings, ledger, clock, inbox, fetch, polled)
            await daemon.start()
            for clock.at, name in _fire_times(polled):
                await _poll(daemon, name, clock.at)
                await daemon.deliver()
                for notification in inbox.taken():
                    yield Told(clock.at, notification)


class _Clock:
    """What time it is in the story."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class _Inbox:
    """The receiver: keeps what it is sent until it is taken."""

    def __init__(self) -> None:
        self._received: list[Notification] = []

    def send(self, notification: Notification) -> Receipt:
        self._received.append(notification)
        return Receipt()

    def taken(self) -> Sequence[Notification]:
        received, self._received = self._received, []
        return received


def _settings(facts: Facts, url: str, ledger: Path) -> Settings:
    """The settings of a person who changed but the addresses: usage by week from the first week there is."""
    rankings = {"url": url + RANKINGS, "key": "demo", "period": "week", "history_from": facts.usage[0].monday}
    sources: Mapping[str, object] = {
        openrouter_rankings.KIND: rankings,
        openrouter_models.KIND: {"url": url + MODELS},
    }
    return Settings.model_validate({"ledger": {"path": ledger}, "sources": sources})


def _daemon(  # noqa: PLR0913, PLR0917 - all that the daemon stands on
    settings: Settings, ledger: Ledger, clock: _Clock, inbox: _Inbox, fetch: Fetch, polled: Sequence[Poll]
) -> Daemon:
    outside = Outside(
        polls=polled,
        delivery=Delivery(ledger.outbox, {_RECEIVER: Receiver(inbox)}),
        feeds=(),
        load_rules=lambda: load_rules(settings.rules),
        accept=fetch.accept,
        now=clock.now,
    )
    judging = Judging(ledger, load_catalog(settings.catalog), Routes((_RECEIVER,)), timeliness(settings))
    return Daemon(ledger, judging, outside)


def _fire_times(polled: Sequence[Poll]) -> list[tuple[datetime, str]]:
    """When which source is polled, in order."""
    schedules = {poll.name: poll.schedule for poll in polled}
    return sorted(
        (at, act.poll) for act in ACTS for at in fire_times(act.poll, schedules[act.poll], act.first, act.last)
    )


async def _poll(daemon: Daemon, name: str, at: datetime) -> None:
    polled = await daemon.poll(name)
    if polled.ended not in {Ended.LEARNT, Ended.UNCHANGED}:
        raise MonitorError(f"demo: the poll of {name} at {at:%Y-%m-%d %H:%M} UTC was {polled.ended}: {polled.why}")
