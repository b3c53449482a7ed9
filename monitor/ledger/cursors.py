"""Cursors: how far each sink has read the samples in the order in which they were learnt."""

from __future__ import annotations

from monitor.ledger.connection import Connection
from monitor.ledger.copying import Copying
from monitor.ledger.encoding import labels_of
from monitor.model.bar import Bar, instant
from monitor.model.sample import Sample, Series

_AFTER = """
    SELECT seq, series_id, valid_at, known_at, value FROM samples WHERE seq > ? ORDER BY seq LIMIT ?
"""


class Cursors(Copying):
    """Reads samples in the order of learning, and remembers who has read how far."""

    def newest(self) -> int:
        """The number of the newest sample; 0 = there is none. Numbers rise but need not be dense."""
        return newest_seq(self._connection)

    def samples_after(self, seq: int, limit: int) -> list[tuple[int, Sample]]:
        """The next samples with their numbers, in the order of learning."""
        known: dict[int, Series] = {}
        with self._connection.reading():
            rows = self._connection.rows(_AFTER, (seq, limit))
            for number in sorted({row[1] for row in rows}):
                known[number] = _series(self._connection, number)
        return [
            (row_seq, Sample(known[number], instant(valid_at), instant(known_at), value))
            for row_seq, number, valid_at, known_at, value in rows
        ]


def newest_seq(connection: Connection) -> int:
    """The number of the newest sample; 0 = there is none."""
    return int(connection.rows("SELECT coalesce(max(seq), 0) FROM samples")[0][0])


def _series(connection: Connection, number: int) -> Series:
    metric, labels, bar = connection.rows("SELECT metric, labels, bar FROM series WHERE id = ?", (number,))[0]
    return Series(metric, labels_of(labels), Bar(bar))
