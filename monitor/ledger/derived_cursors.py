"""Cursors over what is derived of the samples of some metrics, in the order in which these were learnt."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from monitor.ledger.connection import Connection
from monitor.ledger.copying import Copying
from monitor.model.bar import Bar

_Item = TypeVar("_Item")

_SLICE = 10_000  # samples that are looked through at a time
_OF = "samples INDEXED BY samples_by_seq CROSS JOIN series ON series.id = series_id"
_METRIC = "metric IN (SELECT value FROM json_each(?2))"
_AFTER = f"""
    SELECT seq, source, bar, valid_at FROM {_OF} WHERE seq > ?1 AND {_METRIC} ORDER BY seq LIMIT {_SLICE}
"""  # noqa: S608 - own text
_ONE = f"SELECT seq, source, bar, valid_at FROM {_OF} WHERE seq = ?1 AND {_METRIC}"  # noqa: S608
_NEWEST = f"SELECT seq FROM {_OF} WHERE seq > ?1 AND {_METRIC} ORDER BY seq DESC LIMIT 1"  # noqa: S608
_WAITING = f"SELECT known_at FROM {_OF} WHERE seq > ?1 AND {_METRIC} ORDER BY seq LIMIT 1"  # noqa: S608
_EARLIEST = f"SELECT min(valid_at) FROM {_OF} WHERE seq > ?1 AND {_METRIC}"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Touched:
    """A bar of a source of which something was learnt, or a look at it. `start`: as the samples have it."""

    source: str
    bar: Bar
    start: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt. `touched`: each once, by when its last sample was learnt.

    `rest`: the earliest instant of what will come after all that; None = nothing will. `newest`: the number of the
    newest sample there is.
    """

    touched: Sequence[Touched]
    newest: int
    rest: Callable[[], int | None]


Derive = Callable[[Learnt], Sequence[_Item]]
"""One item for each that was touched, in their order, from all that the ledger knows now."""


class DerivedCursors(Copying, Generic[_Item]):
    """Reads the samples of `metrics` after a place in the order of learning, and derives from what they touched.

    So an outage costs nothing, a revision brings its bar again, and what is derived again is the same.
    """

    def __init__(self, connection: Connection, metrics: Sequence[str], derive: Derive[_Item]) -> None:
        super().__init__(connection)
        self._metrics = json.dumps(metrics)
        self._derive = derive
        self._seen = 0, 0  # the newest sample that was looked at, and the newest of these metrics until there

    def newest(self) -> int:
        """The number of the newest sample of these metrics; 0 = there is none."""
        seen, newest = self._seen
        with self._connection.reading():
            last = self._connection.row("SELECT max(seq) FROM samples")
            found = self._connection.row(_NEWEST, (seen, self._metrics))
        newest = newest if found is None else int(found[0])
        self._seen = (last[0] if last and last[0] else 0), newest
        return newest

    def after(self, seq: int, limit: int) -> list[tuple[int, _Item]]:
        """What follows from the next samples, with the number of the last of each bar; at most `limit` bars."""
        if self.newest() <= seq:
            return []
        found, end = self._touched(seq, limit)
        return self._derived(found, lambda: self._earliest(end))

    def again(self, seq: int) -> list[tuple[int, _Item]]:
        """What follows from one sample, as things stand now: nothing has to be written after it."""
        rows = self._connection.rows(_ONE, (seq, self._metrics))
        return self._derived({Touched(source, Bar(bar), at): number for number, source, bar, at in rows}, lambda: None)

    def waiting_since(self, name: str) -> int | None:
        """Epoch seconds: when the oldest was learnt that the sink of this name has not taken; None = all are taken."""
        row = self._connection.row(_WAITING, (self.position(name), self._metrics))
        return None if row is None else int(row[0])

    def _touched(self, seq: int, limit: int) -> tuple[dict[Touched, int], int]:
        """Each with the number of its last sample, and the number of the last sample of all of them."""
        found: dict[Touched, int] = {}
        while rows := self._connection.rows(_AFTER, (seq, self._metrics)):
            for number, source, bar, at in rows:
                one = Touched(source, Bar(bar), at)
                if one not in found and len(found) == limit:
                    return found, seq
                found[one] = seq = number
        return found, seq

    def _derived(self, found: dict[Touched, int], rest: Callable[[], int | None]) -> list[tuple[int, _Item]]:
        touched = sorted(found, key=found.__getitem__)
        items = self._derive(Learnt(touched, self.newest(), rest)) if touched else ()
        return [(found[one], item) for one, item in zip(touched, items, strict=True)]

    def _earliest(self, seq: int) -> int | None:
        row = self._connection.row(_EARLIEST, (seq, self._metrics))
        return None if row is None else row[0]
