"""The slow way through a file that was refused: every fault with its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from monitor.errors import ImportRefusedError, Problem
from monitor.importer.fields import shown
from monitor.importer.files import Content
from monitor.importer.format import Format

_LISTED = 50
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")
_FIELD = re.compile(r'(?:"(?:[^"]|"")*"|[^",][^,]*|)(?=,|\Z)')

_Fault = tuple[int, str]
"""Column from 1, message."""


def refusal(content: Content, error: Exception) -> ImportRefusedError:
    """What is wrong with a file: its first fifty faults in full, or where there are none to show, `error`."""
    path = str(content.path)
    found = faults(content)
    listed = list(islice(found, _LISTED)) or [Problem(path, 0, 0, str(error))]
    if more := sum(1 for _ in found):
        listed.append(Problem(path, 0, 0, f"and {more:,} more"))
    return ImportRefusedError(tuple(listed))


def faults(content: Content) -> Iterator[Problem]:
    """Every fault of a file, in order."""
    search = _Search(content.format)
    for number, line in enumerate(content.lines, start=2):
        for column, message in search.in_line(number, line):
            yield Problem(str(content.path), number, column, message)


class _Search:
    """Goes through the lines of one file and remembers what each row said, to find rows that contradict each other."""

    def __init__(self, form: Format) -> None:
        self._format = form
        self._said: dict[object, tuple[int, str]] = {}

    def in_line(self, number: int, line: str) -> Iterator[_Fault]:
        """The faults of a line; what is read after the first wrong field says little where the fields do not fit."""
        if escaped := _ESCAPED_BYTE.search(line):
            yield escaped.start() + 1, f"byte 0x{ord(escaped[0]) & 0xFF:02x} is not UTF-8"
            return
        columns, texts = _split(line)
        if len(texts) < len(columns):
            yield columns[-1], "a quoted field does not end on this line with a quote and a comma"
        elif len(texts) != len(self._format.header):
            yield self._misfit(line, columns)
        else:
            wrong = tuple(self._in_fields(columns, texts))
            yield from wrong or self._in_row(number, columns, texts)

    def _misfit(self, line: str, columns: Sequence[int]) -> _Fault:
        header = self._format.header
        column = columns[len(header)] if len(columns) > len(header) else len(line) + 1
        got = f"got {len(columns)}" if line else "got an empty line"
        return column, f"{got}, expected {len(header)} fields: {','.join(header)}"

    def _in_fields(self, columns: Sequence[int], texts: Sequence[str]) -> Iterator[_Fault]:
        for (name, parse), column, text in zip(self._format.fields.items(), columns, texts, strict=True):
            try:
                parse(text)
            except ValueError as error:
                yield column, f"{name}: {error}"

    def _in_row(self, number: int, columns: Sequence[int], texts: Sequence[str]) -> Iterator[_Fault]:
        """Faults that show only when sound fields are seen together."""
        form = self._format
        row = dict(zip(form.header, texts, strict=True))
        last = form.series_from[-1]
        try:
            series = form.series(tuple(row[name] for name in form.series_from))
        except ValueError as error:
            yield columns[form.at(last)], f"{last}: {error}"
            return
        valid_at, known_at, value = (
            form.fields[name](row[name]) for name in (form.valid_at, form.known_at, form.value)
        )
        line, said = self._said.setdefault((series, valid_at, known_at), (number, repr(value)))
        if said != repr(value):  # as text, where NaN equals NaN
            same = " and ".join(dict.fromkeys((form.valid_at, form.known_at)))
            message = f"{form.value}: {shown(row[form.value])} contradicts line {line}: same series, same {same}"
            yield columns[form.at(form.value)], message


def _split(line: str) -> tuple[list[int], list[str]]:
    """Where the fields start (from 1), and their texts; the text of a field whose quotes are wrong is missing."""
    columns: list[int] = []
    texts: list[str] = []
    at = 0
    while at <= len(line):
        columns.append(at + 1)
        match = _FIELD.match(line, at)
        if match is None:
            break
        texts.append(match[0][1:-1].replace('""', '"') if match[0].startswith('"') else match[0])
        at = match.end() + 1
    return columns, texts
