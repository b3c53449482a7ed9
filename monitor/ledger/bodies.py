"""Bodies: what polls were answered, byte for byte and compressed, each answer once."""

from __future__ import annotations

import bz2  # of the recorded answers it makes less than zlib and lzma, in half the time of lzma
import zlib
from datetime import datetime

from monitor.ledger.connection import Connection, Store
from monitor.model.bar import instant, seconds
from monitor.model.sample import Snapshot

_BZ2 = b"BZh"


class Bodies(Store):
    """Reads and forgets bodies."""

    def body(self, poll: str, fetched_at: datetime) -> bytes | None:
        """What a poll was answered; None if it is no longer kept."""
        row = self._connection.row(
            "SELECT body FROM snapshots JOIN bodies USING (poll, digest) WHERE poll = ? AND fetched_at = ?",
            (poll, seconds(fetched_at)),
        )
        return None if row is None else _unpacked(row[0])

    def believed_bodies(self, poll: str, since: datetime | None = None) -> list[datetime]:
        """When the believed answers of a poll were fetched that are kept and differ from the one before, in order."""
        rows = self._connection.rows(
            "SELECT fetched_at, digest, bodies.poll FROM snapshots LEFT JOIN bodies USING (poll, digest)"
            " WHERE snapshots.poll = ? AND status = 'accepted' ORDER BY fetched_at",
            (poll,),
        )
        before, found = "", []
        for fetched_at, digest, kept in rows:
            if kept is not None and digest != before:
                found.append(instant(fetched_at))
            before = digest
        return [at for at in found if since is None or at >= since]

    def forget_bodies(self, before: datetime) -> None:
        """Drop what was last brought before an instant."""
        self._connection.execute("DELETE FROM bodies WHERE last_at < ?", (seconds(before),))


def _unpacked(body: bytes) -> bytes:
    return bz2.decompress(body) if body.startswith(_BZ2) else zlib.decompress(body)


def keep_body(connection: Connection, snapshot: Snapshot) -> None:
    """Write the body of a snapshot, unless it is there already."""
    at = seconds(snapshot.fetched_at)
    seen = connection.execute(
        "UPDATE bodies SET last_at = max(last_at, ?3) WHERE poll = ?1 AND digest = ?2",
        (snapshot.source, snapshot.digest, at),
    )
    if snapshot.body and not seen:
        connection.execute(
            "INSERT INTO bodies (poll, digest, body, last_at) VALUES (?, ?, ?, ?)",
            (snapshot.source, snapshot.digest, bz2.compress(snapshot.body), at),
        )


def keep_last_body(connection: Connection, snapshot: Snapshot) -> None:
    """The source says that its last believed answer still holds: it is kept from now on."""
    connection.execute(
        "UPDATE bodies SET last_at = max(last_at, ?2) WHERE poll = ?1 AND digest = (SELECT digest FROM snapshots"
        " WHERE poll = ?1 AND status = 'accepted' AND fetched_at <= ?2 ORDER BY fetched_at DESC LIMIT 1)",
        (snapshot.source, seconds(snapshot.fetched_at)),
    )
