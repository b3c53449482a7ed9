"""Any CSV file or address: a column for each value, label and time, as the settings name them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from pydantic import Field

from monitor.errors import SourceError
from monitor.model.sample import Snapshot
from monitor.ports import Source
from monitor.sources.answer import Place, shown
from monitor.sources.fetch import Body, Fetch
from monitor.sources.mapped import Cell, snapshot
from monitor.sources.own import OWN_METRICS, OwnConfig, Series, about
from monitor.sources.own_source import OwnSource

KIND = "csv"
METRICS = OWN_METRICS
NAMED = True  # tables of any name may be of this kind; the name becomes the `source` of their samples
ABOUT = about("any CSV file or address")


class Config(OwnConfig):
    """Settings of this kind; `value`, `labels` and `time` name columns."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: where each stands. `rows`: each with its number, as a spreadsheet counts."""

    name: str
    columns: Mapping[str, int]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def cells(self, series: Series, time: str | None) -> Iterator[Cell]:
        """Every value of a metric."""
        for number, fields in self.rows:
            at = {column: self._place(number, fields, column) for column in (series.value, *series.labels.values())}
            yield Cell(
                value=at[series.value],
                labels={label: at[column] for label, column in series.labels.items()},
                time=None if time is None else self._place(number, fields, time),
            )

    def _place(self, number: int, fields: tuple[str, ...], column: str) -> Place:
        return Place(self.name, f"row {number}, column {column}", fields[self.columns[column]])


def build(config: Config, fetch: Fetch, name: str) -> Source:
    """The source of these settings, under the name of their table."""
    return OwnSource(name, config, fetch, parse)


def parse(name: str, config: Config, answer: Body) -> Snapshot:
    """Read a file; raises SourceError naming row and column, what was got and what was expected."""
    table = read(name, answer.body, config.delimiter)
    _refuse_missing(table, config)
    return snapshot(name, config, answer, lambda series: table.cells(series, config.time))


def read(name: str, body: bytes, delimiter: str) -> Table:
    """The fields of a file in UTF-8 without the blanks around them; raises SourceError."""
    try:
        written = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: byte {error.start + 1:,} is not UTF-8, expected CSV in UTF-8") from None
    records = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    try:
        for number, record in enumerate(records, 1):
            if record:
                rows.append((number, tuple(field.strip() for field in record)))
    except csv.Error as error:
        raise SourceError(f"{name}: line {records.line_num}: not CSV: {error}") from None
    if not rows:
        raise SourceError(f"{name}: got an empty file, expected a row of names and at least one below it")
    (_, header), *below = rows
    for number, fields in below:
        if len(fields) != len(header):
            raise SourceError(f"{name}: row {number}: got {len(fields)} fields, expected {len(header)} as in row 1")
    once = {column for column, times in Counter(header).items() if times == 1}
    return Table(name, {column: at for at, column in enumerate(header) if column in once}, tuple(below))


def _refuse_missing(table: Table, config: Config) -> None:
    for column in config.places:
        if column not in table.columns:
            near = get_close_matches(column, table.columns, 1)
            raise SourceError(
                f"{table.name}: row 1: got the columns {shown(list(table.columns))}, expected {column!r} once",
                hint=f"did you mean {near[0]!r}?" if near else "check the columns in this source's settings",
            )
