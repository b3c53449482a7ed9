"""Tables with named columns: the records of CSV, and the cells that the settings name."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

from monitor.errors import SourceError
from monitor.sources.answer import Place, shown
from monitor.sources.mapped import Cell
from monitor.sources.own import Series

Record = tuple[int, tuple[str, ...]]
"""The fields of a row with its number, as a spreadsheet counts; an empty row has none."""


@dataclass(frozen=True, slots=True)
class Table:
    """`at`: the number of its row of names. `columns`: where each stands, without names that stand twice."""

    name: str
    at: int
    columns: Mapping[str, int]
    rows: Sequence[Record]

    @classmethod
    def of(cls, name: str, header: Record, rows: Sequence[Record]) -> Self:
        """The rows below a header; raises SourceError where one is shorter or longer."""
        at, columns = header
        for number, fields in rows:
            if len(fields) != len(columns):
                raise SourceError(
                    f"{name}: row {number}: got {len(fields)} fields, expected {len(columns)} as in row {at}"
                )
        once = {column for column, times in Counter(columns).items() if times == 1}
        return cls(name, at, {column: place for place, column in enumerate(columns) if column in once}, rows)

    def cells(self, series: Series, time: str | None) -> Iterator[Cell]:
        """Every value of a metric; raises SourceError where a column that is named is missing."""
        for column in (*series.places, *(() if time is None else (time,))):
            self._require(column)
        for number, fields in self.rows:
            at = {column: self._place(number, fields, column) for column in series.places}
            yield Cell(
                value=at[series.value],
                labels={label: at[column] for label, column in series.labels.items()},
                time=None if time is None else self._place(number, fields, time),
            )

    def _require(self, column: str) -> None:
        if column not in self.columns:
            near = get_close_matches(column, self.columns, 1)
            raise SourceError(
                f"{self.name}: row {self.at}: got the columns {shown(list(self.columns))}, expected {column!r} once",
                hint=f"did you mean {near[0]!r}?" if near else "check the columns in this source's settings",
            )

    def _place(self, number: int, fields: tuple[str, ...], column: str) -> Place:
        return Place(self.name, f"row {number}, column {column}", fields[self.columns[column]])


def records(name: str, body: bytes, delimiter: str = ",") -> list[Record]:
    """The fields of CSV in UTF-8 without the blanks around them; raises SourceError."""
    try:
        written = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: byte {error.start + 1:,} is not UTF-8, expected CSV in UTF-8") from None
    read = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    try:
        return [(number, tuple(field.strip() for field in fields)) for number, fields in enumerate(read, 1)]
    except csv.Error as error:
        raise SourceError(f"{name}: line {read.line_num}: not CSV: {error}") from None
