"""How fast samples become line protocol: our writer against the client's own points, over the same lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from influxdb_client import Point, WritePrecision

from monitor.model.bar import Bar, seconds
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Series
from monitor.sinks.line_protocol import AS_KNOWN, LineWriter, bodies

_SERIES = 2_000
_DAYS = 10
_ROUNDS = 8
_FIRST = datetime(2026, 2, 9, tzinfo=UTC)


def measure() -> list[tuple[str, float, str]]:
    """Lines a second of both writers, the best of some rounds, and their ratio."""
    samples = _samples()
    writer = LineWriter()  # kept, as the sink keeps it: in all rounds but the first it knows every series
    ours = points = 0.0
    for _ in range(_ROUNDS):  # in turns, so that a busy machine is as busy for both
        ours = max(ours, _rate(lambda: sum(body.count(b"\n") + 1 for body in bodies(writer.lines(samples)))))
        points = max(points, _rate(lambda: sum(len(_as_points(sample)) for sample in samples)))
    return [
        ("line protocol, our writer", ours, "lines/s"),
        ("line protocol, Point.to_line_protocol", points, "lines/s"),
        ("line protocol, our writer against Point", ours / points, "x"),
    ]


def _samples() -> list[Sample]:
    """Daily bars as the ledger hands them out: series by series a day, one object a series."""
    series = [
        Series("tokens", Labels.of(source="openrouter", model=f"laboratory/model-{number}"), Bar.DAY)
        for number in range(_SERIES)
    ]
    days = [_FIRST + timedelta(days=number) for number in range(_DAYS)]
    return [
        Sample(one, day, day + timedelta(days=1, hours=2), float(10**9 + 7919 * number))
        for day in days
        for number, one in enumerate(series)
    ]


def _as_points(sample: Sample) -> tuple[str, str]:
    """The two lines of a sample by way of the client's Point."""
    known_at = seconds(sample.known_at)
    at = seconds(sample.valid_at) * 10**9
    lag = known_at - seconds(sample.valid_at)
    return _point(sample, "", known_at, at), _point(sample, AS_KNOWN, known_at, at + lag)


def _point(sample: Sample, ending: str, known_at: int, at: int) -> str:
    point = Point(sample.series.metric + ending).tag("bar", sample.series.bar.value)
    for name, value in sample.series.labels:
        point.tag(name, value)
    point.field("value", sample.value).field("known_at", known_at).field("gone", value=False)
    return str(point.time(at, WritePrecision.NS).to_line_protocol())


def _rate(write: Callable[[], int]) -> float:
    """Lines a second, by the time this process had a processor."""
    start = time.process_time()
    lines = write()
    return lines / (time.process_time() - start)
