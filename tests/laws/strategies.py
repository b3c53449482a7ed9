"""Small histories, drawn: members that come and go, gaps, constant runs, zeroes, equal values, late and restated ones.

A history is made of one string of bytes, which is quick, and shrinks towards few members that never move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from hypothesis import strategies as st

from monitor.model.bar import DAY, HOUR, Bar
from monitor.model.clock import CLOCK
from monitor.model.sample import Series
from tests.laws.history import Poll, Row, Table, Word, flows, levels, series_of, together

START = 1767571200
"""Monday 2026-01-05."""
MODELS = ("deepseek/a", "openai/c", "deepseek/b", "google/d", "nobody/e")
VALUES = (5.0, 4.0, 0.0, 1.0, 2.0, 2.5, 3.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 0.1, 0.3, 0.7)
WHOLE = (5.0, 4.0, 0.0, 1.0, 2.0, 25.0, 3.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 70.0, 100.0)
"""Sixteen numbers that stay exact when they are multiplied by ten."""

DATES = tuple(float(START + hours * HOUR) for hours in (12, 3, -20, 1, 2, 5, 6, 8, 9, 16, 20, 24, 30, 36, 48, 7000))
"""Near the bars of a drawn history, on their ends and past."""

_HEAD = 12
_STALE = (None, 2 * HOUR, 3 * HOUR, None)
_series = {model: series_of("tokens", "s", model) for model in (*MODELS, "other")}


@dataclass(frozen=True, slots=True)
class Slip:
    """A value that came late (`value` None), or was restated, so many polls after its bar was sealed."""

    bar: int
    member: int
    polls: int
    value: float | None


def usage(values: Sequence[float] = VALUES, *, slips: bool = True) -> st.SearchStrategy[Table]:
    """One source of daily tokens, its list cut off or not."""
    return st.binary(min_size=_HEAD + 28, max_size=_HEAD + 200).map(lambda drawn: _usage(drawn, values, slips=slips))


def prices(values: Sequence[float] = VALUES, *sources: str) -> st.SearchStrategy[Table]:
    """Sources of hourly looks at prices."""
    drawn = st.binary(min_size=_HEAD + 36, max_size=_HEAD + 250)
    tables = [
        drawn.map(partial(_looks, source=each, values=values, metric="price_output")) for each in sources or ("s",)
    ]
    return st.tuples(*tables).map(lambda each: together(*each)) if len(tables) > 1 else tables[0]


def dates() -> st.SearchStrategy[Table]:
    """One source of hourly looks at dates."""
    drawn = st.binary(min_size=_HEAD + 36, max_size=_HEAD + 250)
    return drawn.map(partial(_looks, source="s", values=DATES, metric="retires_at"))


def with_outage(table: Table) -> st.SearchStrategy[Table]:
    """A history whose sources are not heard for a while, perhaps to its end, while the monitor's own clock goes on."""
    looks = table.looks() or [START]
    step = max((looks[-1] - looks[0]) // 20, HOUR)
    instants = st.integers(0, 24).map(lambda number: looks[0] + number * step)
    ticks = st.lists(st.booleans(), min_size=30, max_size=30)
    return st.tuples(instants, instants, ticks).map(
        lambda drawn: together(
            table.without(*sorted(drawn[:2])), _ticking([looks[0] + at * step for at, on in enumerate(drawn[2]) if on])
        )
    )


def _ticking(instants: Sequence[int]) -> Table:
    """The monitor's words about itself: at each instant the hour that holds it."""
    return Table((), tuple(Word("m", CLOCK, Bar.HOUR, at // HOUR * HOUR + HOUR, at) for at in instants))


def _usage(drawn: bytes, values: Sequence[float], *, slips: bool) -> Table:
    """Head: how many members, whether the list is cut off, slips. Then a byte a day and one a cell."""
    members = [*MODELS[: 2 + drawn[0] % 4], *(["other"] if drawn[1] & 1 else [])]
    rows = _rows(drawn[_HEAD:], 1 + len(members))
    cells = _cells([row[1:] for row in rows], values)
    days = [row[0] for row in rows]
    listed = [row if day % 16 != 14 else [None] * len(row) for day, row in zip(days, cells, strict=True)]
    slipped = _slips(drawn[2:_HEAD], listed, values) if slips else []
    return _polled(days, [_series[member] for member in members], listed, slipped)


def _looks(drawn: bytes, source: str, values: Sequence[float], metric: str) -> Table:
    """Head: how many members, how long a look is believed. Then a byte an hour, and two a cell: early and late."""
    members = MODELS[: 2 + drawn[0] % 4]
    rows = _rows(drawn[_HEAD:], 1 + 2 * len(members))
    cells = _cells([half for row in rows for half in (row[1 : 1 + len(members)], row[1 + len(members) :])], values)
    looks: list[tuple[int, Mapping[str, float]]] = []
    for hour, row in enumerate(rows):
        at = START + hour * HOUR + 600
        if row[0] % 16 not in (12, 13):
            looks.append((at, _shown(members, cells[2 * hour])))
        if row[0] % 16 in (14, 15):  # this hour is sealed already: what it shows now counts for the next
            looks.append((at + 1800, _shown(members, cells[2 * hour + 1])))
    table = levels(source, looks, stale=_STALE[drawn[1] % 4], metric=metric)
    return _reread(drawn[2:_HEAD], table, values) if drawn[2] % 4 == 0 else table


def _reread(drawn: bytes, table: Table, values: Sequence[float]) -> Table:
    """With up to three values that answers have which are read again by the time of a later look.

    A member's very first value is never one: a window does not know since when it was known.
    """
    instants = sorted({word.known_at for word in table.words})
    rows = list(table.rows)
    for flag, look, reread in zip(drawn[1::3], drawn[2::3], drawn[3::3], strict=False):
        at, known_at = instants[look % len(instants)], instants[reread % len(instants)]
        series = rows[flag % len(rows)].series
        shown = [row for row in rows if row.series == series and row.valid_at <= at]
        value = values[flag >> 4]
        if known_at > at and shown and max(shown, key=lambda row: (row.valid_at, row.known_at)).value != value:
            rows.append(Row(series, at, known_at, value))
    return Table(tuple(sorted(rows, key=lambda row: row.known_at)), table.words)


def _shown(members: Sequence[str], row: Sequence[float | None]) -> dict[str, float]:
    return {member: value for member, value in zip(members, row, strict=True) if value is not None}


def _rows(drawn: bytes, width: int) -> list[bytes]:
    return [drawn[at : at + width] for at in range(0, len(drawn) - width + 1, width)]


def _cells(rows: Sequence[bytes], values: Sequence[float]) -> list[list[float | None]]:
    """Low half of a byte: stays as it was (0 to 7), is not listed (8), from now on (9, 10), moves to the high half."""
    before: list[float | None] = [values[byte >> 4] for byte in rows[0]]
    cells: list[list[float | None]] = []
    for row in rows:
        before = [
            values[byte >> 4] if byte & 15 > 10 else None if byte & 15 > 8 else last
            for byte, last in zip(row, before, strict=True)
        ]
        cells.append([None if byte & 15 == 8 else last for byte, last in zip(row, before, strict=True)])
    return cells


def _slips(drawn: bytes, cells: Sequence[Sequence[float | None]], values: Sequence[float]) -> list[Slip]:
    """Up to three. A member's very first value is never late: a window does not know since when it was known."""
    found = []
    for flag, bar, member in zip(drawn[::3], drawn[1::3], drawn[2::3], strict=False):
        bar, member = bar % len(cells), member % len(cells[0])  # noqa: PLW2901
        first = next((at for at, row in enumerate(cells) if row[member] is not None), len(cells))
        if flag & 7 > 3:
            found.append(Slip(bar, member, 1 + flag % 3, values[flag >> 4]))
        elif flag & 7 > 1 and bar > first:
            found.append(Slip(bar, member, 1 + flag % 3, None))
    return found


def _polled(
    days: Sequence[int], members: Sequence[Series], cells: Sequence[Sequence[float | None]], slips: Sequence[Slip]
) -> Table:
    """A poll an hour after each day that is not missed (flag 13); flag 14: the source has nothing of that day."""
    shown: dict[tuple[Series, int], float] = {}
    owed: dict[int, dict[tuple[Series, int], float]] = {}
    polls: list[Poll] = []
    for day, flag in enumerate(days):
        at = START + day * DAY
        for member, value in enumerate(cells[day]):
            if value is not None:
                late = [slip for slip in slips if (slip.bar, slip.member) == (day, member)]
                came = len(polls) + max([slip.polls for slip in late if slip.value is None], default=0)
                owed.setdefault(came, {})[members[member], at] = value
                for slip in late:
                    if slip.value is not None:
                        owed.setdefault(came + slip.polls, {})[members[member], at] = slip.value
        if flag % 16 != 13:
            new = owed.pop(len(polls), {})
            shown |= new
            polls.append(Poll(at + DAY + HOUR, new, at + DAY))
    return flows("s", Bar.DAY, polls)
