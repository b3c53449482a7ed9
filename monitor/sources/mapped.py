"""From fields of the user's own file to a snapshot: values by their units, labels, bars and what is complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import numpy as np

from monitor.errors import SourceError
from monitor.model.bar import Bar, instant, seconds
from monitor.model.labels import Labels
from monitor.model.metric import REST
from monitor.model.sample import Sample, Seal, Snapshot
from monitor.model.sample import Series as Identity
from monitor.sources.answer import Place
from monitor.sources.entries import Faults, read_each
from monitor.sources.fetch import Body
from monitor.sources.levels import Level, Listing
from monitor.sources.moment import moment
from monitor.sources.own import MappedConfig, Series
from monitor.sources.units import UNITS, absent, text

_REST = "other"


@dataclass(frozen=True, slots=True)
class Cell:
    """One value with what stands beside it; `time`: None = the moment of the look."""

    value: Place
    labels: Mapping[str, Place]
    time: Place | None


Cells = Callable[[Series], Iterable[Cell]]
"""Every value of one metric, in the order in which they stand."""


@dataclass(frozen=True, slots=True)
class _Read:
    """One value, understood. `at`: when it holds, or the start of its bar, in epoch seconds."""

    series: Series
    labels: Labels
    at: int
    value: Decimal | float | str


def listing(name: str, config: MappedConfig) -> Listing:
    """What a look says of the levels among the metrics."""
    levels = dict.fromkeys(series.metric for series in config.series if not series.is_flow)
    return Listing(name, name, tuple(levels), config.citation, config.stale_after)


def snapshot(name: str, config: MappedConfig, answer: Body, cells: Cells) -> Snapshot:
    """All that an answer holds.

    Raises SourceError where a metric has no value, more than 5 % of its levels can not be read, or any value of a flow:
    a sum must not lose a part.
    """
    reader = _Reader(name, config.bar, seconds(answer.fetched_at), set())
    read: list[_Read] = []
    faults: list[str] = []
    entries = 0
    for series in config.series:
        found = read_each(Place(name, "", None), _present(name, series, cells(series)), reader.of(series))
        if series.is_flow and found.faults:
            raise SourceError(found.faults[0], hint="nothing of the file is kept: a sum must not lose a part")
        read += found.found
        faults += found.faults
        entries += found.count
    levels = [each for each in read if not each.series.is_flow and each.at <= reader.now]
    shown = listing(name, config).snapshot(answer, map(_level, levels), entries=entries, faults=faults)
    flows = [*_flows(name, config, read, answer.fetched_at)]
    samples = (replace(sample, valid_at=instant(each.at)) for sample, each in zip(shown.samples, levels, strict=True))
    return replace(
        shown,
        samples=(*samples, *(sample for _, part in flows for sample in part)),
        seals=(*shown.seals, *(seal for seal, _ in flows)),
        complete=config.complete,
        guarded=config.guarded,
    )


def _present(name: str, series: Series, cells: Iterable[Cell]) -> Sequence[Cell]:
    every = list(cells)
    present = [cell for cell in every if not absent(cell.value)]
    if not present:
        raise SourceError(
            f"{name}: {series.value}: got no value in {len(every):,} entries, expected at least one of {series.metric}",
            hint="check `value` in this source's settings",
        )
    return present


@dataclass(frozen=True, slots=True)
class _Reader:
    """`bar`: of flows. `now`: the moment of the look, in epoch seconds. `seen`: what has a value already."""

    name: str
    bar: Bar | None
    now: int
    seen: set[tuple[str, Labels, int]]

    def of(self, series: Series) -> Callable[[Cell, Faults], _Read | None]:
        """Reads the cells of a metric; a series that has two values of one time is a fault. Raises SourceError."""
        reads = UNITS[series.of.unit][series.unit]

        def read(cell: Cell, _: Faults) -> _Read | None:
            labels = Labels.of(dict(self._labels(series, cell)))
            at = self.now if cell.time is None else self._time(series, cell.time)
            if (series.metric, labels, at) in self.seen:
                raise cell.value.fault(f"one value of {series.metric}{labels.without(['source'])} at a time, not two")
            self.seen.add((series.metric, labels, at))
            value = reads(cell.value)
            return None if value is None else _Read(series, labels, at, value)

        return read

    def _labels(self, series: Series, cell: Cell) -> Iterator[tuple[str, str]]:
        yield "source", self.name
        yield from series.fixed.items()
        for label, place in cell.labels.items():
            written = text(place)
            yield label, _REST if label == "model" and written in REST else written

    def _time(self, series: Series, place: Place) -> int:
        at = moment(place)
        if series.is_flow and self.bar is not None and self.bar.start_of(at) != at:
            raise place.fault(f"the start of a {self.bar.value} in UTC")
        return at


def _level(read: _Read) -> Level:
    return Level(read.series.metric, read.labels, read.value)


def _flows(
    name: str, config: MappedConfig, read: Iterable[_Read], known_at: datetime
) -> Iterator[tuple[Seal, list[Sample]]]:
    """For each metric that adds up, through where it is sealed, and its bars till then."""
    flows = [each for each in read if each.series.is_flow]
    for metric in dict.fromkeys(each.series.metric for each in flows):
        bar = config.bar or Bar.DAY
        mine = [each for each in flows if each.series.metric == metric]
        through = _through(bar, [each.at for each in mine], seconds(known_at), newest=config.sealed == "newest")
        samples = [
            Sample(Identity(metric, each.labels, bar), instant(each.at), known_at, float(each.value))
            for each in mine
            if each.at < through
        ]
        if samples:
            yield Seal(name, metric, bar, instant(through), known_at), samples


def _through(bar: Bar, starts: Sequence[int], now: int, *, newest: bool) -> int:
    """The end of the newest bar that is there and over; not `newest`: of the one before the newest that has begun."""
    distinct = np.array(sorted(set(starts)), np.int64)
    ends = bar.end(distinct)
    through = ends[ends <= now] if newest else distinct[distinct <= now]
    return int(through.max(initial=0))
