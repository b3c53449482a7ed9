"""Restoring: a copy becomes the ledger again, or an empty one takes back what a sink holds beside samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.ledger.connection import Store
from monitor.ledger.remarks import keep_remarks
from monitor.ledger.transitions import APPEND_TRANSITION, transition_row
from monitor.model.bar import instant, seconds
from monitor.model.remark import Remark
from monitor.model.transition import Recorded

_NEWEST = """
    SELECT max(at) FROM (
        SELECT max(fetched_at) AS at FROM snapshots UNION ALL SELECT max(recorded_at) FROM transitions
        UNION ALL SELECT max(max(created_at, ifnull(begun_at, 0), ifnull(ended_at, 0))) FROM outbox
    )
"""


@dataclass(frozen=True, slots=True)
class Owed:
    """What a copy owes that is the ledger from now on. `newest`: when the last thing in it was written, None = never.

    `messages`: how many were not with their receivers then; they may be now.
    """

    newest: datetime | None
    messages: int


class Restoring(Store):
    """Writes what was read back."""

    def note_restored(self, at: datetime) -> Owed:
        """This was a copy and is the ledger from `at` on: what it owes may have arrived since it was made.

        So may have what will be owed of that time; `owe` asks for what is noted here.
        """
        with self._connection.transaction():
            newest = self._connection.rows(_NEWEST)[0][0]
            messages = self._connection.execute(
                "UPDATE outbox SET state = 'pending', unsure = 1, not_before = min(not_before, ?1),"
                " first_begun_at = ifnull(first_begun_at, created_at) WHERE state IN ('pending', 'sending')",
                (seconds(at),),
            )
            bound = (seconds(at), seconds(at) if newest is None else min(newest, seconds(at)))
            self._connection.execute("INSERT OR REPLACE INTO restores (at, newest) VALUES (?, ?)", bound)
        return Owed(None if newest is None else instant(newest), messages)

    def is_empty(self) -> bool:
        """Whether nothing was ever learnt, judged or remarked."""
        tables = ("series", "seals", "transitions", "snapshots")
        return all(self._connection.row(f"SELECT 1 FROM {table}") is None for table in tables)  # noqa: S608 - own names

    def take_back(self, remarks: Sequence[Remark], recorded: Sequence[Recorded]) -> None:
        """Write remarks, and transitions in the order in which they were recorded."""
        with self._connection.transaction():
            keep_remarks(self._connection, remarks)
            self._connection.execute_many(APPEND_TRANSITION, map(transition_row, recorded))
