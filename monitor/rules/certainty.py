"""How sure a change of a price is, by all sources together: what `confirm` asks of each bar."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.catalog import Join
from monitor.model.bar import Instants
from monitor.model.history import Columns
from monitor.model.labels import Labels
from monitor.truth.event import Event, Sighting
from monitor.truth.looks import spelled
from monitor.truth.watched import watched


@dataclass(frozen=True, slots=True)
class Sighted:
    """A change as one series showed it first."""

    event: Event
    sighting: Sighting

    @property
    def at(self) -> int:
        """When, in epoch seconds."""
        return self.sighting.at

    def leads(self, *, by_source: bool) -> bool:
        """Whether no other series showed the change before: at any source, or at its own."""
        every = self.event.sightings
        first = next(each for each in every if not by_source or each.source == self.sighting.source)
        return first is self.sighting


@dataclass(frozen=True, slots=True)
class Certainties:
    """What became of every change, by the series that showed it: (source, model and host as `spelled`, metric)."""

    _sighted: Mapping[tuple[str, str, str], Sequence[Sighted]]

    def of(self, metric: str, labels: Labels) -> Sequence[Sighted]:
        """The changes that a series showed, oldest first."""
        return self._sighted.get((labels.get("source"), spelled(labels), metric), ())

    def moments(self, metric: str, source: str, lapses: int) -> Instants:
        """(K,), in order: when something was said of a change that this source showed, or it had waited so long."""
        every = (
            sighted
            for (of, _, price), shown in self._sighted.items()
            if (of, price) == (source, metric)
            for sighted in shown
        )
        found = [at for each in every for at in (each.at, each.at + lapses, *(word.at for word in each.event.words))]
        return np.unique(np.array(found, np.int64))


def first_to_know(ends: Instants, judged_at: Instants, at: Instants) -> NDArray[np.intp]:
    """(K,): the rows of the first bars, given their (T,) ends, that were not over at an instant and judged later."""
    return np.maximum(np.searchsorted(judged_at, at), np.searchsorted(ends, at, side="right"))


def certainties(columns: Iterable[Columns], join: Join) -> Certainties:
    """Of the prices in `columns`, all metrics of `READ` of all sources, from the first sample on."""
    found: defaultdict[tuple[str, str, str], list[Sighted]] = defaultdict(list)
    for event in watched(columns, join).events():
        for each in event.sightings:
            found[each.source, each.model, event.key.metric].append(Sighted(event, each))
    return Certainties({series: sorted(every, key=lambda sighted: sighted.at) for series, every in found.items()})
