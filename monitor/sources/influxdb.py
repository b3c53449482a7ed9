"""InfluxDB: what a Flux query finds, a column for each value, label and time, as the settings name them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from monitor.errors import SourceError
from monitor.model.bar import Bar, instant, seconds
from monitor.model.sample import Snapshot
from monitor.ports import Source, Window
from monitor.sources.columns import Record, Table, records
from monitor.sources.config import Span
from monitor.sources.fetch import Body, Fetch
from monitor.sources.mapped import Cell, snapshot
from monitor.sources.own import OWN_METRICS, MappedConfig, Series, about

KIND = "influxdb"
METRICS = OWN_METRICS
NAMED = True  # tables of any name may be of this kind; the name becomes the `source` of their samples
ABOUT = about("any InfluxDB 2.x or 1.8, by a Flux query", site="the database itself")

_SINCE = "{since}"
_DIALECT = {"header": True, "delimiter": ",", "annotations": ["datatype", "group", "default"]}
_HEADERS = {"Content-Type": "application/json", "Accept": "application/csv"}
_ERROR = {"error", "reference"}  # the columns of the table in which an answer that began well says that it failed
_LONGEST_WORDS = 300


class Config(MappedConfig):
    """Settings of this kind; `value`, `labels` and `time` name columns.

    `query`: Flux; `{since}` in it is where the poll begins: `window` back, further if the last good poll is longer ago,
    or at `history_from` if there was none; always at the start of a bar. For InfluxDB 1.8 `token` is user:password, and
    `org` is left out.
    """

    url: str = Field(pattern=r"^https?://[^\s@?#]+$")
    query: str = Field(min_length=1, max_length=10_000)
    org: str = ""
    token: Annotated[SecretStr, Field(max_length=1_000)] = SecretStr("")
    window: Span = timedelta(days=7)
    history_from: date | None = None

    @model_validator(mode="after")
    def _since_is_asked_for(self) -> Self:
        for name in ("window", "history_from"):
            if name in self.model_fields_set and _SINCE not in self.query:
                raise ValueError(
                    f"got {name} and a query without {_SINCE}, expected range(start: {_SINCE}) in the query"
                )
        return self


def build(config: Config, fetch: Fetch, name: str) -> Source:
    """The source of these settings, under the name of their table."""
    return _Query(name, config, fetch)


@dataclass(frozen=True, slots=True)
class _Query:
    name: str
    config: Config
    fetch: Fetch

    async def poll(self, window: Window) -> Snapshot:
        """All that the query finds now; raises SourceError."""
        config = self.config
        token = config.token.get_secret_value()
        answer = await self.fetch.post(
            f"{config.url.rstrip('/')}/api/v2/query",
            json.dumps({"query": asked(config, window), "type": "flux", "dialect": _DIALECT}).encode(),
            params={"org": config.org} if config.org else {},
            headers=_HEADERS,
            secret_headers={"Authorization": SecretStr(f"Token {token}")} if token else {},
            words=partial(words, token=token),
        )
        return await asyncio.to_thread(parse, self.name, config, answer)


def asked(config: Config, window: Window) -> str:
    """The query of a poll. It begins at the start of a bar, so that the first one is not a part of it only."""
    back = window.now - config.window
    oldest = seconds(back if window.since is None else min(back, window.since))
    start = (config.bar or Bar.HOUR).start_of(oldest)
    return config.query.replace(_SINCE, f"{instant(start):%Y-%m-%dT%H:%M:%SZ}")


def words(body: bytes, token: str = "") -> str:
    """What a server says of a request that it refused, on one line; empty where that can not be read.

    `token`: is not shown, nor the password in it, should the server repeat it.
    2.x answers JSON; 1.8 does for some, and for a query that fails a CSV with the one column `error`.
    """
    title, _, text = body.decode("utf-8", "replace").partition("\n")
    if title.strip() == "error":
        return _on_one_line(text.strip().removeprefix('"').removesuffix('"').replace('""', '"'), token)
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    message = (said.get("message") or said.get("error")) if isinstance(said, dict) else None
    return _on_one_line(message, token) if isinstance(message, str) else ""


def parse(name: str, config: Config, answer: Body) -> Snapshot:
    """Read an answer; raises SourceError naming row and column, what was got and what was expected."""
    found = list(_tables(name, records(name, answer.body), config.token.get_secret_value()))
    if not found:
        raise SourceError(
            f"{name}: got an answer without rows, expected at least one",
            hint="try the query by itself; check its bucket, its filters, and how far back it goes",
        )
    return snapshot(name, config, answer, lambda series: _cells(found, series, config.time))


def _cells(tables: list[Table], series: Series, time: str | None) -> Iterator[Cell]:
    """Every value of a metric; tables without its column belong to other metrics."""
    holders = [table for table in tables if series.value in table.columns] or tables[:1]
    for table in holders:
        yield from table.cells(series, time)


@dataclass(slots=True)
class _Block:
    """Annotations, a row of names and rows: the tables of an answer that have the same columns."""

    annotations: list[Record] = field(default_factory=list)
    header: Record | None = None
    rows: list[Record] = field(default_factory=list)

    @property
    def filled(self) -> list[Record]:
        """The rows; an empty field means what the annotation says stands there."""
        defaults = next((fields for _, fields in self.annotations if fields[0] == "#default"), None)
        if defaults is None:
            return self.rows
        return [
            (number, tuple(value or default for value, default in zip(row, defaults, strict=True)))
            for number, row in self.rows
        ]


def _tables(name: str, answer: Iterable[Record], token: str) -> Iterator[Table]:
    """The tables of an annotated CSV that have rows; raises SourceError, also where one says that the query failed."""
    for block in _blocks(answer):
        if block.header is None or not block.rows:
            continue
        whole = Table.of(name, block.header, [*block.annotations, *block.rows])  # each is as long as the others
        if whole.columns.keys() - {""} == _ERROR:
            said = _on_one_line(block.rows[0][1][whole.columns["error"]], token)
            raise SourceError(f"{name}: the query failed: {said}", hint="try the query by itself")
        yield Table.of(name, block.header, block.filled)


def _blocks(answer: Iterable[Record]) -> Iterator[_Block]:
    block = _Block()
    for number, fields in answer:
        if not fields or fields[0].startswith("#"):
            if block.header is not None:
                yield block
                block = _Block()
            if fields:
                block.annotations.append((number, fields))
        elif block.header is None:
            block.header = number, fields
        else:
            block.rows.append((number, fields))
    yield block


def _on_one_line(text: str, token: str) -> str:
    """What a terminal can show of it, in short, without the token and, in InfluxDB 1.8, the password in it."""
    for secret in (token, token.partition(":")[2]):
        text = text.replace(secret, "***") if secret else text
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:_LONGEST_WORDS]
