"""Four hundred alerts in one snapshot, at a Slack that falters: on a clock that is a value, over real sockets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.delivery import Delivery, Receiver
from monitor.ledger import Ledger
from monitor.model.notification import Notification
from monitor.model.transition import Change
from monitor.notifiers import slack
from monitor.ports import Notifier
from monitor.testing import Chance, FakeSlack
from tests.delivery.fakes import NOW, FakeTime
from tests.delivery.stories import check_each_once, check_repeats_are_marked, story

ALERTS, ENDED = 400, 100
FALTERING = Chance(seed=20260216, busy=0.05, broken=0.02, lost=0.01, wait=3)


def owed() -> list[Notification]:
    """Everything fires at once; later some of it is over."""
    began = [each for number in range(ALERTS) for each in story(number, (Change.FIRING,))]
    return [*began, *(each for number in range(ENDED) for each in story(number, (Change.RESOLVED,)))]


def weather(notifier: Notifier, path: Path, clock: FakeTime, gap: float) -> None:
    """Deliver until nothing is owed any more, a little later each time."""
    with Ledger.open(path) as ledger:
        for each in owed():
            ledger.outbox.add(each, NOW)
        receivers = {"slack": Receiver(notifier, gap)}
        delivery = Delivery(ledger.outbox, receivers, monotonic=clock.monotonic, sleep=clock.sleep)
        while ledger.outbox.counts()["pending"]:
            asyncio.run(delivery.drain(NOW + timedelta(seconds=clock.at)))
            clock.at += 5
        assert ledger.outbox.counts()["dead"] == 0


def faltering(clock: FakeTime) -> FakeSlack:
    """A Slack on that clock, with its pace."""
    return FakeSlack(chance=FALTERING, gap=slack.GAP, now=lambda: NOW.timestamp() + clock.at)


def test_a_storm_is_told_once_and_in_order(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With a bot token: lost 0, doubled 0, marked 0; every edit made; no faster than one a second."""
    clock = FakeTime()
    with faltering(clock) as fake:
        config = {"token": fake.token, "channel": "C00000001", "base_url": fake.api}
        weather(slack.build(slack.Config.model_validate(config)), tmp_path / "ledger.sqlite", clock, slack.GAP)
    check_each_once(owed(), fake.posted)
    asked = Counter(call.method for call in fake.calls)
    assert asked["conversations.history"] > 5  # there was something to be in doubt of
    assert "possible repeat" not in caplog.text
    assert min(gaps(fake)) >= slack.GAP


def test_through_a_webhook_a_storm_loses_nothing_and_marks_what_comes_twice(tmp_path: Path) -> None:
    """It can not look: what may be a repeat says so."""
    clock = FakeTime()
    with faltering(clock) as fake:
        config = {"webhook": fake.hook()}
        weather(slack.build(slack.Config.model_validate(config)), tmp_path / "ledger.sqlite", clock, slack.GAP)
    assert check_repeats_are_marked(owed(), fake.posted) > 0


def gaps(fake: FakeSlack) -> Sequence[float]:
    """Seconds between messages."""
    times = [float(message.ts) for message in fake.posted]
    return [round(later - earlier, 6) for earlier, later in pairwise(times)]
