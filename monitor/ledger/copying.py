"""Copying: how far each sink has come, what it said last, and the lines that it will never take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.ledger.connection import Store
from monitor.ledger.outbox import owe
from monitor.model.copying import Answer, Rejected, Standing
from monitor.model.notification import Notification

_MOVE = "INSERT INTO cursors (name, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq"
_REJECT = "INSERT OR REPLACE INTO rejected (cursor, seq, line, said, at) VALUES (?, ?, ?, ?, ?)"
_ANSWER = "INSERT OR REPLACE INTO answers (cursor, standing, said, at, since, not_before) VALUES (?, ?, ?, ?, ?, ?)"


class Copying(Store):
    """Remembers by the name of a sink's cursor."""

    def position(self, name: str) -> int:
        """The number of the last that was taken; 0 = none."""
        row = self._connection.row("SELECT seq FROM cursors WHERE name = ?", (name,))
        return 0 if row is None else int(row[0])

    def move(self, name: str, seq: int) -> None:
        """Remember, durably, that all up to `seq` were taken; 0 = start anew."""
        self._connection.execute(_MOVE, (name, seq))

    def took(
        self, name: str, seq: int, answer: Answer, rejected: Sequence[Rejected], owed: Sequence[Notification]
    ) -> None:
        """Move the cursor, and keep what goes along with it, all or nothing."""
        with self._connection.transaction():
            self.move(name, seq)
            self.reject(name, rejected)
            self.refused(name, answer, owed)

    def refused(self, name: str, answer: Answer, owed: Sequence[Notification]) -> None:
        """Keep an answer and owe what is said of it, all or nothing."""
        bound = (name, answer.standing.value, answer.said, answer.at, answer.since, answer.not_before)
        with self._connection.transaction():
            self._connection.execute(_ANSWER, bound)
            for notification in owed:
                owe(self._connection, notification, answer.at)

    def answer(self, name: str) -> Answer | None:
        """The last answer; None before the first."""
        row = self._connection.row(
            "SELECT standing, said, at, since, not_before FROM answers WHERE cursor = ?", (name,)
        )
        return None if row is None else Answer(Standing(row[0]), *row[1:])

    def reject(self, name: str, rejected: Iterable[Rejected]) -> None:
        """Keep lines aside; what was said of one before is replaced."""
        rows = ((name, each.seq, each.line, each.said, each.at) for each in rejected)
        self._connection.execute_many(_REJECT, rows)

    def resent(self, name: str, seq: int, rejected: Sequence[Rejected]) -> None:
        """What is kept aside of `seq` was written again; now `rejected` are kept aside."""
        with self._connection.transaction():
            self._connection.execute("DELETE FROM rejected WHERE cursor = ? AND seq = ?", (name, seq))
            self.reject(name, rejected)

    def rejected(self, name: str) -> list[Rejected]:
        """The lines kept aside, in the order of what they were made of."""
        rows = self._connection.rows(
            "SELECT seq, line, said, at FROM rejected WHERE cursor = ? ORDER BY seq, line", (name,)
        )
        return [Rejected(*row) for row in rows]
