"""Snapshots: what each poll brought and whether it was believed. Bodies are kept of those that were not."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.ledger.connection import Connection, Row, Store
from monitor.model.bar import instant, seconds
from monitor.model.sample import Snapshot

_BODIES_KEPT = 10  # a poll; a source that stays broken must not fill the disk


class Status(StrEnum):
    """What became of a snapshot."""

    ACCEPTED = "accepted"
    QUARANTINED = "quarantined"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class LastSnapshot:
    """What is remembered of one snapshot of a poll. `reason`: why it was quarantined, else empty."""

    poll: str
    fetched_at: datetime
    digest: str
    entries: int
    status: Status
    reason: str


class Snapshots(Store):
    """Reads the record of polls, and quarantines."""

    def quarantine(self, snapshot: Snapshot, reason: str) -> bool:
        """Keep a snapshot that was not believed, with its body and without its samples.

        Returns whether the poll's snapshot before it was believed (or there was none): then a person must be told.
        """
        body = zlib.compress(snapshot.body) if snapshot.body else None
        with self._connection.transaction():
            note(self._connection, snapshot, Status.QUARANTINED, reason, body)
            self._connection.execute(
                "UPDATE snapshots SET body = NULL WHERE poll = ?1 AND body IS NOT NULL AND id NOT IN (SELECT id FROM"
                " snapshots WHERE poll = ?1 AND body IS NOT NULL ORDER BY fetched_at DESC LIMIT ?2)",
                (snapshot.source, _BODIES_KEPT),
            )
            before = previous(self._connection, snapshot)
        return before is None or before.status is not Status.QUARANTINED

    def accepted(self, poll: str) -> LastSnapshot | None:
        """The newest snapshot of a poll that was believed and brought something."""
        query = f"{_SELECT} WHERE poll = ? AND status = 'accepted' ORDER BY fetched_at DESC LIMIT 1"
        row = self._connection.row(query, (poll,))
        return None if row is None else _last_snapshot(row)

    def snapshots(self, poll: str, limit: int = 20) -> list[LastSnapshot]:
        """The newest snapshots of a poll, newest first."""
        query = f"{_SELECT} WHERE poll = ? ORDER BY fetched_at DESC, id DESC LIMIT ?"
        return [_last_snapshot(row) for row in self._connection.rows(query, (poll, limit))]

    def quarantined_body(self, poll: str, fetched_at: datetime) -> bytes | None:
        """The body of a quarantined snapshot; None if it is no longer kept."""
        row = self._connection.row(
            "SELECT body FROM snapshots WHERE poll = ? AND fetched_at = ? AND status = 'quarantined'",
            (poll, seconds(fetched_at)),
        )
        return None if row is None or row[0] is None else zlib.decompress(row[0])

    def citations(self) -> dict[tuple[str, str], str]:
        """By source label and metric: the line that must stand wherever these figures are shown."""
        rows = self._connection.rows("SELECT source, metric, text FROM citations")
        return {(source, metric): text for source, metric, text in rows}

    def texts(self) -> dict[float, str]:
        """By code: every text that a fact ever was."""
        return {float(code): text for code, text in self._connection.rows("SELECT code, text FROM texts")}

    def aliases(self) -> dict[str, str]:
        """Every alias ever seen, with the newest name it stands for."""
        return dict(self._connection.rows("SELECT alias, name FROM aliases"))


_SELECT = "SELECT poll, fetched_at, digest, entries, status, reason FROM snapshots"


def note(
    connection: Connection, snapshot: Snapshot, status: Status, reason: str = "", body: bytes | None = None
) -> bool:
    """Write down what became of a snapshot; False if that was already written."""
    inserted = connection.execute(
        "INSERT INTO snapshots (poll, fetched_at, digest, entries, status, reason, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (snapshot.source, seconds(snapshot.fetched_at), snapshot.digest, snapshot.entries, status.value, reason, body),
    )
    return inserted > 0


def previous(connection: Connection, snapshot: Snapshot) -> LastSnapshot | None:
    """The same poll's snapshot before this one."""
    query = f"{_SELECT} WHERE poll = ? AND fetched_at < ? ORDER BY fetched_at DESC, id DESC LIMIT 1"
    row = connection.row(query, (snapshot.source, seconds(snapshot.fetched_at)))
    return None if row is None else _last_snapshot(row)


def _last_snapshot(row: Row) -> LastSnapshot:
    poll, fetched_at, digest, entries, status, reason = row
    return LastSnapshot(poll, instant(fetched_at), digest, entries, Status(status), reason)
