"""Any CSV file or address: a column for each value, label and time, as the settings name them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from monitor.errors import SourceError
from monitor.model.sample import Snapshot
from monitor.ports import Source
from monitor.sources.columns import Table, records
from monitor.sources.fetch import Body, Fetch
from monitor.sources.mapped import snapshot
from monitor.sources.own import OWN_METRICS, OwnConfig, about
from monitor.sources.own_source import OwnSource

KIND = "csv"
METRICS = OWN_METRICS
NAMED = True  # tables of any name may be of this kind; the name becomes the `source` of their samples
ABOUT = about("any CSV file or address")


class Config(OwnConfig):
    """Settings of this kind; `value`, `labels` and `time` name columns."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","


def build(config: Config, fetch: Fetch, name: str) -> Source:
    """The source of these settings, under the name of their table."""
    return OwnSource(name, config, fetch, parse)


def parse(name: str, config: Config, answer: Body) -> Snapshot:
    """Read a file; raises SourceError naming row and column, what was got and what was expected."""
    rows = [record for record in records(name, answer.body, config.delimiter) if record[1]]
    if not rows:
        raise SourceError(f"{name}: got an empty file, expected a row of names and at least one below it")
    table = Table.of(name, rows[0], rows[1:])
    return snapshot(name, config, answer, lambda series: table.cells(series, config.time))
