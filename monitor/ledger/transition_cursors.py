"""Transitions in the order in which they were recorded, for sinks: as cursors are over samples."""

from __future__ import annotations

from monitor.ledger.copying import Copying
from monitor.ledger.transitions import TRANSITION, transition_of
from monitor.model.transition import Recorded

_SELECT = f"SELECT id, silent, recorded_at, partition, {TRANSITION} FROM transitions"  # noqa: S608 - own text


class TransitionCursors(Copying):
    """Reads what was recorded, silent or told; transitions are never changed nor deleted."""

    def newest(self) -> int:
        """The number of the newest transition; 0 = there is none. Numbers rise but need not be dense."""
        return int(self._connection.rows("SELECT coalesce(max(id), 0) FROM transitions")[0][0])

    def after(self, seq: int, limit: int) -> list[tuple[int, Recorded]]:
        """The next transitions with their numbers."""
        return self._recorded("WHERE id > ? ORDER BY id LIMIT ?", (seq, limit))

    def again(self, seq: int) -> list[tuple[int, Recorded]]:
        """One transition: none takes the place of another."""
        return self._recorded("WHERE id = ?", (seq,))

    def waiting_since(self, name: str) -> int | None:
        """Epoch seconds: when the oldest was recorded that the sink of this name has not taken; None = all are."""
        waiting = self.after(self.position(name), 1)
        return waiting[0][1].recorded_at if waiting else None

    def _recorded(self, where: str, bound: tuple[int, ...]) -> list[tuple[int, Recorded]]:
        rows = self._connection.rows(f"{_SELECT} {where}", bound)
        return [(row[0], Recorded(transition_of(row[4:]), bool(row[1]), *row[2:4])) for row in rows]
