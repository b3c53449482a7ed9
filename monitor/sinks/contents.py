"""What a bucket holds of the ledger: samples, remarks and transitions as they were written, and tallies of days."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import numpy as np

from monitor.errors import SettingsError, SinkError
from monitor.model.bar import Bar, instant
from monitor.model.copying import Tally
from monitor.model.history import Batch
from monitor.model.labels import Labels
from monitor.model.remark import Alias, Citation, Remark, Text
from monitor.model.sample import Seal, Series
from monitor.model.transition import Change, Recorded, Transition
from monitor.sinks import alert_lines, remark_lines
from monitor.sinks.administration import administration
from monitor.sinks.connection import Access, Server
from monitor.sinks.line_protocol import AS_KNOWN, NANOSECONDS, label_of
from monitor.sinks.readback import Group, Readback, name

_END = "2200-01-01T00:00:00Z"  # without an end, a query that groups by time ends now
_NONE = np.zeros(0, np.int64)


class Contents:
    """Reads one bucket; every method raises SinkError. To be used by one thread at a time."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._server = Server(access)
        self._readback = Readback(self._server, access.bucket)

    def close(self) -> None:
        """Drop the connections."""
        self._server.close()

    def metrics(self) -> list[str]:
        """Every metric of which there is a sample."""
        found = [row[0] for group in self._readback.select("SHOW MEASUREMENTS") for row in group.rows]
        return [unquote(each.removesuffix(AS_KNOWN)) for each in found if each.endswith(AS_KNOWN)]

    def samples(self, metric: str) -> Batch:
        """All that was ever learnt of a metric; without seals and citations."""
        numbers: dict[Series, int] = {}
        index, valid_at, known_at, values = [_NONE], [_NONE], [_NONE], [_NONE.astype(np.float64)]
        for part in self._select("known_at, value", metric + AS_KNOWN, by="*"):
            number = numbers.setdefault(_series(metric, part.tags), len(numbers))
            index.append(np.full(len(part.rows), number))
            valid_at.append(np.array([row[0] for row in part.rows]) // NANOSECONDS)
            known_at.append(np.array([row[1] for row in part.rows]))
            values.append(np.array([row[2] for row in part.rows], np.float64))  # None becomes NaN
        return Batch(
            series=tuple(numbers),
            index=np.concatenate(index),
            valid_at=np.concatenate(valid_at),
            known_at=np.concatenate(known_at),
            values=np.concatenate(values),
            seals=(),
            citations={},
        )

    def remarks(self) -> Iterator[Remark]:
        """All seals, citations, aliases and texts."""
        for tags, (at, known_at, until) in self._points("known_at, holds_until", remark_lines.SEALS):
            holds = None if until == remark_lines.NO_LIMIT else instant(until)
            bar = Bar(tags["bar"])
            yield Seal(tags.get("source", ""), tags["metric"], bar, _instant(at), instant(known_at), holds)
        for tags, (_, text) in self._points("text", remark_lines.CITATIONS):
            yield Citation(tags.get("source", ""), tags["metric"], unquote(text))
        for tags, (_, text, first) in self._points("stands_for, first_seen_at", remark_lines.ALIASES):
            yield Alias(tags["alias"], unquote(text), instant(first))
        for _, (_, text) in self._points("text", remark_lines.TEXTS):
            yield Text(unquote(text))

    def transitions(self) -> list[Recorded]:
        """Every transition, in the order in which they were recorded."""
        fields = ", ".join(name(each) for each in alert_lines.FIELDS)
        found = [
            _recorded(tags, row[0], dict(zip(alert_lines.FIELDS, row[1:], strict=True)))
            for tags, row in self._points(fields, alert_lines.MEASUREMENT)
        ]
        return sorted(found, key=lambda each: (each.recorded_at, each.transition.judged_at, each.transition.valid_at))

    def tallies(self, metric: str, *, as_known: bool) -> dict[int, Tally]:
        """By the start of a day, epoch seconds: what the points of a metric come to."""
        measurement = metric + AS_KNOWN if as_known else metric
        asked = "count(known_at), sum(known_at), count(value), sum(value)"
        tallies = {}
        for group in self._select(asked, measurement, by="time(1d) fill(none)"):
            for at, points, known_at, values, total in group.rows:
                tallies[at // NANOSECONDS] = Tally(points, known_at, values or 0, total or 0.0)
        return tallies

    def as_known(self, line: str) -> bool:
        """Whether a line is of the measurement that keeps every revision."""
        return line.partition(",")[0].endswith(AS_KNOWN)

    def keeps(self) -> int | None:
        """Seconds for which the bucket keeps points; None = for ever, or the token does not get to see it."""
        try:
            _, bucket = administration(self._server, self._access, retention=None)
            return bucket.kept() or None
        except (SinkError, SettingsError):
            return None

    def _points(self, fields: str, measurement: str) -> Iterator[tuple[Mapping[str, str], Sequence[Any]]]:
        for group in self._select(fields, measurement, by="*"):
            for row in group.rows:
                yield group.tags, row

    def _select(self, fields: str, measurement: str, *, by: str) -> Iterator[Group]:
        statement = f"SELECT {fields} FROM {name(measurement)} WHERE time < '{_END}' GROUP BY {by}"  # noqa: S608
        return self._readback.select(statement)


def _series(metric: str, tags: Mapping[str, str]) -> Series:
    labels = Labels.of({label_of(tag): value for tag, value in tags.items() if tag != "bar"})
    return Series(metric, labels, Bar(tags["bar"]))


def _recorded(tags: Mapping[str, str], at: int, fields: Mapping[str, Any]) -> Recorded:
    labels = Labels.of({label_of(tag): value for tag, value in tags.items() if tag not in alert_lines.TAGS})
    transition = Transition(
        tags.get("alert", ""),
        labels,
        Change(tags["kind"]),
        fields["episode"],
        at // NANOSECONDS,
        fields["judged_at"],
        math.nan if fields["value"] is None else float(fields["value"]),
        math.nan if fields["reference"] is None else float(fields["reference"]),
        tags.get("level", ""),
        fields["gap_from"],
        fields["moved_from"],
        unquote(fields["note"] or ""),
    )
    return Recorded(transition, fields["silent"], fields["recorded_at"], unquote(fields["partition"] or ""))


def _instant(nanoseconds: int) -> datetime:
    return instant(nanoseconds // NANOSECONDS)
