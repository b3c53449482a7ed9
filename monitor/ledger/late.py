"""Figures of bars that had been sealed: noted as they are learnt.

They stay noted until the rules have judged these bars anew.
"""

from __future__ import annotations

import numpy as np

from monitor.ledger.connection import Connection
from monitor.ledger.seals import newest_seal
from monitor.ledger.series import is_flow
from monitor.model.sample import Series

_KEEP = """
    INSERT INTO restated (metric, source, since, learnt_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET since = min(since, excluded.since), learnt_at = max(learnt_at, excluded.learnt_at)
"""


class Late:
    """What of one snapshot or file is late; to be asked before its own seals are kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._sealed: dict[tuple[str, str, str], int] = {}
        self._found: dict[tuple[str, str], tuple[int, int]] = {}

    def note(self, series: Series, valid_at: int, known_at: int) -> None:
        """A figure that was stored; a level is late only if it was observed before it was learnt."""
        if not is_flow(series.metric) and known_at <= valid_at:
            return
        feed = (series.labels.get("source"), series.metric, series.bar.value)
        start = series.bar.floor(np.array([valid_at], np.int64))
        if int(series.bar.end(start)[0]) <= self._sealed_through(feed):
            self._add((series.metric, feed[0]), int(start[0]), known_at)

    def _add(self, feed: tuple[str, str], bar: int, known_at: int) -> None:
        since, learnt = self._found.get(feed, (bar, known_at))
        self._found[feed] = (min(since, bar), max(learnt, known_at))

    def _sealed_through(self, feed: tuple[str, str, str]) -> int:
        if feed not in self._sealed:
            self._sealed[feed] = newest_seal(self._connection, feed)
        return self._sealed[feed]

    def keep(self) -> None:
        """Write it down, in the transaction that stores the figures."""
        self._connection.execute_many(_KEEP, [(*feed, *found) for feed, found in self._found.items()])
