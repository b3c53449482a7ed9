"""From what a list shows at the moment to a snapshot of levels and facts: the same for every list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.model.bar import HOUR, Bar, instant, seconds
from monitor.model.fact import code
from monitor.model.labels import Labels
from monitor.model.metric import METRICS, Unit
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.sources.fetch import Body


@dataclass(frozen=True, slots=True)
class Level:
    """One value that holds at the moment. `value`: a text for metrics of `Unit.TEXT`, epoch seconds for dates."""

    metric: str
    labels: Labels
    value: Decimal | float | str

    def sample(self, at: datetime) -> Sample:
        """As observed at an instant."""
        text = METRICS[self.metric].unit is Unit.TEXT
        value = code(str(self.value)) if text else float(self.value)
        return Sample(Series(self.metric, self.labels, Bar.HOUR), at, at, value)


@dataclass(frozen=True, slots=True)
class Listing:
    """A kind of list. `label`: the `source` of its samples. `metrics`: all that it can show, shown or not.

    A value is believed for `stale_after` after the last look.
    """

    kind: str
    label: str
    metrics: tuple[str, ...]
    citation: str
    stale_after: timedelta

    def unchanged(self, at: datetime) -> Snapshot:
        """The source says that nothing is new since the last look: what it showed holds on."""
        return Snapshot(self.kind, at, (), self.seals(at), 0, "", self.citation, unchanged=True)

    def snapshot(self, answer: Body, levels: Iterable[Level], *, entries: int, faults: Iterable[str] = ()) -> Snapshot:
        """All that one answer shows; what is not among `levels` is gone.

        `entries`: how many rows or models the answer had, for the guard. `faults`: of fields left unknown.
        """
        found = tuple(levels)
        texts = {str(level.value) for level in found if METRICS[level.metric].unit is Unit.TEXT}
        return Snapshot(
            source=self.kind,
            fetched_at=answer.fetched_at,
            samples=tuple(level.sample(answer.fetched_at) for level in found),
            seals=self.seals(answer.fetched_at),
            entries=entries,
            digest=answer.digest,
            citation=self.citation,
            complete=True,
            body=answer.body,
            faults=tuple(faults),
            texts=tuple(sorted(texts)),
        )

    def seals(self, at: datetime) -> tuple[Seal, ...]:
        """What a look at that instant says of every metric."""
        return tuple(self._each_seal(at))

    def _each_seal(self, at: datetime) -> Iterator[Seal]:
        """Each level holds for the hour of the look, and unseen for `stale_after`."""
        through = instant(seconds(at) // HOUR * HOUR + HOUR)
        for metric in self.metrics:
            yield Seal(self.label, metric, Bar.HOUR, through, at, at + self.stale_after)
