"""Samples as InfluxDB line protocol; the layout and its reasons are docs/decisions/0003-influx-layout.md.

Every sample becomes two points with the same tags (its labels and its bar) and the same fields:

    <metric>           at valid_at: what was learnt last, one point for each (series, valid_at)
    <metric>_as_known  at valid_at plus a nanosecond for each second until known_at: all that was ever learnt

Fields: `value` float, left out unless it is a finite number; `known_at` int, epoch seconds; `gone` boolean.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from urllib.parse import quote

from monitor.model.bar import instant, seconds
from monitor.model.sample import Sample, Series

AS_KNOWN = "_as_known"
"""Ends the name of the measurement that keeps every revision."""

LINES_A_SAMPLE = 2
PRECISION = "ns"
MAX_LINES = 5_000  # InfluxDB's documentation: the optimal batch size
MAX_BYTES = 1_000_000  # before compression; to what it finds too large InfluxDB 1.8 cuts the connection, without a 413

_EPOCH = instant(0)
NANOSECONDS = 1_000_000_000
_ESCAPES = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_MEASUREMENT_ESCAPES = str.maketrans({",": r"\,", " ": r"\ ", "#": "%23"})  # a line that starts with # is a comment
_STRING_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\""})
_AMBIGUOUS = re.compile("%(?=[0-9A-Fa-f]{2})")
_TAKEN = frozenset({"", "bar", "gone", "known_at", "time", "value"})
_PREFIX = "label_"
_MOST_REMEMBERED = 4_096  # series; a daemon sees about as many, only an import more


class LineWriter:
    """Writes lines; remembers the escaped start of the lines of a series (about 1 kB each, 4 MB in all)."""

    def __init__(self) -> None:
        self._starts: dict[Series, tuple[str, str]] = {}

    def lines(self, samples: Sequence[Sample]) -> list[str]:
        """Two lines a sample, in its order: what was learnt last must come last."""
        # A series is looked up by id(), and an instant that repeats is not converted again: hashing the one and
        # converting the other cost as much as writing the line.
        seen: dict[int, tuple[str, str]] = {}
        valid, known = _EPOCH, _EPOCH
        valid_at = known_at = 0
        lines: list[str] = []
        for sample in samples:
            starts = seen.get(id(sample.series))
            if starts is None:
                starts = seen[id(sample.series)] = self._starts_of(sample.series)
            if sample.valid_at != valid:
                valid, valid_at = sample.valid_at, seconds(sample.valid_at)
            if sample.known_at != known:
                known, known_at = sample.known_at, seconds(sample.known_at)
            fields = _fields(sample.value, known_at)
            at = valid_at * NANOSECONDS
            lines.append(f"{starts[0]} {fields} {at}")
            lines.append(f"{starts[1]} {fields} {at + (known_at - valid_at) % NANOSECONDS}")
        return lines

    def _starts_of(self, series: Series) -> tuple[str, str]:
        starts = self._starts.get(series)
        if starts is None:
            if len(self._starts) >= _MOST_REMEMBERED:
                self._starts.clear()
            tags = _tags(series)
            starts = self._starts[series] = (
                _measurement(series.metric) + tags,
                _measurement(series.metric + AS_KNOWN) + tags,
            )
        return starts


def bodies(lines: Sequence[str]) -> Iterator[bytes]:
    """Request bodies of at most MAX_LINES lines and MAX_BYTES bytes; a single line is never cut."""
    for start in range(0, len(lines), MAX_LINES):
        yield from _small_enough(lines[start : start + MAX_LINES])


def _small_enough(lines: Sequence[str]) -> Iterator[bytes]:
    body = "\n".join(lines).encode()
    if len(body) <= MAX_BYTES or len(lines) == 1:
        yield body
        return
    middle = len(lines) // 2
    yield from _small_enough(lines[:middle])
    yield from _small_enough(lines[middle:])


def _fields(value: float | None, known_at: int) -> str:
    if value is None:
        return f"known_at={known_at}i,gone=t"
    if not math.isfinite(value):
        return f"known_at={known_at}i,gone=f"
    return f"value={float(value)!r},known_at={known_at}i,gone=f"  # float(): numpy's own floats have another repr


def _measurement(name: str) -> str:
    return legible(name).translate(_MEASUREMENT_ESCAPES)


def _tags(series: Series) -> str:
    return tags([*((tag_key(name), value) for name, value in series.labels), ("bar", series.bar.value)])


def tags(named: Iterable[tuple[str, str]]) -> str:
    """`,key=value` for each, sorted by key as the server keeps them; empty values have no line protocol."""
    return "".join(f",{escaped(key)}={escaped(value)}" for key, value in sorted(named) if value)


def escaped(text: str) -> str:
    """Text as a tag's key or value."""
    return legible(text).translate(_ESCAPES)


def tag_key(name: str, taken: Container[str] = _TAKEN) -> str:
    """The tag that holds a label, before escaping; names that InfluxDB or the layout need (`taken`) get a prefix."""
    return _PREFIX + name if name in taken or name.startswith(("_", _PREFIX)) else name


def label_of(tag: str) -> str:
    """The label that a tag holds: the inverse of `tag_key`."""
    return tag.removeprefix(_PREFIX)


def quoted(text: str) -> str:
    r"""Text as the value of a field, on one line and as people read it: `unquote` gives what it was.

    What is not printable becomes %XX, and so does a `%` that would be taken for the beginning of such.
    """
    plain = "".join(each if each.isprintable() else _percent(each) for each in _AMBIGUOUS.sub("%25", text))
    return f'"{plain.translate(_STRING_ESCAPES)}"'


def legible(text: str) -> str:
    r"""Text that line protocol can carry: what is not printable, `\` and `%` become %XX, which `unquote` turns back.

    Line protocol can write neither a newline nor a backslash at the end of a tag, and the servers differ on the rest.
    """
    if _plain(text):
        return text
    return "".join(char if _plain(char) else _percent(char) for char in text)


def _percent(char: str) -> str:
    return quote(char, safe="", errors="surrogatepass")


def _plain(text: str) -> bool:
    return text.isprintable() and "\\" not in text and "%" not in text
