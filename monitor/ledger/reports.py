"""What reports need of the record: when one was owed last, what people were sent, and which changes they were told."""

from __future__ import annotations

from monitor.ledger.connection import Store
from monitor.ledger.encoding import notification_of
from monitor.ledger.transitions import TRANSITION, transition_of
from monitor.model.notification import Reason
from monitor.model.transition import Recorded, Transition

_LAST = """
    SELECT max(created_at) FROM outbox
    WHERE json_extract(payload, '$.reason') = ? AND json_extract(payload, '$.labels.report') = ?
"""
_MESSAGES = (
    "SELECT created_at, payload FROM outbox WHERE created_at >= ? AND json_extract(payload, '$.reason') = ?"
    " AND part = ''"
)
_TOLD = (
    f"SELECT recorded_at, partition, {TRANSITION} FROM transitions WHERE recorded_at >= ? AND silent = 0 ORDER BY id"  # noqa: S608 - own text
)


class Reports(Store):
    """Reads what was owed, whether it has arrived or not."""

    def last(self, name: str) -> int | None:
        """Epoch seconds when a report of that name was last owed to anybody; None = never."""
        row = self._connection.row(_LAST, (Reason.REPORT.value, name))
        return None if row is None or row[0] is None else int(row[0])

    def messages(self, since: int) -> list[tuple[int, tuple[Transition, ...]]]:
        """When each message on alerts was owed since then, epoch seconds, and what it told of; edits excepted."""
        rows = self._connection.rows(_MESSAGES, (since, Reason.TRANSITION.value))
        found = ((at, notification_of(payload)) for at, payload in rows)
        return [(at, each.transitions) for at, each in found if not each.quiet]

    def told(self, since: int) -> list[Recorded]:
        """Every change recorded since then, epoch seconds, that people were told of, or would be unless it was held."""
        rows = self._connection.rows(_TOLD, (since,))
        return [Recorded(transition_of(row[2:]), silent=False, recorded_at=row[0], partition=row[1]) for row in rows]
