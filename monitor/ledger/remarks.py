"""Remarks: what sources say beside samples, numbered in the order in which it was said or changed last."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from monitor.ledger.connection import Connection, Row
from monitor.ledger.copying import Copying
from monitor.model.bar import Bar, instant, seconds
from monitor.model.fact import code
from monitor.model.remark import Alias, Citation, Remark, Text
from monitor.model.sample import Seal

_NEWEST = """
    SELECT max(coalesce((SELECT max(seq) FROM seals), 0), coalesce((SELECT max(seq) FROM citations), 0),
        coalesce((SELECT max(seq) FROM aliases), 0), coalesce((SELECT max(seq) FROM texts), 0))
"""
_SELECTS = (
    "SELECT seq, 'seal' AS kind, source, metric, bar, through, known_at, holds_until FROM seals",
    "SELECT seq, 'citation', source, metric, text, NULL, NULL, NULL FROM citations",
    "SELECT seq, 'alias', alias, name, NULL, first_seen_at, NULL, NULL FROM aliases",
    "SELECT seq, 'text', text, NULL, NULL, NULL, NULL, NULL FROM texts",
)
_AFTER = f"{' UNION ALL '.join(f'{each} WHERE seq > ?1' for each in _SELECTS)} ORDER BY seq LIMIT ?2"
_ONE = " UNION ALL ".join(f"{each} WHERE seq = ?1" for each in _SELECTS)
_WAITING = "SELECT min(known_at) FROM seals WHERE seq > ?"

# The first word counts for when bars were sealed, the last look for how long levels may be believed.
_KEEP_SEAL = """
    INSERT INTO seals (seq, source, metric, bar, through, known_at, holds_until) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
        known_at = min(known_at, excluded.known_at),
        holds_until = max(holds_until, excluded.holds_until),  -- NULL, no limit, wins
        seq = excluded.seq
    WHERE excluded.known_at < known_at
        OR holds_until IS NOT NULL AND (excluded.holds_until IS NULL OR excluded.holds_until > holds_until)
"""
_KEEP_TEXT = "INSERT INTO texts (seq, code, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_KEEP_ALIAS = """
    INSERT INTO aliases (seq, alias, name, first_seen_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET name = excluded.name, seq = excluded.seq WHERE name <> excluded.name
"""
_CITE = """
    INSERT INTO citations (seq, source, metric, text) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET text = excluded.text, seq = excluded.seq WHERE
"""
_CITE_NEW = f"{_CITE} text <> excluded.text"
# Lines of imports end alike but for their date: the greater one is the newer one, whatever is imported first.
_CITE_GREATER = f"{_CITE} text < excluded.text"


class RemarkCursors(Copying):
    """Reads remarks as they stand, in the order in which they were last changed."""

    def newest(self) -> int:
        """The number of the newest; 0 = there is none. Numbers rise but are not dense: one that changes moves on."""
        return _newest(self._connection)

    def after(self, seq: int, limit: int) -> list[tuple[int, Remark]]:
        """The next remarks with their numbers."""
        return [(row[0], _remark(row[1:])) for row in self._connection.rows(_AFTER, (seq, limit))]

    def again(self, seq: int) -> list[tuple[int, Remark]]:
        """One remark, as long as it has not changed since: then it has another number."""
        return [(row[0], _remark(row[1:])) for row in self._connection.rows(_ONE, (seq,))]

    def waiting_since(self, name: str) -> int | None:
        """Epoch seconds: when the earliest seal was known that waits; None = no seal does."""
        row = self._connection.row(_WAITING, (self.position(name),))
        return None if row is None or row[0] is None else int(row[0])


def keep_remarks(connection: Connection, remarks: Sequence[Remark]) -> None:
    """Write what is new among seals, citations, aliases and texts."""
    keep_seals(connection, (each for each in remarks if isinstance(each, Seal)))
    keep_citations(connection, (each for each in remarks if isinstance(each, Citation)))
    keep_aliases(connection, (each for each in remarks if isinstance(each, Alias)))
    keep_texts(connection, (each.text for each in remarks if isinstance(each, Text)))


def keep_seals(connection: Connection, seals: Iterable[Seal]) -> None:
    """Write seals."""
    _write(connection, _KEEP_SEAL, map(_seal_row, seals))


def keep_citations(connection: Connection, citations: Iterable[Citation], *, greater: bool = False) -> None:
    """Write citations. `greater`: one that is there stays unless it is the lesser text."""
    rows = ((each.source, each.metric, each.text) for each in citations)
    _write(connection, _CITE_GREATER if greater else _CITE_NEW, rows)


def keep_aliases(connection: Connection, aliases: Iterable[Alias]) -> None:
    """Write aliases; one that is there gets the new name and keeps when it was seen first."""
    _write(connection, _KEEP_ALIAS, ((each.alias, each.name, seconds(each.first_seen_at)) for each in aliases))


def keep_texts(connection: Connection, texts: Iterable[str]) -> None:
    """Write texts by their codes."""
    _write(connection, _KEEP_TEXT, ((int(code(text)), text) for text in texts))


def _write(connection: Connection, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    connection.execute_many(sql, ((seq, *row) for seq, row in zip(_numbers(connection), rows, strict=False)))


def _numbers(connection: Connection) -> Iterator[int]:
    return itertools.count(_newest(connection) + 1)


def _newest(connection: Connection) -> int:
    return int(connection.rows(_NEWEST)[0][0])


def _seal_row(seal: Seal) -> tuple[str, str, str, int, int, int | None]:
    holds_until = None if seal.holds_until is None else seconds(seal.holds_until)
    return seal.source, seal.metric, seal.bar.value, seconds(seal.through), seconds(seal.known_at), holds_until


def _remark(row: Row) -> Remark:
    kind, first, second, third, at, known_at, holds_until = row
    match kind:
        case "seal":
            until = None if holds_until is None else instant(holds_until)
            return Seal(first, second, Bar(third), instant(at), instant(known_at), until)
        case "citation":
            return Citation(first, second, third)
        case "alias":
            return Alias(first, second, instant(at))
    return Text(first)
