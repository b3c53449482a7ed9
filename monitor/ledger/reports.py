"""What reports need of the record: when one was owed last, what people were sent, and which changes they were told."""

from __future__ import annotations

from monitor.ledger.connection import Store
from monitor.model.notification import Reason

_LAST = """
    SELECT max(created_at) FROM outbox
    WHERE json_extract(payload, '$.reason') = ? AND json_extract(payload, '$.labels.report') = ?
"""


class Reports(Store):
    """Reads what was owed, whether it has arrived or not."""

    def last(self, name: str) -> int | None:
        """Epoch seconds when a report of that name was last owed to anybody; None = never."""
        row = self._connection.row(_LAST, (Reason.REPORT.value, name))
        return None if row is None or row[0] is None else int(row[0])
