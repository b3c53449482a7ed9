"""Emptying the outbox."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.delivery import LONGEST_WAIT, Delivery, Receiver
from monitor.errors import DeliveryError, LedgerFullError
from monitor.ledger.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.notification import Notification, Reason, Receipt, Said
from monitor.ports import Notifier
from tests.delivery.fakes import NOW, FakeNotifier, FakeOutbox, FakeTime, outbox_with, owed, raising, wait_of

pytestmark = pytest.mark.asyncio

REFUSED = DeliveryError("slack: the channel does not take it (is_archived)", permanent=True)
HELD = DeliveryError("slack: the token is refused (invalid_auth)", permanent=True, not_before=900.0)
BUSY = DeliveryError("slack: not now (ratelimited)", not_before=7.0)
DOWN = DeliveryError("slack: can not be reached (ConnectionRefusedError)")
UNSURE = DeliveryError("slack: no answer (TimeoutError)", outcome_unknown=True)


def _delivery(outbox: FakeOutbox, *, deadline: float = 60.0, **notifiers: Notifier) -> Delivery:
    receivers = {name: Receiver(notifier) for name, notifier in notifiers.items()}
    return _paced(outbox, receivers, FakeTime(), deadline)


def _paced(outbox: FakeOutbox, receivers: Mapping[str, Receiver], clock: FakeTime, deadline: float = 60.0) -> Delivery:
    return Delivery(outbox, receivers, monotonic=clock.monotonic, sleep=clock.sleep, deadline=deadline)


async def test_what_is_due_is_begun_sent_and_recorded_in_order() -> None:
    """The start of a send is durable before its first byte; the next begins when the last is recorded."""
    outbox = outbox_with(*owed("a", "b"))
    notifier = FakeNotifier(lambda notification: outbox.journal.append(f"send {notification.id}"))
    assert await _delivery(outbox, slack=notifier).drain(NOW) == 2
    assert outbox.journal == ["begin a", "send a", "delivered a", "begin b", "send b", "delivered b"]
    assert outbox.rows["a"].receipt == "receipt-a"


async def test_nothing_due_is_nothing_done() -> None:
    """An empty outbox and one that has to wait."""
    outbox = outbox_with(*owed("a"))
    notifier = FakeNotifier()
    assert await _delivery(outbox, slack=notifier).drain(NOW - timedelta(seconds=1)) == 0
    assert await _delivery(FakeOutbox(), slack=notifier).drain(NOW) == 0
    assert outbox.journal == []


async def test_a_slow_receiver_holds_up_nobody_else() -> None:
    """The slow one answers only after all others of the fast one have arrived."""
    outbox = outbox_with(*owed("s1"), *owed("f1", "f2", "f3", receiver="console"))
    fast_is_done = threading.Event()
    fast = FakeNotifier(lambda notification: fast_is_done.set() if notification.id == "f3" else None)
    waited: list[bool] = []
    slow = FakeNotifier(lambda _: waited.append(fast_is_done.wait(10)))
    assert await _delivery(outbox, slack=slow, console=fast).drain(NOW) == 4
    assert waited == [True]
    assert fast.ids == ["f1", "f2", "f3"]


async def test_what_comes_in_during_a_slow_send_goes_out_before_it_ends() -> None:
    """A drain that takes long still serves the other receivers."""
    outbox = outbox_with(*owed("s1"))
    arrived = threading.Event()

    def slow(_: object) -> None:
        outbox.add(next(owed("f1", receiver="console")), NOW)
        assert arrived.wait(10)

    delivery = _delivery(outbox, slack=FakeNotifier(slow), console=FakeNotifier(lambda _: arrived.set()))
    assert await delivery.drain(NOW) == 2


async def test_a_gap_is_kept_within_a_drain_and_between_drains() -> None:
    """About one message a second for a Slack channel; the first goes at once, and time that passed counts."""
    outbox, clock = outbox_with(*owed("a", "b", "c")), FakeTime()
    delivery = _paced(outbox, {"slack": Receiver(FakeNotifier(), gap=1.0)}, clock)
    await delivery.drain(NOW)
    assert clock.slept == [1.0, 1.0]
    clock.at += 0.75
    for each in owed("d"):
        outbox.add(each, NOW)
    await delivery.drain(NOW)
    assert clock.slept == [1.0, 1.0, 0.25]


async def test_what_waits_for_its_gap_is_not_started_again() -> None:
    """It is still pending in the outbox while another receiver's sends come and go."""
    outbox = outbox_with(*owed("a", "b"), *owed("f1", "f2", receiver="console"))
    sleeping, console_is_done = threading.Event(), threading.Event()
    clock, slack, gaps = FakeTime(), FakeNotifier(), list[float]()

    def console(notification: Notification) -> None:
        _wait(sleeping)
        if notification.id == "f2":
            console_is_done.set()

    async def sleep(seconds: float) -> None:
        gaps.append(seconds)
        sleeping.set()
        await asyncio.to_thread(_wait, console_is_done)

    receivers = {"slack": Receiver(slack, gap=1.0), "console": Receiver(FakeNotifier(console))}
    assert await Delivery(outbox, receivers, monotonic=clock.monotonic, sleep=sleep).drain(NOW) == 4
    assert slack.ids == ["a", "b"]
    assert gaps == [1.0]


async def test_a_temporary_failure_waits_twice_as_long_each_time() -> None:
    """Up to fifteen minutes, for as long as it takes; what follows waits for it, so that order is kept."""
    outbox = outbox_with(*owed("a", "b"))
    notifier = FakeNotifier(raising(DOWN))
    delivery = _delivery(outbox, slack=notifier)
    waits = []
    for _ in range(12):
        outbox.rows["a"].not_before = NOW
        assert await delivery.drain(NOW) == 0
        waits.append(wait_of(outbox.rows["a"]))
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]
    assert outbox.rows["b"].attempts == 0
    assert outbox.rows["a"].error == str(DOWN)
    notifier.answer = lambda _: None
    assert await delivery.drain(NOW + timedelta(seconds=LONGEST_WAIT)) == 2
    assert notifier.ids == ["a", "b"]


async def test_what_a_receiver_asks_for_is_what_it_gets() -> None:
    """Retry-After instead of the back-off, a second at least; the next try is no repeat."""
    outbox = outbox_with(*owed("a"))
    delivery = _delivery(outbox, slack=FakeNotifier(raising(BUSY, DeliveryError("x", not_before=0.0), None)))
    await delivery.drain(NOW)
    assert wait_of(outbox.rows["a"]) == 7
    await delivery.drain(NOW + timedelta(seconds=7))
    assert wait_of(outbox.rows["a"]) == 8
    assert not outbox.rows["a"].unsure


async def test_an_unknown_outcome_is_tried_again_as_a_possible_repeat() -> None:
    """The reader is told that the message may be one he has."""
    outbox = outbox_with(*owed("a"))
    notifier = FakeNotifier(raising(UNSURE, DOWN, None))
    delivery = _delivery(outbox, slack=notifier)
    for _ in range(3):
        outbox.rows["a"].not_before = NOW
        await delivery.drain(NOW)
    assert [each.possible_repeat for each in notifier.sent] == [True]


async def test_what_will_never_arrive_is_buried_logged_and_told_to_the_others_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Two refusals of one kind are one notice to each other receiver; what follows is tried."""
    outbox = outbox_with(*owed("a", "b", "c"))
    console, mail = FakeNotifier(), FakeNotifier()
    delivery = _delivery(outbox, slack=FakeNotifier(raising(REFUSED, REFUSED, None)), console=console, mail=mail)
    assert await delivery.drain(NOW) == 3
    assert list(outbox.states().values())[:3] == ["dead", "dead", "delivered"]
    assert [(each.reason, each.severity) for each in console.sent + mail.sent] == [(Reason.DELIVERY, "critical")] * 2
    assert "is_archived" in console.sent[0].text
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 2
    assert "title of a" in errors[0]
    assert "is_archived" in errors[0]


async def test_the_others_are_told_before_the_burial() -> None:
    """A crash between the two tells again, under the same id; the other way round nobody would be told."""
    outbox = outbox_with(*owed("a"))
    await _delivery(outbox, slack=FakeNotifier(raising(REFUSED)), console=FakeNotifier()).drain(NOW)
    assert [step.split()[0] for step in outbox.journal[:3]] == ["begin", "add", "bury"]


async def test_a_refused_token_keeps_what_is_owed(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is buried until a person acts; the others are told, once a day."""
    outbox, console = outbox_with(*owed("a", "b")), FakeNotifier()
    notifier = FakeNotifier(raising(HELD, HELD, None))
    delivery = _delivery(outbox, slack=notifier, console=console)
    await delivery.drain(NOW)
    assert wait_of(outbox.rows["a"]) == 900
    await delivery.drain(NOW + timedelta(seconds=900))
    assert len(console.sent) == 1
    assert "a person must act" in caplog.text
    assert await delivery.drain(NOW + timedelta(seconds=1800)) == 2
    assert notifier.ids == ["a", "b"]


async def test_receivers_that_all_refuse_come_to_an_end() -> None:
    """A notice about a notice is not made."""
    outbox = outbox_with(*owed("a"), *owed("b", receiver="console"))
    delivery = _delivery(outbox, slack=FakeNotifier(raising(REFUSED)), console=FakeNotifier(raising(REFUSED)))
    assert await delivery.drain(NOW) == 0
    assert set(outbox.states().values()) == {"dead"}
    assert len(outbox.rows) == 4


async def test_a_fault_of_a_notifier_is_told_by_its_place_and_given_up_in_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It may have sent; its text may hold a secret; and it can not hold up the receiver for ever."""
    outbox = outbox_with(*owed("a"))
    delivery = _delivery(outbox, slack=FakeNotifier(raising(KeyError("https://hooks/very-secret"))))
    for state in ("pending", "pending", "dead"):
        outbox.rows["a"].not_before = NOW
        await delivery.drain(NOW)
        assert outbox.rows["a"].state == state
        assert outbox.rows["a"].unsure
    assert "KeyError in fakes.py:" in outbox.rows["a"].error
    assert "very-secret" not in caplog.text + outbox.rows["a"].error


async def test_a_send_that_hangs_is_an_unknown_outcome_after_the_deadline() -> None:
    """The drain ends; the receiver is tried again later."""
    outbox, released = outbox_with(*owed("a")), threading.Event()
    delivery = _delivery(outbox, deadline=0.05, slack=FakeNotifier(lambda _: _wait(released)))
    assert await delivery.drain(NOW) == 0
    released.set()
    assert (outbox.rows["a"].state, outbox.rows["a"].unsure) == ("pending", True)
    assert outbox.rows["a"].error == "no answer within 0.05 seconds"


async def test_a_send_that_runs_on_after_the_deadline_is_not_overtaken() -> None:
    """It may still post: neither its repeat nor what comes after it begins before it has ended."""
    outbox, released, ended = outbox_with(*owed("a")), threading.Event(), threading.Event()

    def hangs(_: object) -> None:
        _wait(released)
        ended.set()

    notifier = FakeNotifier(hangs)
    delivery = _delivery(outbox, deadline=0.05, slack=notifier)
    await delivery.drain(NOW)
    later = NOW + timedelta(minutes=1)
    assert await delivery.drain(later) == 0
    assert outbox.rows["a"].attempts == 1
    released.set()
    notifier.answer = lambda _: None
    assert await asyncio.to_thread(ended.wait, 10)
    while not await delivery.drain(later):
        await asyncio.to_thread(ended.wait, 10)  # lets the loop see that the call has ended
    assert outbox.rows["a"].attempts == 2


async def test_a_remark_of_a_receipt_is_logged_once_for_a_receiver(caplog: pytest.LogCaptureFixture) -> None:
    """What would avoid possible repeats is said, and not at every one."""

    class Remarking(FakeNotifier):
        def send(self, notification: Notification) -> Receipt:
            return Receipt(notification.id, remark="give it the scope")

    outbox = outbox_with(*owed("a", "b"), *owed("c", receiver="other"))
    await _delivery(outbox, slack=Remarking(), other=Remarking()).drain(NOW)
    said = [record.getMessage() for record in caplog.records]
    assert sorted(said) == ["receiver other: give it the scope", "receiver slack: give it the scope"]


def _wait(event: threading.Event) -> None:
    assert event.wait(10)


async def test_what_is_owed_to_an_unknown_receiver_is_kept(caplog: pytest.LogCaptureFixture) -> None:
    """A receiver that was taken out of the settings, or misspelt there, loses nothing and disturbs nobody."""
    outbox = outbox_with(*owed("a", receiver="slak"), *owed("b"))
    assert await _delivery(outbox, slack=FakeNotifier()).drain(NOW) == 1
    assert outbox.rows["a"].state == "pending"
    assert wait_of(outbox.rows["a"]) == LONGEST_WAIT
    assert "no receiver is called 'slak'" in caplog.text


async def test_a_drain_that_is_cancelled_lets_the_begun_send_end_and_records_it() -> None:
    """A stop of the daemon makes no repeat; what had not begun stays owed."""
    outbox, sending, released = outbox_with(*owed("a", "b")), threading.Event(), threading.Event()

    def answer(_: object) -> None:
        sending.set()
        _wait(released)

    task = asyncio.create_task(_delivery(outbox, slack=FakeNotifier(answer)).drain(NOW))
    await asyncio.to_thread(sending.wait, 10)
    task.cancel()
    asyncio.get_running_loop().call_soon(released.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert outbox.states() == {"a": "delivered", "b": "pending"}


async def test_an_outcome_that_could_not_be_recorded_is_recorded_by_the_next_drain() -> None:
    """A full disk after the send: the error is told, and nothing is sent a second time."""
    outbox, notifier = outbox_with(*owed("a", "b")), FakeNotifier()
    outbox.fault = LedgerFullError("the disk is full")
    delivery = _delivery(outbox, slack=notifier)
    with pytest.raises(LedgerFullError):
        await delivery.drain(NOW)
    with pytest.raises(LedgerFullError):
        await delivery.drain(NOW)
    outbox.fault = None
    assert await delivery.drain(NOW) == 1
    assert notifier.ids == ["a", "b"]
    assert set(outbox.states().values()) == {"delivered"}


async def test_the_ledgers_outbox_is_one(tmp_path: Path) -> None:
    """The same over the real thing: in order, once, a crash in a send marked as a possible repeat."""
    notifier = FakeNotifier()
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        for each in owed("a", "b", "c"):
            ledger.outbox.add(each, NOW)
        ledger.outbox.begin("a", NOW)
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        delivery = Delivery(ledger.outbox, {"slack": Receiver(notifier)})
        assert await delivery.drain(NOW) == 3
        assert ledger.outbox.counts()["delivered"] == 3
    first, *rest = owed("a", "b", "c")
    assert notifier.sent == [replace(first, possible_repeat=True, tried_at=seconds(NOW)), *rest]


async def test_what_is_left_of_a_notification_holds_up_nothing() -> None:
    """It comes after the texts that are owed, and waits without them; who can not add to what was said gets none."""
    begun = Said(next(owed("first")), "C1:1")

    class Leaving(FakeNotifier):
        def send(self, notification: Notification) -> Receipt:
            super().send(notification)
            part = replace(notification, id=f"{notification.id}+", part="picture", follows=begun)
            return Receipt("C1:1", rest=() if notification.part else (part,))

    outbox, notifier = outbox_with(*owed("a", "b")), Leaving()
    delivery = _paced(outbox, {"slack": Receiver(notifier, edits=True)}, FakeTime())
    assert await delivery.drain(NOW) == 4
    assert notifier.ids == ["a", "b", "a+", "b+"]
    notifier.answer = lambda each: raising(BUSY)(each) if each.part else None
    for each in owed("c", "d"):
        outbox.add(each, NOW)
    await delivery.drain(NOW)
    assert notifier.ids[4:] == ["c", "d"]
    assert outbox.states()["c+"] == "pending"
    other = FakeNotifier()
    await _paced(outbox, {"slack": Receiver(other)}, FakeTime()).drain(NOW + timedelta(hours=1))
    assert (other.ids, outbox.states()["d+"]) == ([], "delivered")


async def test_a_quiet_one_reaches_only_who_can_edit_what_it_began() -> None:
    """Others have nothing to do for it: it is delivered without a call, and nothing goes on from it."""
    quiet = replace(next(owed("q")), quiet=True)
    begun = Said(next(owed("first")), "C1:1")
    for edits, follows, expected in ((True, begun, ["q"]), (True, None, []), (False, begun, [])):
        outbox, notifier = outbox_with(quiet), FakeNotifier()
        outbox.rows["q"].notification = replace(quiet, follows=follows)
        assert await _paced(outbox, {"slack": Receiver(notifier, edits=edits)}, FakeTime()).drain(NOW) == 1
        assert notifier.ids == expected
        assert outbox.states() == {"q": "delivered"}
