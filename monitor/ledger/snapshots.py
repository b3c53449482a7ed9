"""Snapshots: what each poll brought and whether it was believed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.ledger.bodies import keep_body
from monitor.ledger.connection import Connection, Row, Store
from monitor.model.bar import instant, seconds
from monitor.model.sample import Snapshot


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

    def quarantine(self, snapshot: Snapshot, reason: str, doubt: str = "") -> None:
        """Keep a snapshot that was not believed, with its body and without its samples. `doubt`: the kind of reason."""
        with self._connection.transaction():
            note(self._connection, snapshot, Status.QUARANTINED, reason, doubt)
            keep_body(self._connection, snapshot)

    def accepted(self, poll: str) -> LastSnapshot | None:
        """The newest snapshot of a poll that was believed and brought something."""
        query = f"{_SELECT} WHERE poll = ? AND status = 'accepted' ORDER BY fetched_at DESC LIMIT 1"
        row = self._connection.row(query, (poll,))
        return None if row is None else _last_snapshot(row)

    def snapshots(self, poll: str, limit: int = 20) -> list[LastSnapshot]:
        """The newest snapshots of a poll, newest first."""
        query = f"{_SELECT} WHERE poll = ? ORDER BY fetched_at DESC, id DESC LIMIT ?"
        return [_last_snapshot(row) for row in self._connection.rows(query, (poll, limit))]

    def last_good(self, poll: str) -> datetime | None:
        """When a poll last brought something that was believed, be it that nothing is new."""
        row = self._connection.row(
            "SELECT max(fetched_at) FROM snapshots WHERE poll = ? AND status <> 'quarantined'", (poll,)
        )
        return None if row is None or row[0] is None else instant(row[0])

    def held(self, poll: str) -> list[tuple[str, datetime, int]]:
        """(kind of doubt, when, entries) of the snapshots since the last one that was believed, oldest first."""
        rows = self._connection.rows(_HELD, (poll,))
        return [(doubt, instant(fetched_at), entries) for doubt, fetched_at, entries in rows]

    def newest_snapshot_at(self) -> int | None:
        """Epoch seconds of the newest snapshot of any poll; None if there is none."""
        row = self._connection.row("SELECT max(fetched_at) FROM snapshots")
        return None if row is None else row[0]

    def news(self, poll: str) -> list[int]:
        """Epoch seconds of the snapshots of which something was learnt that was not known, oldest first."""
        rows = self._connection.rows(
            "SELECT fetched_at FROM snapshots WHERE poll = ? AND news > 0 ORDER BY fetched_at", (poll,)
        )
        return [at for (at,) in rows]

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


_HELD = """
    SELECT doubt, fetched_at, entries FROM snapshots
    WHERE poll = ?1 AND status = 'quarantined' AND fetched_at > coalesce(
        (SELECT max(fetched_at) FROM snapshots WHERE poll = ?1 AND status <> 'quarantined'), -1
    ) ORDER BY fetched_at
"""
_SELECT = "SELECT poll, fetched_at, digest, entries, status, reason FROM snapshots"


def note(connection: Connection, snapshot: Snapshot, status: Status, reason: str = "", doubt: str = "") -> bool:
    """Write down what became of a snapshot; False if that was already written."""
    inserted = connection.execute(
        "INSERT INTO snapshots (poll, fetched_at, digest, entries, status, reason, doubt) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (snapshot.source, seconds(snapshot.fetched_at), snapshot.digest, snapshot.entries, status.value, reason, doubt),
    )
    return inserted > 0


def note_news(connection: Connection, snapshot: Snapshot, count: int) -> None:
    """How many samples were learnt of a snapshot."""
    connection.execute(
        "UPDATE snapshots SET news = ? WHERE poll = ? AND fetched_at = ? AND status = 'accepted'",
        (count, snapshot.source, seconds(snapshot.fetched_at)),
    )


def _last_snapshot(row: Row) -> LastSnapshot:
    poll, fetched_at, digest, entries, status, reason = row
    return LastSnapshot(poll, instant(fetched_at), digest, entries, Status(status), reason)
