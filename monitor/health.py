"""Feed health: what is doubtful, broken or frozen is counted, told once, and told once when it is over.

Every method that writes is to be called in the transaction that learns what the poll brought.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.asking import Failure
from monitor.dispatch import Routes, over_notice, trouble_notice
from monitor.ledger import Ledger
from monitor.model.bar import Bar, instant, seconds
from monitor.model.labels import Labels
from monitor.model.metric import METRICS, Kind, Unit
from monitor.model.notification import Notification
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.model.trouble import TroubleKind
from monitor.sources.believed import Believed
from monitor.sources.frozen import frozen
from monitor.sources.guard import Doubt, Held, suspicion

_BARS_BEFORE = 7
_LOOKS_OF = {TroubleKind.CONTRACT: 3}  # a source that is being changed may answer anything for a moment


@dataclass(frozen=True, slots=True)
class Health:
    """Watches the feeds of a ledger; `routes`: who is told."""

    ledger: Ledger
    routes: Routes

    def doubt(self, snapshot: Snapshot) -> Doubt | None:
        """Why not to believe a snapshot, by what the ledger has of its source."""
        if snapshot.unchanged:
            return None
        last = self.ledger.accepted(snapshot.source)
        believed = Believed(last.entries if last else None, self._flows(snapshot), self._prices(snapshot))
        return suspicion(snapshot, believed, (Held(*held) for held in self.ledger.held(snapshot.source)))

    def doubt_again(self, snapshot: Snapshot, last: Snapshot) -> Doubt | None:
        """The same of an older snapshot that was read again. `last`: the one before it that is believed."""
        levels = {each.series: each.value for each in last.samples if each.value is not None}
        return suspicion(snapshot, Believed(last.entries, self._flows(snapshot), levels))

    def failed(self, poll: str, failure: Failure, at: datetime) -> None:
        """A poll brought nothing."""
        if failure.contract:
            self._troubled(poll, TroubleKind.CONTRACT, failure.why, at)
        self._note_look(poll, at, up=False)

    def set_aside(self, snapshot: Snapshot, doubt: Doubt, at: datetime) -> None:
        """A snapshot is not believed: kept, and not learnt."""
        self.ledger.quarantine(snapshot, doubt.why, doubt.kind)
        self._over(snapshot.source, TroubleKind.CONTRACT, snapshot.entries, at)
        self._troubled(snapshot.source, TroubleKind.QUARANTINED, doubt.why, snapshot.fetched_at)
        self._note_look(snapshot.source, at, up=False)

    def went_well(self, snapshot: Snapshot, at: datetime) -> None:
        """A snapshot was learnt: what was wrong is over, unless the source stands still."""
        for kind in (TroubleKind.CONTRACT, TroubleKind.QUARANTINED):
            self._over(snapshot.source, kind, snapshot.entries, at)
        still = frozen(self.ledger.news(snapshot.source), seconds(at), _bar_seconds(snapshot))
        if still is None:
            self._over(snapshot.source, TroubleKind.FROZEN, snapshot.entries, at)
        else:
            self._troubled(snapshot.source, TroubleKind.FROZEN, still, at)
        self._note_look(snapshot.source, at, up=True)

    def _troubled(self, poll: str, kind: TroubleKind, why: str, at: datetime) -> None:
        trouble = self.ledger.trouble(poll, kind, why, seconds(at))
        if trouble.told_at is None and trouble.looks >= _LOOKS_OF.get(kind, 1):
            last_good = self.ledger.last_good(poll)
            last = None if last_good is None else seconds(last_good)
            self._owe(trouble_notice(self.routes, trouble, last_good=last, at=seconds(at)), at)
            self.ledger.note_told(trouble, seconds(at))

    def _over(self, poll: str, kind: TroubleKind, entries: int, at: datetime) -> None:
        trouble = self.ledger.end_trouble(poll, kind)
        if trouble is not None and trouble.told_at is not None:
            shown = f"the answer has {entries:,} entries" if entries else "the answer is as the last good one"
            self._owe(over_notice(self.routes, trouble, now_shown=shown, at=seconds(at)), at)

    def _owe(self, notices: Sequence[Notification], at: datetime) -> None:
        for notice in notices:
            self.ledger.outbox.add(notice, at)

    def _note_look(self, poll: str, at: datetime, *, up: bool) -> None:
        """The monitor's own samples: whether a source brought something it could use, and how old that is."""
        last_good = self.ledger.last_good(poll)
        values = {"source_up": float(up)}
        if last_good is not None:
            values["source_age"] = 0.0 if up else float(max(seconds(at) - seconds(last_good), 0))
        hour = instant(seconds(at) // Bar.HOUR.width * Bar.HOUR.width + Bar.HOUR.width)
        labels = Labels.of(source=poll)
        samples = tuple(Sample(Series(name, labels, Bar.HOUR), at, at, value) for name, value in values.items())
        seals = tuple(Seal(poll, name, Bar.HOUR, hour, at) for name in values)
        self.ledger.learn(Snapshot(f"monitor/{poll}", at, samples, seals, entries=1, digest=""))

    def _flows(self, snapshot: Snapshot) -> dict[Series, dict[int, float]]:
        newest: dict[tuple[str, str, Bar], int] = {}
        for feed, at in _feeds(snapshot, Kind.FLOW):
            newest[feed] = max(at, newest.get(feed, at))
        found: dict[Series, dict[int, float]] = {}
        for feed, at in newest.items():
            found |= self.ledger.flows_before(feed, at, _BARS_BEFORE)
        return found

    def _prices(self, snapshot: Snapshot) -> dict[Series, float]:
        found: dict[Series, float] = {}
        for feed in sorted({feed for feed, _ in _feeds(snapshot, Kind.LEVEL)}):
            if METRICS[feed[1]].unit is Unit.USD:
                found |= self.ledger.levels_now(*feed)
        return found


def _feeds(snapshot: Snapshot, kind: Kind) -> Iterator[tuple[tuple[str, str, Bar], int]]:
    """(source label, metric, bar) of each sample of a kind, and when it is valid."""
    for sample in snapshot.samples:
        if METRICS[sample.series.metric].kind is kind:
            series = sample.series
            yield (series.labels.get("source"), series.metric, series.bar), seconds(sample.valid_at)


def _bar_seconds(snapshot: Snapshot) -> int | None:
    """The length of the bars of flows that a snapshot seals; None = it brings levels."""
    flows = [seal.bar.width for seal in snapshot.seals if METRICS[seal.metric].kind is Kind.FLOW]
    return max(flows, default=None)
