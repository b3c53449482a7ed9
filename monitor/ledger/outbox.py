"""The outbox: what is owed to each receiver, in order. A send is begun before its first byte and ended after its last.

pending ─begin─▶ sending ─delivered─▶ delivered; sending ─postpone─▶ pending; pending or sending ─bury─▶ dead
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from monitor.errors import LedgerError
from monitor.ledger.connection import Bound, Connection, Store
from monitor.ledger.encoding import labels_text, notification_of, notification_text
from monitor.model.bar import DAY, seconds
from monitor.model.notification import Notification, Receipt, Said
from monitor.model.transition import EpisodeKey

_DUE = """
    WITH heads AS (SELECT min(seq) AS seq FROM outbox WHERE state IN ('pending', 'sending') GROUP BY receiver, part)
    SELECT owed.payload, owed.unsure, owed.first_begun_at, begun.payload, begun.receipt
    FROM outbox AS owed JOIN heads USING (seq) LEFT JOIN outbox AS begun ON begun.seq = (
        SELECT max(seq) FROM outbox WHERE receiver = owed.receiver AND thread = owed.thread AND begins
    )
    WHERE owed.state = 'pending' AND owed.not_before <= ? ORDER BY owed.part != '', owed.seq LIMIT ?
"""
_TELLING = """
    SELECT max(seq), payload FROM outbox WHERE payload LIKE ? AND part = ''
        AND json_extract(payload, '$.reason') = 'transition' AND NOT ifnull(json_extract(payload, '$.quiet'), 0)
        AND EXISTS (
            SELECT 1 FROM json_each(payload, '$.transitions') AS told WHERE json_extract(told.value, '$.alert') = ?
                AND json_extract(told.value, '$.labels') = ? AND json_extract(told.value, '$.episode') = ?
        ) GROUP BY receiver ORDER BY receiver
"""
_ALERTS = """
    SELECT count(*) FROM outbox WHERE receiver = ? AND created_at >= ? AND part = ''
        AND json_extract(payload, '$.reason') = 'transition' AND NOT ifnull(json_extract(payload, '$.quiet'), 0)
"""

_QUEUES = """
    SELECT receiver, count(*), min(created_at) FROM outbox WHERE state IN ('pending', 'sending')
    GROUP BY receiver ORDER BY receiver
"""


class Outbox(Store):
    """Notifications on their way out."""

    def add(self, notification: Notification, at: datetime) -> None:
        """Owe a notification from `at` on; one whose id was ever taken up is left alone."""
        owe(self._connection, notification, seconds(at))

    def owe(self, notification: Notification, at: int) -> None:
        """As `add`, at epoch seconds."""
        owe(self._connection, notification, at)

    def has(self, notification_id: str) -> bool:
        """Whether it is, or ever was, owed."""
        return self._connection.row("SELECT 1 FROM outbox WHERE id = ?", (notification_id,)) is not None

    def owed(self) -> int:
        """How many are not yet with their receivers."""
        row = self._connection.row("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')")
        return int(row[0]) if row else 0

    def queues(self) -> dict[str, tuple[int, int]]:
        """By receiver, how many are not yet with it, and since when the oldest is owed, epoch seconds."""
        return {receiver: (count, since) for receiver, count, since in self._connection.rows(_QUEUES)}

    def alerts_since(self, receiver: str, at: int) -> int:
        """How many notifications on alerts a receiver was owed since `at`, epoch seconds, edits excepted."""
        row = self._connection.row(_ALERTS, (receiver, at))
        return int(row[0]) if row else 0

    def said(self, notification_id: str) -> Notification | None:
        """The notification of this id, if it was sent, be it that nobody knows yet whether it arrived."""
        row = self._connection.row("SELECT payload FROM outbox WHERE id = ? AND attempts > 0", (notification_id,))
        return None if row is None else notification_of(row[0])

    def telling(self, episode: EpisodeKey) -> list[Notification]:
        """By receiver, the newest notification on alerts that tells of an episode, edits excepted."""
        bound = (f'%"episode":{episode.start},%', episode.alert, labels_text(episode.labels), episode.start)
        return [notification_of(payload) for _, payload in self._connection.rows(_TELLING, bound)]

    def due(self, now: datetime, limit: int = 100) -> list[Notification]:
        """What may be sent now: the oldest of each receiver, unless it is being sent or has to wait.

        Later ones of a receiver wait for it; parts wait for their like alone, and come last. `possible_repeat` is set
        where an earlier attempt may have arrived: its outcome was unknown, or the process died in it. `follows`: the
        newest delivered one of its thread that begins.
        """
        return [
            replace(
                notification_of(payload),
                possible_repeat=bool(unsure),
                tried_at=tried_at or 0,
                follows=None if reference is None else Said(notification_of(begun), reference),
            )
            for payload, unsure, tried_at, begun, reference in self._connection.rows(_DUE, (seconds(now), limit))
        ]

    def begin(self, notification_id: str, at: datetime) -> int:
        """Record, durably, that a send starts, before its first byte; returns the number of the attempt, from 1."""
        with self._connection.transaction():
            self._change(
                notification_id,
                "state = 'sending', attempts = attempts + 1, begun_at = ?, first_begun_at = ifnull(first_begun_at, ?)"
                " WHERE id = ? AND state = 'pending'",
                seconds(at),
                seconds(at),
            )
            attempts = self._connection.rows("SELECT attempts FROM outbox WHERE id = ?", (notification_id,))
            return int(attempts[0][0])

    def delivered(self, notification_id: str, receipt: Receipt, at: datetime) -> None:
        """The receiver took it; the rest of it is owed from now on."""
        with self._connection.transaction():
            self._change(
                notification_id,
                "state = 'delivered', receipt = ?, begins = ?, ended_at = ?, last_error = NULL"
                " WHERE id = ? AND state = 'sending'",
                receipt.reference,
                int(receipt.begins and receipt.reference != ""),
                seconds(at),
            )
            for part in receipt.rest:
                owe(self._connection, part, seconds(at))

    def postpone(self, notification_id: str, until: datetime, error: str, *, outcome_unknown: bool) -> None:
        """It did not arrive, or perhaps did (`outcome_unknown`, never forgotten); the receiver's queue waits."""
        self._change(
            notification_id,
            "state = 'pending', not_before = ?, last_error = ?, unsure = max(unsure, ?)"
            " WHERE id = ? AND state IN ('pending', 'sending')",
            math.ceil(until.timestamp()),  # never earlier than the receiver asked for
            error,
            int(outcome_unknown),
        )

    def bury(self, notification_id: str, error: str, at: datetime) -> None:
        """It will never arrive; kept for people to read, and the receiver's next one becomes due."""
        self._change(
            notification_id,
            "state = 'dead', last_error = ?, ended_at = ? WHERE id = ? AND state IN ('pending', 'sending')",
            error,
            seconds(at),
        )

    def reclaim(self) -> int:
        """Make those due again whose sender died between `begin` and an end; returns how many. Opening does this."""
        return self._connection.execute("UPDATE outbox SET state = 'pending', unsure = 1 WHERE state = 'sending'")

    def counts(self) -> Mapping[str, int]:
        """How many are pending, sending, delivered, dead."""
        rows = self._connection.rows("SELECT state, count(*) FROM outbox GROUP BY state")
        return {"pending": 0, "sending": 0, "delivered": 0, "dead": 0} | dict(rows)

    def _change(self, notification_id: str, change: str, *bound: Bound) -> None:
        if self._connection.execute(f"UPDATE outbox SET {change}", (*bound, notification_id)):  # noqa: S608 - own text
            return
        row = self._connection.row("SELECT state FROM outbox WHERE id = ?", (notification_id,))
        found = "is not in the outbox" if row is None else f"is {row[0]}"
        raise LedgerError(f"notification {notification_id!r} {found}: this step does not follow")


def owe(connection: Connection, notification: Notification, at: int) -> None:
    """Put a notification into the outbox unless it is, or was, there."""
    bound = (notification.id, notification.receiver, notification.thread, notification.part)
    told_since = _may_be_told_since(connection, notification, at)
    unsure = notification.possible_repeat or told_since is not None
    connection.execute(
        "INSERT INTO outbox (id, receiver, thread, part, payload, created_at, not_before, unsure, first_begun_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (*bound, notification_text(notification), at, at, int(unsure), told_since),
    )


def _may_be_told_since(connection: Connection, notification: Notification, at: int) -> int | None:
    """Since when it may have arrived already: a copy does not know what was delivered after it was made.

    That is what was judged before the copy became the ledger, and for a day whatever is said: a notice of the
    monitor's own has the id of its day, and the first look at a price after a gap says what was said within it.
    """
    judged = min((each.judged_at for each in notification.transitions), default=at)
    row = connection.row("SELECT min(newest) FROM restores WHERE at >= ? OR at > ?", (judged, at - DAY))
    return None if row is None or row[0] is None else int(row[0])
