"""An outbox in memory that can die at any call, receivers that do as they are told, and a clock that is a value."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from monitor.model.notification import Notification, Reason, Receipt

NOW = datetime(2026, 2, 16, 0, 20, tzinfo=UTC)


class Crash(BaseException):
    """The process dies here; nothing after it happens."""


@dataclass
class Row:
    """One notification in the outbox."""

    notification: Notification
    not_before: datetime
    state: str = "pending"
    attempts: int = 0
    unsure: bool = False
    error: str = ""
    receipt: str = ""


@dataclass
class FakeOutbox:
    """Keeps what a ledger keeps. `dies_at`: the number of the step at which the process dies (steps count from 0)."""

    rows: dict[str, Row] = field(default_factory=dict)
    journal: list[str] = field(default_factory=list)
    dies_at: int = -1
    steps: int = 0
    fault: Exception | None = None

    def step(self, what: str) -> None:
        """One point at which the process may die; dead, it does nothing any more."""
        if 0 <= self.dies_at <= self.steps:
            raise Crash
        self.steps += 1
        self.journal.append(what)

    def restart(self) -> None:
        """What opening the ledger does with rows whose sender died."""
        self.dies_at = -1
        for row in self.rows.values():
            if row.state == "sending":
                row.state, row.unsure = "pending", True

    def add(self, notification: Notification, at: datetime) -> None:
        """Owe it once."""
        self.step(f"add {notification.id}")
        self.rows.setdefault(notification.id, Row(notification, at))

    def due(self, now: datetime, limit: int = 100) -> Sequence[Notification]:
        """The head of each receiver's rows."""
        heads: dict[tuple[str, str], Row] = {}
        for row in self.rows.values():
            if row.state in ("pending", "sending"):
                heads.setdefault((row.notification.receiver, row.notification.part), row)
        ready = [row for row in heads.values() if row.state == "pending" and row.not_before <= now]
        ready.sort(key=lambda row: row.notification.part != "")
        return [replace(row.notification, possible_repeat=row.unsure) for row in ready[:limit]]

    def begin(self, notification_id: str, at: datetime) -> int:  # noqa: ARG002
        """Mark it as being sent."""
        self.step(f"begin {notification_id}")
        row = self._row(notification_id, "pending")
        row.state, row.attempts = "sending", row.attempts + 1
        return row.attempts

    def delivered(self, notification_id: str, receipt: Receipt, at: datetime) -> None:
        """Done; its rest is owed."""
        if self.fault is not None:
            raise self.fault
        self.step(f"delivered {notification_id}")
        row = self._row(notification_id, "sending")
        row.state, row.receipt = "delivered", receipt.reference
        for part in receipt.rest:
            self.rows.setdefault(part.id, Row(part, at))

    def postpone(self, notification_id: str, until: datetime, error: str, *, outcome_unknown: bool) -> None:
        """Later."""
        self.step(f"postpone {notification_id}")
        row = self._row(notification_id, "pending", "sending")
        row.state, row.not_before, row.error = "pending", until, error
        row.unsure = row.unsure or outcome_unknown

    def bury(self, notification_id: str, error: str, at: datetime) -> None:  # noqa: ARG002
        """Never."""
        self.step(f"bury {notification_id}")
        row = self._row(notification_id, "pending", "sending")
        row.state, row.error = "dead", error

    def states(self) -> dict[str, str]:
        """State by id, in the order of owing."""
        return {key: row.state for key, row in self.rows.items()}

    def _row(self, notification_id: str, *states: str) -> Row:
        row = self.rows[notification_id]
        assert row.state in states, f"{notification_id} is {row.state}"
        return row


@dataclass
class FakeNotifier:
    """Takes everything, unless `answer` raises; it runs in a worker thread."""

    answer: Callable[[Notification], None] = lambda _: None
    sent: list[Notification] = field(default_factory=list)

    def send(self, notification: Notification) -> Receipt:
        """Ask `answer`, then keep it."""
        self.answer(notification)
        self.sent.append(notification)
        return Receipt(f"receipt-{notification.id}")

    @property
    def ids(self) -> list[str]:
        """What arrived, in order."""
        return [notification.id for notification in self.sent]


@dataclass
class FakeTime:
    """Monotonic seconds that only pass in sleep."""

    at: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        """Seconds."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Pass the time at once."""
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)


def owed(*ids: str, receiver: str = "slack") -> Iterator[Notification]:
    """Notifications with these ids."""
    for each in ids:
        yield Notification(each, receiver, Reason.TRANSITION, "critical", f"thread {each}", f"title of {each}")


def outbox_with(*notifications: Notification) -> FakeOutbox:
    """An outbox that owes these."""
    return FakeOutbox({each.id: Row(each, NOW) for each in notifications})


def raising(*errors: BaseException | None) -> Callable[[Notification], None]:
    """An answer that raises these one after the other (None: takes it), the last for ever."""
    left = list(errors)

    def answer(_: Notification) -> None:
        error = left.pop(0) if len(left) > 1 else left[0]
        if error is not None:
            raise error

    return answer


def wait_of(row: Row) -> int:
    """Whole seconds from NOW until a row is due."""
    return math.ceil((row.not_before - NOW).total_seconds())
