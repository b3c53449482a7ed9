"""Learning again: what answers that were kept say otherwise now becomes revisions, known from today on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from monitor.ledger.blocks import follow
from monitor.ledger.encoding import labels_of
from monitor.ledger.late import Late
from monitor.ledger.learning import SHOWN, Appender, Learning, level_feeds
from monitor.ledger.remarks import keep_seals
from monitor.ledger.series import series_ids
from monitor.model.bar import Bar, seconds
from monitor.model.sample import Sample, Series, Snapshot


@dataclass(frozen=True, slots=True)
class Revision:
    """A value that is another one than was known. None = there was none; or there is none any more (a level only)."""

    series: Series
    valid_at: datetime
    before: float | None
    after: float | None


class Relearning(Learning):
    """Writes what answers that were learnt before say today."""

    def relearn(self, snapshot: Snapshot, at: datetime) -> list[Revision]:
        """Store what differs from what is known of the same bars and instants, as learnt at `at`; what it is.

        What was known stays: as known, history is what it was. Give levels in the order in which they were observed,
        and of flows the last word. Rules judge the bars anew.
        """
        found: list[Revision] = []
        with self._connection.transaction():
            self._keep_names(snapshot)
            shown = tuple(replace(sample, known_at=at) for sample in (*snapshot.samples, *self._gone(snapshot, at)))
            ids = series_ids(self._connection, (sample.series for sample in shown))
            rows, late = Appender(self._connection), Late(self._connection)
            for sample in shown:
                before = rows.latest(ids[sample.series], sample)
                if rows.append_if_news(ids[sample.series], sample):
                    late.note(sample.series, seconds(sample.valid_at), seconds(at))
                    found.append(Revision(sample.series, sample.valid_at, before and before[0], sample.value))
            late.keep()
            rows.note_first()
            follow(self._connection)
            keep_seals(self._connection, (replace(seal, known_at=at) for seal in snapshot.seals))
        return found

    def _gone(self, snapshot: Snapshot, at: datetime) -> Iterator[Sample]:
        """Levels that were shown at the time of a complete list and are not in it."""
        there = {sample.series for sample in snapshot.samples}
        for metric, source, bar in level_feeds(snapshot) if snapshot.complete else ():
            bound = (metric, source, bar, seconds(snapshot.fetched_at))
            for (number,) in self._connection.rows(SHOWN, bound):
                (labels,) = self._connection.rows("SELECT labels FROM series WHERE id = ?", (number,))[0]
                series = Series(metric, labels_of(labels), Bar(bar))
                if series not in there:
                    yield Sample(series, snapshot.fetched_at, at, None)
