"""The rulebook: the last good version of every rule, and how what is remembered of a rule is put aside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.ledger.connection import Row, Store
from monitor.ledger.encoding import labels_of
from monitor.model.bar import instant
from monitor.model.transition import EpisodeKey
from monitor.rules.merge import Accepted

_NO_CHANGE = "{}"  # of states, in JSON
_MEMORY = "SELECT memory FROM states WHERE alert = ? AND partition = ? AND labels = ?"
_REMEMBER = """
    UPDATE states SET memory = ?4 WHERE alert = ?1 AND partition = ?2 AND labels = ?3
        AND json_array_length(?4) NOT IN (0, json_array_length(memory))
"""
_TOLD = """
    SELECT labels, since FROM states WHERE alert = ? AND phase IN ('firing', 'recovering') AND EXISTS (
        SELECT 1 FROM transitions AS beginning WHERE beginning.alert = states.alert
            AND beginning.labels = states.labels AND beginning.episode = states.since
            AND beginning.kind IN ('firing', 'corrected') AND beginning.silent = 0
    ) ORDER BY since, labels
"""


@dataclass(frozen=True, slots=True)
class Course:
    """Rows of an alert: its open instances, and after which bars its evaluations ended that one can go back to."""

    instances: tuple[Row, ...]
    evaluations: tuple[Row, ...]


class Rulebook(Store):
    """Remembers rules over restarts."""

    def accepted(self) -> dict[str, Accepted]:
        """The last good version of every alert that is in force, by name."""
        rows = self._connection.rows("SELECT alert, path, text, taken_at, kept_at FROM rules ORDER BY alert")
        return {row[0]: Accepted(*row) for row in rows}

    def accept(self, rules: Iterable[Accepted]) -> None:
        """Write these in place of what was there of the same names."""
        self._connection.execute_many(
            "INSERT INTO rules (alert, path, text, taken_at, kept_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE"
            " SET path = excluded.path, text = excluded.text, taken_at = excluded.taken_at, kept_at = excluded.kept_at",
            ((each.alert, each.path, each.text, each.taken_at, each.kept_at) for each in rules),
        )

    def forget(self, alert: str) -> None:
        """It is not in force any more."""
        self._connection.execute("DELETE FROM rules WHERE alert = ?", (alert,))

    def told(self, alert: str) -> list[EpisodeKey]:
        """The open episodes of an alert whose beginning was told, oldest first."""
        rows = self._connection.rows(_TOLD, (alert,))
        return [EpisodeKey(alert, labels_of(labels), since) for labels, since in rows]

    def forget_past(self, alert: str) -> Course:
        """Remember nothing of an alert, so that its past is judged again; returns what `restore` brings back."""
        with self._connection.transaction():
            open_ = self._connection.rows("SELECT * FROM states WHERE alert = ? AND phase <> 'inactive'", (alert,))
            ends = self._connection.rows("SELECT alert, partition, through FROM rewinds WHERE alert = ?", (alert,))
            self._forget(alert)
        return Course(tuple(open_), tuple(ends))

    def restore(self, course: Course) -> None:
        """Put what `forget_past` returned in place of what is remembered of the same instances now.

        Only their memory is that of now where it has another length: an option that was added remembers more. Where
        figures from before are restated, one goes back to the bar, but not to states of the version of that time.
        """
        for row in course.evaluations:
            self._put("rewinds", (*row, _NO_CHANGE))
        for row in course.instances:
            now = self._connection.row(_MEMORY, row[:3])
            self._put("states", row)
            if now is not None:
                self._connection.execute(_REMEMBER, (*row[:3], *now))

    def put_aside(self, alert: str, at: int) -> None:
        """Remember nothing of an alert, so that it is judged as a new one; `at`: epoch seconds.

        What it did stays in the record under `ALERT@2026-02-03T00:20:00Z`, which no alert can be called.
        """
        until = instant(at).isoformat().replace("+00:00", "Z")
        with self._connection.transaction():
            self._forget(alert)
            # Replaces only what another version did that lived less than a second.
            self._connection.execute(
                "UPDATE OR REPLACE transitions SET alert = ? WHERE alert = ?", (f"{alert}@{until}", alert)
            )

    def _forget(self, alert: str) -> None:
        for table in ("judged", "states", "rewinds"):
            self._connection.execute(f"DELETE FROM {table} WHERE alert = ?", (alert,))  # noqa: S608 - own names

    def _put(self, table: str, row: Row) -> None:
        marks = ", ".join("?" * len(row))
        self._connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", row)  # noqa: S608 - own names
