"""Cursors: how far each sink has read the samples in the order in which they were learnt."""

from __future__ import annotations

from monitor.ledger.connection import Bound, Connection
from monitor.ledger.copying import Copying
from monitor.ledger.encoding import labels_of
from monitor.model.bar import DAY, Bar, instant
from monitor.model.sample import Sample, Series

_AFTER = """
    SELECT seq, valid_at, known_at, value, series_id, metric, labels, bar
    FROM samples CROSS JOIN series ON series.id = series_id
    WHERE seq > ? ORDER BY seq LIMIT ?
"""
_AGAIN = """
    SELECT later.seq, valid_at, later.known_at, later.value, series_id, metric, labels, bar
    FROM samples AS one JOIN samples AS later USING (valid_at, series_id) JOIN series ON series.id = series_id
    WHERE one.seq = ? AND later.seq >= one.seq ORDER BY later.seq
"""
_OF_DAY = """
    SELECT seq, valid_at, known_at, value, series_id, metric, labels, bar
    FROM samples CROSS JOIN series ON series.id = series_id
    WHERE valid_at >= ? AND valid_at < ? AND metric = ? ORDER BY seq
"""


class Cursors(Copying):
    """Reads samples in the order of learning, and remembers who has read how far."""

    def newest(self) -> int:
        """The number of the newest sample; 0 = there is none. Numbers rise but need not be dense."""
        return newest_seq(self._connection)

    def again(self, seq: int) -> list[tuple[int, Sample]]:
        """A sample, and those of the same bar and series that were learnt after it: the newest has to be the last."""
        return self._samples(_AGAIN, (seq,))

    def waiting_since(self, name: str) -> int | None:
        """Epoch seconds: when the oldest was learnt that the sink of this name has not taken; None = all are taken."""
        row = self._connection.row(
            "SELECT known_at FROM samples WHERE seq > ? ORDER BY seq LIMIT 1", (self.position(name),)
        )
        return None if row is None else int(row[0])

    def after(self, seq: int, limit: int) -> list[tuple[int, Sample]]:
        """The next samples with their numbers, in the order of learning."""
        return self._samples(_AFTER, (seq, limit))

    def of_day(self, metric: str, day: int) -> list[tuple[int, Sample]]:
        """All samples of a metric valid on a day, which starts at `day`, with their numbers."""
        return self._samples(_OF_DAY, (day, day + DAY, metric))

    def _samples(self, sql: str, bound: tuple[Bound, ...]) -> list[tuple[int, Sample]]:
        rows = self._connection.rows(sql, bound)
        series = {row[4]: row[5:] for row in rows}
        known = {
            number: Series(metric, labels_of(labels), Bar(bar)) for number, (metric, labels, bar) in series.items()
        }
        at = {second: instant(second) for second in {second for row in rows for second in row[1:3]}}
        return [
            (seq, Sample(known[number], at[valid_at], at[known_at], value))
            for seq, valid_at, known_at, value, number, *_ in rows
        ]


def newest_seq(connection: Connection) -> int:
    """The number of the newest sample; 0 = there is none."""
    return int(connection.rows("SELECT coalesce(max(seq), 0) FROM samples")[0][0])
