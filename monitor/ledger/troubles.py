"""Troubles: what is wrong with a poll, since when, and whether a person was told."""

from __future__ import annotations

from monitor.ledger.connection import Row, Store
from monitor.model.trouble import Trouble, TroubleKind

_SELECT = "SELECT poll, kind, why, since, looks, told_at FROM troubles"
_ONE_MORE = """
    INSERT INTO troubles (poll, kind, why, since, looks, told_at) VALUES (?, ?, ?, ?, 1, NULL)
    ON CONFLICT DO UPDATE SET why = excluded.why, looks = looks + 1
"""


class Troubles(Store):
    """Counts, tells apart and ends troubles."""

    def trouble(self, poll: str, kind: TroubleKind, why: str, at: int) -> Trouble:
        """One more look (epoch seconds) that shows it; returns it as it stands now."""
        with self._connection.transaction():
            self._connection.execute(_ONE_MORE, (poll, kind.value, why, at))
            return _trouble(self._connection.rows(f"{_SELECT} WHERE poll = ? AND kind = ?", (poll, kind.value))[0])

    def note_told(self, trouble: Trouble, at: int) -> None:
        """A person is told of it; in the transaction that owes the message."""
        self._connection.execute(
            "UPDATE troubles SET told_at = ? WHERE poll = ? AND kind = ?", (at, trouble.poll, trouble.kind.value)
        )

    def end_trouble(self, poll: str, kind: TroubleKind) -> Trouble | None:
        """It is over; returns it as it was, None if there was none."""
        with self._connection.transaction():
            row = self._connection.row(f"{_SELECT} WHERE poll = ? AND kind = ?", (poll, kind.value))
            self._connection.execute("DELETE FROM troubles WHERE poll = ? AND kind = ?", (poll, kind.value))
        return None if row is None else _trouble(row)

    def troubles(self) -> list[Trouble]:
        """All that last, by poll."""
        return [_trouble(row) for row in self._connection.rows(f"{_SELECT} ORDER BY poll, kind")]


def _trouble(row: Row) -> Trouble:
    poll, kind, why, since, looks, told_at = row
    return Trouble(poll, TroubleKind(kind), why, since, looks, told_at)
