"""What a bucket holds, read back with InfluxQL: the one query language that 1.8, 2.x and 3 share; see decision 0017."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from monitor.sinks.connection import Server

_SHOWN = 80  # bytes of an answer that can not be read
_ROWS = 10_000  # of a part of an answer; the server's own default


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one series: its measurement, its tags as they were before they were written, and what was selected."""

    measurement: str
    tags: Mapping[str, str]
    rows: Sequence[Sequence[Any]]


class Readback:
    """Asks one database of a server."""

    def __init__(self, server: Server, bucket: str) -> None:
        self._server = server
        database, _, policy = bucket.partition("/")
        self._place = {"db": database, "rp": policy} if policy else {"db": database}

    def select(self, statement: str) -> Iterator[Group]:
        """The groups that a statement finds, a large one in parts; times in nanoseconds. Raises SinkError."""
        asked = {**self._place, "q": statement, "epoch": "ns", "chunked": "true", "chunk_size": str(_ROWS)}
        for part in self._parts(asked):
            for result in part.get("results", ()):
                self._refuse(result)
                for series in result.get("series", ()):
                    tags = {name: unquote(value) for name, value in series.get("tags", {}).items() if value}
                    yield Group(series.get("name", ""), tags, series.get("values", ()))

    def _parts(self, asked: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """A JSON document a line."""
        return map(self._document, filter(bytes.strip, self._server.lines("/query", asked)))

    def _document(self, line: bytes) -> dict[str, Any]:
        try:
            document: object = json.loads(line)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            said = line[:_SHOWN].decode("utf-8", "replace")
            raise self._server.trouble(f"answered a query with something that is not JSON: {said}", hint="check `url`")
        self._refuse(document)
        return document

    def _refuse(self, found: Mapping[str, Any]) -> None:
        if "error" in found:
            raise self._server.trouble(f"refused a query: {found['error']}", hint="check `bucket` and `read_token`")


def name(text: str) -> str:
    """A name in a statement."""
    return '"' + text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"") + '"'
