"""Restoring: what a sink holds beside samples becomes part of an empty ledger again."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.ledger.connection import Store
from monitor.ledger.remarks import keep_remarks
from monitor.ledger.transitions import APPEND_TRANSITION, transition_row
from monitor.model.remark import Remark
from monitor.model.transition import Recorded


class Restoring(Store):
    """Writes what was read back."""

    def is_empty(self) -> bool:
        """Whether nothing was ever learnt, judged or remarked."""
        tables = ("series", "seals", "transitions", "snapshots")
        return all(self._connection.row(f"SELECT 1 FROM {table}") is None for table in tables)  # noqa: S608 - own names

    def take_back(self, remarks: Sequence[Remark], recorded: Sequence[Recorded]) -> None:
        """Write remarks, and transitions in the order in which they were recorded."""
        with self._connection.transaction():
            keep_remarks(self._connection, remarks)
            self._connection.execute_many(APPEND_TRANSITION, map(transition_row, recorded))
