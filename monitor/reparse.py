"""Reading kept answers again: what a corrected parser makes of them is learnt as revisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.dispatch import Routes
from monitor.errors import SourceError
from monitor.health import Health
from monitor.ledger import Ledger, Revision
from monitor.model.bar import seconds
from monitor.model.metric import METRICS, Kind
from monitor.model.quantity import moment
from monitor.model.sample import Sample, Series, Snapshot
from monitor.ports import Reparsing


@dataclass(frozen=True, slots=True)
class Reparsed:
    """What came of the answers of one poll. `span`: when the oldest and the newest of them was fetched.

    `released`: how many that had not been believed are now. `faults`: why some of them could not be read, or believed.
    """

    poll: str
    answers: int
    span: tuple[datetime, datetime] | None
    released: int
    revisions: tuple[Revision, ...]
    faults: tuple[str, ...]


@dataclass(slots=True)
class _Reading:
    """One poll's answers, oldest first."""

    ledger: Ledger
    poll: str
    source: Reparsing
    faults: list[str] = field(default_factory=list)
    released: int = 0

    def snapshots(self, kept: Iterable[tuple[datetime, bool]]) -> Iterator[Snapshot]:
        """What can be read, and believed: answers that were are, others if nothing speaks against them now."""
        last: Snapshot | None = None
        for fetched_at, believed in kept:
            snapshot = self._read(fetched_at)
            if snapshot is not None and (believed or self._believed_now(snapshot, last)):
                self.released += not believed
                last = snapshot
                yield snapshot

    def _read(self, fetched_at: datetime) -> Snapshot | None:
        try:
            snapshot = self.source.reparse(self.ledger.body(self.poll, fetched_at) or b"", fetched_at)
        except SourceError as error:
            self._fault(fetched_at, str(error))
            return None
        return replace(snapshot, source=self.poll)

    def _believed_now(self, snapshot: Snapshot, last: Snapshot | None) -> bool:
        """Where there is nothing to compare with, it stays as it was: not believed."""
        if last is None:
            return False
        doubt = Health(self.ledger, Routes(())).doubt_again(snapshot, last)
        if doubt is not None:
            self._fault(snapshot.fetched_at, f"still not believed: {doubt.why}")
        return doubt is None

    def _fault(self, fetched_at: datetime, why: str) -> None:
        self.faults.append(f"{moment(seconds(fetched_at))}: {why}")


def reparse(ledger: Ledger, poll: str, source: Reparsing, *, since: datetime | None, at: datetime) -> Reparsed:
    """Read the kept answers of a poll again and learn what differs, as known at `at`.

    In a transaction of the caller: who only wants to know what would change takes it back. Raises LedgerError.
    """
    kept = ledger.kept_bodies(poll, since)
    reading = _Reading(ledger, poll, source)
    revisions = tuple(_relearn(ledger, reading.snapshots(kept), at))
    span = (kept[0][0], kept[-1][0]) if kept else None
    return Reparsed(poll, len(kept), span, reading.released, revisions, tuple(reading.faults))


def _relearn(ledger: Ledger, snapshots: Iterator[Snapshot], at: datetime) -> list[Revision]:
    """Levels answer by answer; of flows the last word on each bar, as earlier words were restated since."""
    revisions: list[Revision] = []
    words: dict[tuple[Series, datetime], Sample] = {}
    last = None
    for last in snapshots:
        flows = {(each.series, each.valid_at): each for each in last.samples if _is_flow(each)}
        words |= flows
        levels = tuple(each for each in last.samples if not _is_flow(each))
        revisions += ledger.relearn(replace(last, samples=levels), at)
    if last is not None and words:
        revisions += ledger.relearn(replace(last, samples=tuple(words.values()), complete=False), at)
    return revisions


def _is_flow(sample: Sample) -> bool:
    return METRICS[sample.series.metric].kind is Kind.FLOW
