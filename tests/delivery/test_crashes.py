"""The process dies at every single step of a drain."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from monitor.delivery import Delivery, Receiver
from monitor.errors import DeliveryError
from monitor.model.notification import Notification, Reason
from tests.delivery.fakes import NOW, Crash, FakeNotifier, FakeOutbox, FakeTime, outbox_with, owed

REFUSED = "b"


def _notifier(outbox: FakeOutbox, arrived: list[Notification]) -> FakeNotifier:
    """Refuses one for ever; the process may die before a message has left and after it has arrived."""

    def answer(notification: Notification) -> None:
        outbox.step(f"leaving {notification.id}")
        if notification.id == REFUSED:
            raise DeliveryError("refused", permanent=True)
        arrived.append(notification)
        outbox.step(f"arrived {notification.id}")

    return FakeNotifier(answer)


def _run(outbox: FakeOutbox, arrived: list[Notification]) -> None:
    clock = FakeTime()
    receivers = {name: Receiver(_notifier(outbox, arrived)) for name in ("slack", "console")}
    delivery = Delivery(outbox, receivers, monotonic=clock.monotonic, sleep=clock.sleep)
    asyncio.run(delivery.drain(NOW + timedelta(hours=1)))


def _owed() -> FakeOutbox:
    return outbox_with(*owed("a", REFUSED, "c"), *owed("d", receiver="console"))


def _steps() -> int:
    undisturbed = _owed()
    _run(undisturbed, [])
    return undisturbed.steps


@pytest.mark.parametrize("dies_at", range(_steps() + 1))
def test_nothing_is_lost_and_what_may_be_a_repeat_says_so(dies_at: int) -> None:
    """After a restart everything has arrived, in order; twice only what was being sent, and then marked."""
    outbox, arrived = _owed(), list[Notification]()
    outbox.dies_at = dies_at
    try:
        _run(outbox, arrived)
    except Crash:
        outbox.restart()
        _run(outbox, arrived)
    firsts = list(dict.fromkeys(each.id for each in arrived))
    counts = Counter(each.id for each in arrived)
    repeats = [each for number, each in enumerate(arrived) if each.id in {before.id for before in arrived[:number]}]
    assert [each for each in firsts if each in "abcd"] == sorted("acd", key=firsts.index)
    assert firsts.index("a") < firsts.index("c")
    assert all(each.possible_repeat for each in repeats)
    assert max(counts.values()) <= 2
    assert len(repeats) <= 2  # one for each receiver that was sending
    assert outbox.rows[REFUSED].state == "dead"
    assert [row.state for row in outbox.rows.values()].count("delivered") == len(outbox.rows) - 1
    notices = [each for each in outbox.rows.values() if each.notification.reason is Reason.DELIVERY]
    assert [each.notification.receiver for each in notices] == ["console"]
