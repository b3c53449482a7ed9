"""Empties the outbox: each receiver at its own pace, in order, begun durably before a byte goes out.

A notification ends delivered, postponed or buried; buried means logged in full and told to the other receivers.
"""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath

from monitor.dispatch import Routes, delivery_notice
from monitor.errors import DeliveryError
from monitor.model.bar import seconds
from monitor.model.notification import Notification, Receipt
from monitor.ports import Notifier, Outbox

_log = logging.getLogger(__name__)

FIRST_WAIT, LONGEST_WAIT = 5.0, 900.0
"""Seconds before the second try, doubled for each further one, up to fifteen minutes."""
_DEADLINE = 60.0  # seconds for one send, all in all: a notifier that hangs holds up nobody but its receiver
_LOOK_AGAIN = 1.0  # seconds: while a send runs, what came in for other receivers is looked for
_TRIES_OF_A_FAULT = 3  # of a notifier that fails in a way it does not declare


@dataclass(frozen=True, slots=True)
class Receiver:
    """A notifier with its pace: `gap` is the seconds between two of its notifications at least.

    `edits`: whether it can let what began a story say something else, and add to it.
    """

    notifier: Notifier
    gap: float = 0.0
    edits: bool = False

    def takes(self, notification: Notification) -> bool:
        """Whether there is anything to do: a quiet one is an edit of what it said before, a part is added to that."""
        by_itself = not (notification.quiet or notification.part)
        return by_itself or (self.edits and notification.follows is not None)


@dataclass(frozen=True, slots=True)
class _Tried:
    """One send and how it ended."""

    notification: Notification
    attempt: int
    outcome: Receipt | BaseException
    at: datetime


class Delivery:
    """The worker over an outbox; one instance, used from one event loop.

    `monotonic`, `sleep`: the clock of gaps, in seconds. Times in the outbox follow from the `now` of each drain.
    """

    def __init__(  # noqa: PLR0913 - what a worker is given of the world
        self,
        outbox: Outbox,
        receivers: Mapping[str, Receiver],
        routes: Routes | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        deadline: float = _DEADLINE,
    ) -> None:
        self._outbox = outbox
        self._receivers = receivers
        self._routes = Routes(tuple(receivers)) if routes is None else routes
        self._monotonic = monotonic
        self._sleep = sleep
        self._deadline = deadline
        self._last: dict[str, float] = {}  # monotonic seconds of each receiver's last send
        self._running: dict[str, asyncio.Future[Receipt]] = {}  # the last call of each receiver
        self._remarks: set[tuple[str, str]] = set()  # by receiver, as they were logged
        self._unrecorded: list[_Tried] = []

    async def drain(self, now: datetime) -> int:
        """Send all that is due, receivers side by side; returns how many were delivered. Raises LedgerError.

        Cancelling it lets the sends that have begun end and be recorded.
        """
        started = self._monotonic()
        for tried in tuple(self._unrecorded):
            self._record(tried)
        sending: dict[str, asyncio.Task[bool]] = {}
        arrived = 0
        try:
            while self._start(now + timedelta(seconds=self._monotonic() - started), sending):
                done, _ = await asyncio.wait(sending.values(), timeout=_LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
                for receiver in [receiver for receiver, task in sending.items() if task in done]:
                    arrived += await sending.pop(receiver)
        finally:
            await _wound_up(sending.values())
        return arrived

    def _start(self, now: datetime, sending: dict[str, asyncio.Task[bool]]) -> bool:
        """Begin what is due for receivers that are idle; whether anything is on its way."""
        for notification in self._outbox.due(now):
            receiver = self._receivers.get(notification.receiver)
            if receiver is None:
                self._hold_unknown(notification, now)
            elif notification.receiver not in sending and self._is_free(notification.receiver):
                sending[notification.receiver] = asyncio.create_task(self._send(notification, receiver, now))
        return bool(sending)

    def _is_free(self, receiver: str) -> bool:
        """Whether no send that was given up runs on: it may still post, and must not race with its own repeat."""
        return receiver not in self._running or self._running[receiver].done()

    async def _send(self, notification: Notification, receiver: Receiver, now: datetime) -> bool:
        """One notification, with its gap; whether it was delivered."""
        started = self._monotonic()
        await self._keep_pace(notification.receiver, receiver.gap)
        attempt = self._outbox.begin(notification.id, now + timedelta(seconds=self._monotonic() - started))
        send = receiver.notifier.send if receiver.takes(notification) else _nothing_to_do
        call = asyncio.ensure_future(asyncio.to_thread(send, notification))
        call.add_done_callback(_seen)
        self._running[notification.receiver] = call
        try:
            await asyncio.wait({call}, timeout=self._deadline)
        except asyncio.CancelledError:
            # Its bytes may be on their way: what becomes of them is recorded before going.
            await asyncio.wait({call}, timeout=self._deadline)
            raise
        finally:
            self._last[notification.receiver] = self._monotonic()
            ended = now + timedelta(seconds=self._monotonic() - started)
            tried = _Tried(notification, attempt, _outcome(call, self._deadline), ended)
            self._unrecorded.append(tried)
            self._record(tried)
        return isinstance(tried.outcome, Receipt)

    async def _keep_pace(self, receiver: str, gap: float) -> None:
        passed = self._monotonic() - self._last.get(receiver, float("-inf"))
        if passed < gap:
            await self._sleep(gap - passed)

    def _record(self, tried: _Tried) -> None:
        """Write down how a send ended; kept for the next drain where the ledger can not (a full disk)."""
        match tried.outcome:
            case Receipt() as receipt:
                self._outbox.delivered(tried.notification.id, receipt, tried.at)
                self._say_once(tried.notification.receiver, receipt.remark)
            case DeliveryError(permanent=True, not_before=None) as error:
                self._bury(tried, str(error))
            case DeliveryError() as error:
                self._postpone(tried, error)
            case fault:
                self._postpone_fault(tried, fault)
        self._unrecorded.remove(tried)

    def _say_once(self, receiver: str, remark: str) -> None:
        if remark and (receiver, remark) not in self._remarks:
            self._remarks.add((receiver, remark))
            _log.warning("receiver %s: %s", receiver, remark)

    def _postpone(self, tried: _Tried, error: DeliveryError) -> None:
        told, name = str(error), tried.notification.receiver
        if error.permanent:
            self._tell_others(tried, told, kept=True)
            _log.error("receiver %s: held, a person must act: %s", name, told)
        else:
            _log.warning("receiver %s: attempt %d of %s: %s", name, tried.attempt, tried.notification.id, told)
        wait = _backoff(tried.attempt) if error.not_before is None else max(error.not_before, 1.0)
        until = tried.at + timedelta(seconds=wait)
        self._outbox.postpone(tried.notification.id, until, told, outcome_unknown=error.outcome_unknown)

    def _postpone_fault(self, tried: _Tried, fault: BaseException) -> None:
        """A fault of the notifier itself: only where it is is told, since its text may hold a secret."""
        told = f"the notifier failed with {type(fault).__name__} in {_place(fault)}"
        if tried.attempt >= _TRIES_OF_A_FAULT:
            self._bury(tried, told)
        else:
            self._postpone(tried, DeliveryError(told, outcome_unknown=True))

    def _bury(self, tried: _Tried, told: str) -> None:
        # First tell, then bury: a crash between the two tells again under the same id.
        self._tell_others(tried, told, kept=False)
        self._outbox.bury(tried.notification.id, told, tried.at)
        notification = tried.notification
        _log.error(
            "receiver %s: given up: %s\nthe notification was: %s", notification.receiver, told, notification.text
        )

    def _tell_others(self, tried: _Tried, told: str, *, kept: bool) -> None:
        for notice in delivery_notice(self._routes, tried.notification, told, kept=kept, at=seconds(tried.at)):
            self._outbox.add(notice, tried.at)

    def _hold_unknown(self, notification: Notification, now: datetime) -> None:
        told = f"no receiver is called {notification.receiver!r} in the settings; what is owed to it is kept"
        _log.warning(told)
        until = now + timedelta(seconds=LONGEST_WAIT)
        self._outbox.postpone(notification.id, until, told, outcome_unknown=False)


def _nothing_to_do(_: Notification) -> Receipt:
    return Receipt(begins=False)


async def _wound_up(tasks: Collection[asyncio.Task[bool]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _outcome(call: asyncio.Future[Receipt], deadline: float) -> Receipt | BaseException:
    if not call.done() or call.cancelled():
        return DeliveryError(f"no answer within {deadline:g} seconds", outcome_unknown=True)
    return call.exception() or call.result()


def _seen(call: asyncio.Future[Receipt]) -> None:
    """Look at what a call that was waited for no longer ended with, or asyncio complains that nobody did."""
    if not call.cancelled():
        call.exception()


def _backoff(attempt: int) -> float:
    """Seconds to wait after the attempt of this number (from 1)."""
    return min(FIRST_WAIT * 2.0 ** min(attempt - 1, 30), LONGEST_WAIT)


def _place(fault: BaseException) -> str:
    frames = traceback.extract_tb(fault.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
