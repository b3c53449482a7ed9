"""What politeness must remember over a restart: state by address, and requests counted against budgets."""

from __future__ import annotations

from monitor.ledger.connection import Store
from monitor.model.bar import DAY
from monitor.ports import HttpState

_MINUTE = 60.0


class Requests(Store):
    """The FetchMemory of the sources."""

    def http_state(self, key: str) -> HttpState:
        """What is remembered of an address."""
        row = self._connection.row(
            "SELECT etag, last_modified, not_before, failures FROM http_state WHERE key = ?", (key,)
        )
        return HttpState() if row is None else HttpState(*row)

    def remember_http(self, key: str, state: HttpState) -> None:
        """Keep it, durably."""
        self._connection.execute(
            "INSERT OR REPLACE INTO http_state (key, etag, last_modified, not_before, failures) VALUES (?, ?, ?, ?, ?)",
            (key, state.etag, state.last_modified, float(state.not_before), state.failures),
        )

    def spend(self, budget: str, at: float, *, per_minute: int, per_day: int) -> float:
        """Count one request at epoch second `at`; 0.0 = granted, else the seconds to wait (nothing counted).

        A minute is any 60 seconds, a day is the UTC day. Requests of other days are forgotten, and so are those
        that a wrong clock dated into the future.
        """
        midnight = at // DAY * DAY
        tomorrow = midnight + DAY
        with self._connection.transaction():
            self._connection.execute(
                "DELETE FROM requests WHERE budget = ? AND (at <= ? OR at >= ?)",
                (budget, min(midnight - 0.5, at - _MINUTE), tomorrow),
            )
            spent = [row[0] for row in self._connection.rows(_SPENT, (budget,))]
            today = sum(1 for earlier in spent if earlier >= midnight)
            recent = [earlier for earlier in spent if at - _MINUTE < earlier < at + _MINUTE]
            wait = tomorrow - at if today >= per_day else 0.0
            if len(recent) >= per_minute:
                wait = max(wait, recent[len(recent) - per_minute] + _MINUTE - at)
            if wait == 0.0:
                self._connection.execute("INSERT INTO requests (budget, at) VALUES (?, ?)", (budget, at))
        return wait

    def spent(self, *, since: int) -> dict[str, int]:
        """By budget, the requests that were counted since then, epoch seconds."""
        rows = self._connection.rows(
            "SELECT budget, count(*) FROM requests WHERE at >= ? GROUP BY budget ORDER BY budget", (float(since),)
        )
        return dict(rows)


_SPENT = "SELECT at FROM requests WHERE budget = ? ORDER BY at"
