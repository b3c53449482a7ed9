"""Recorded usage through the guard: one snapshot for each time at which something was recorded, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import ImportRefusedError, Problem
from monitor.evaluate.records import MOST_FAULTS, Tables
from monitor.model.bar import Bar, instant, seconds
from monitor.model.labels import Labels
from monitor.model.metric import REST
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.sources.believed import Believed
from monitor.sources.guard import Doubt, Held, suspicion

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
            self.known.setdefault(seconds(sample.valid_at), {})[sample.series] = sample.value or 0.0
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


@dataclass(frozen=True, slots=True)
class Heard:
    """How snapshots of one file fared. `wrong`: whether all of them are known to be wrong."""

    name: str
    wrong: bool
    snapshots: int
    held: int


FAULTY, SOUND = ("faulty_as_recorded", "partial_weeks"), ("usage", "totals")


def evaluated(folder: Path) -> list[Heard]:
    """What the guard makes of the files that a folder, or `usage` in it, has; raises ImportRefusedError."""
    if (folder / "usage").is_dir():
        folder = folder / "usage"
    files = [(name,) for name in FAULTY] + [SOUND]
    there = [tuple(each for each in names if (folder / f"{each}.csv.gz").exists()) for names in files]
    return [_heard(folder, names) for names in there if names]


def _heard(folder: Path, names: tuple[str, ...]) -> Heard:
    doubts = [doubt for _, doubt in replayed(rows(folder, *names))]
    return Heard(" and ".join(names), set(names) <= set(FAULTY), len(doubts), sum(each is not None for each in doubts))


def replayed(recorded: Iterable[Row]) -> list[tuple[Snapshot, Doubt | None]]:
    """Each snapshot and what the guard made of it."""
    watched: defaultdict[tuple[str, str, str], Watched] = defaultdict(Watched)
    return [(snapshot, watched[feed].shown(snapshot)) for feed, snapshot in snapshots(recorded)]


def rows(folder: Path, *names: str) -> tuple[Row, ...]:
    """The rows of recorded files, in order of recording; raises ImportRefusedError."""
    problems: list[Problem] = []
    tables = Tables(folder, problems)
    found = [row for name in names for row in tables.read(f"{name}.csv.gz", _row)]
    if problems:
        raise ImportRefusedError(tuple(problems[:MOST_FAULTS]))
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


def _row(line: Mapping[str, str]) -> Row | None:
    """None = of a scope that is not counted here."""
    start = datetime.fromisoformat(line["period_start"]).replace(tzinfo=UTC)
    scope, key = line.get("scope", "model"), line.get("key") or line["model"]
    at = datetime.fromisoformat(line["recorded_at"])
    if scope != "total" and scope not in _LABEL:
        return None
    return Row((line["source"], line["period"], scope), start, key, float(line["tokens"]), at)


def _snapshot(at: datetime, feed: tuple[str, str, str], group: list[Row]) -> Snapshot:
    source, period, scope = feed
    bar = Bar(period)
    metric = "tokens_total" if scope == "total" else "tokens"
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
