"""Recorded usage as a source would have brought it: one snapshot for each time at which something was recorded."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from monitor.model.bar import Bar, instant, seconds
from monitor.model.labels import Labels
from monitor.model.metric import METRICS, REST, Kind
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.sources.believed import Believed
from monitor.sources.guard import Doubt, Held, suspicion
from tests.shared import SHARED

_LABEL = {"model": "model", "author": "author", "brand": "author", "weights": "open"}
_BARS_BEFORE = 7
_BARS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `feed`: what one poll would have brought: source, period and scope."""

    feed: tuple[str, str, str]
    start: datetime
    key: str
    tokens: float
    recorded_at: datetime


@dataclass
class Watched:
    """What a monitor believes of one feed, as its ledger would have it."""

    known: dict[int, dict[Series, float]] = field(default_factory=dict)
    entries: int | None = None
    held: list[Held] = field(default_factory=list)

    def shown(self, snapshot: Snapshot) -> Doubt | None:
        """Believe a snapshot or hold it back."""
        doubt = suspicion(snapshot, self.believed(snapshot), self.held)
        if doubt is not None:
            self.held.append(Held(doubt.kind, snapshot.fetched_at, snapshot.entries))
            return doubt
        self.held, self.entries = [], snapshot.entries
        for sample in snapshot.samples:
            assert sample.value is not None
            self.known.setdefault(seconds(sample.valid_at), {})[sample.series] = sample.value
        return None

    def believed(self, snapshot: Snapshot) -> Believed:
        """What is known before a snapshot."""
        return Believed(self.entries, self._before(snapshot))

    def _before(self, snapshot: Snapshot) -> dict[Series, dict[int, float]]:
        newest = max(seconds(sample.valid_at) for sample in snapshot.samples)
        starts = sorted(at for at in self.known if at < newest)
        since = newest - _BARS_BEFORE * snapshot.samples[0].series.bar.width
        found: dict[Series, dict[int, float]] = {}
        for at in [start for start in starts if start >= since] or starts[-1:]:
            for series, value in self.known[at].items():
                found.setdefault(series, {})[at] = value
        return found


@cache
def rows(*names: str) -> tuple[Row, ...]:
    """The rows of recorded files, in order of recording."""
    found: list[Row] = []
    for name in names:
        with gzip.open(SHARED / "data" / "usage" / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
            found += (_row(line) for line in csv.DictReader(file))
    return tuple(sorted(found, key=lambda row: row.recorded_at))


def snapshots(recorded: Iterable[Row]) -> Iterator[tuple[tuple[str, str, str], Snapshot]]:
    """By feed, what its source showed whenever something was recorded.

    Records are of what differs, so each snapshot has the newest bars as they then stood. All of them are taken for
    complete, as a careless source would say.
    """
    together: defaultdict[tuple[datetime, tuple[str, str, str]], list[Row]] = defaultdict(list)
    for row in recorded:
        together[row.recorded_at, row.feed].append(row)
    shown: defaultdict[tuple[str, str, str], dict[datetime, dict[str, Row]]] = defaultdict(dict)
    for (at, feed), group in sorted(together.items()):
        for row in group:
            shown[feed].setdefault(row.start, {})[row.key] = row
        starts = {*sorted(shown[feed])[-_BARS_SHOWN:]} | {row.start for row in group}
        yield feed, _snapshot(at, feed, [row for start in sorted(starts) for row in shown[feed][start].values()])


def _row(line: Mapping[str, str]) -> Row:
    start = datetime.fromisoformat(line["period_start"]).replace(tzinfo=UTC)
    scope, key = line.get("scope", "model"), line.get("key") or line["model"]
    at = datetime.fromisoformat(line["recorded_at"])
    return Row((line["source"], line["period"], scope), start, key, float(line["tokens"]), at)


def _snapshot(at: datetime, feed: tuple[str, str, str], group: list[Row]) -> Snapshot:
    source, period, scope = feed
    bar = Bar(period)
    metric = "tokens_total" if scope == "total" else "tokens"
    assert METRICS[metric].kind is Kind.FLOW
    samples = tuple(
        Sample(Series(metric, _labels(source, scope, row.key), bar), row.start, at, row.tokens) for row in group
    )
    newest = max(row.start for row in group)
    entries = sum(row.start == newest for row in group)
    seal = Seal(source, metric, bar, instant(seconds(newest) + bar.width), at)
    return Snapshot("recorded", at, samples, (seal,), entries, f"{source} {at}")


def _labels(source: str, scope: str, key: str) -> Labels:
    if scope == "total":
        return Labels.of(source=source)
    if key in REST:
        return Labels.of(source=source, model="other")
    return Labels.of(source=source, **{_LABEL[scope]: key})
