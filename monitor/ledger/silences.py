"""Silences and acknowledgements."""

from __future__ import annotations

import json

from monitor.ledger.connection import Row, Store
from monitor.model.matcher import Matcher
from monitor.model.recurrence import recurrence
from monitor.model.silence import Band, Silence

_COLUMNS = "id, matchers, starts_at, ends_at, author, via, reason, recurrence, episode, low, high"


class Silences(Store):
    """Kept for ever; those that are over are closed."""

    def add(self, silence: Silence) -> bool:
        """Let it be in effect; whether it is new: one with an id that was ever there is left alone."""
        band = (None, None) if silence.band is None else (silence.band.low, silence.band.high)
        matchers = [[each.label, each.patterns, each.regular, each.negated] for each in silence.matchers]
        return bool(
            self._connection.execute(
                f"INSERT INTO silences ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",  # noqa: S608
                (
                    silence.id,
                    json.dumps(matchers),
                    silence.starts_at,
                    silence.ends_at,
                    silence.author,
                    silence.via,
                    silence.reason,
                    str(silence.recurrence or ""),
                    silence.episode,
                    *band,
                ),
            )
        )

    def end(self, silence_id: str, at: int) -> None:
        """Let it end at `at`, unless it ends before."""
        self._connection.execute(
            "UPDATE silences SET ends_at = min(ifnull(ends_at, ?1), ?1) WHERE id = ?2", (at, silence_id)
        )

    def close(self, silence_id: str, at: int) -> None:
        """It was over, and what still fired was told."""
        self._connection.execute("UPDATE silences SET closed_at = ? WHERE id = ?", (at, silence_id))

    def standing(self) -> list[Silence]:
        """Those that are not closed: in effect, to come, or just over; in the order in which they began."""
        rows = self._connection.rows(
            f"SELECT {_COLUMNS} FROM silences WHERE closed_at IS NULL ORDER BY starts_at, id"  # noqa: S608
        )
        return [_silence(row) for row in rows]

    def since(self, at: int) -> list[Silence]:
        """Those that began at `at` or later, closed ones too."""
        rows = self._connection.rows(
            f"SELECT {_COLUMNS} FROM silences WHERE starts_at >= ? ORDER BY starts_at, id",  # noqa: S608
            (at,),
        )
        return [_silence(row) for row in rows]


def _silence(row: Row) -> Silence:
    key, matchers, starts_at, ends_at, author, via, reason, times, episode, low, high = row
    return Silence(
        key,
        tuple(
            Matcher(label, tuple(patterns), regular, negated)
            for label, patterns, regular, negated in json.loads(matchers)
        ),
        starts_at,
        ends_at,
        author,
        via,
        reason,
        recurrence(times) if times else None,
        episode,
        None if low is None else Band(low, high),
    )
