"""Bodies: what polls were answered, byte for byte and compressed, each answer once."""

from __future__ import annotations

import bz2  # of the recorded answers it makes less than zlib and lzma, in half the time of lzma
import zlib
from datetime import datetime

from monitor.ledger.connection import Connection, Store
from monitor.model.bar import instant, seconds
from monitor.model.sample import Snapshot

_BZ2 = b"BZh"


_KEPT = """
    SELECT fetched_at, digest, status FROM snapshots JOIN bodies USING (poll, digest)
    WHERE poll = ? AND fetched_at >= ? ORDER BY fetched_at, id
"""


class Bodies(Store):
    """Reads and forgets bodies."""

    def body(self, poll: str, fetched_at: datetime) -> bytes | None:
        """What a poll was answered; None if it is no longer kept."""
        row = self._connection.row(
            "SELECT body FROM snapshots JOIN bodies USING (poll, digest) WHERE poll = ? AND fetched_at = ?",
            (poll, seconds(fetched_at)),
        )
        return None if row is None else _unpacked(row[0])

    def kept_bodies(self, poll: str, since: datetime | None = None) -> list[tuple[datetime, bool]]:
        """(when it was fetched, whether it was believed) of the answers of a poll that are kept, oldest first.

        Of answers that are the same, one after the other, the first.
        """
        rows = self._connection.rows(_KEPT, (poll, seconds(since) if since else 0))
        answers = [(digest, (instant(at), status == "accepted")) for at, digest, status in rows]
        before = [None, *(digest for digest, _ in answers)]
        return [found for last, (digest, found) in zip(before, answers, strict=False) if digest != last]

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
