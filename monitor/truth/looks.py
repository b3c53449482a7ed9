"""From stored samples of prices to looks, in order of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import isnan
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Instants
from monitor.model.labels import Labels
from monitor.model.metric import PRICES
from monitor.model.sample import Series
from monitor.truth.step import Announcement, Look, Shown

ANNOUNCED: Mapping[str, str] = {"announced_input": "price_input", "announced_output": "price_output"}
"""By metric of what is announced: the price it is to become."""
_BEGINS = "price_changes_at"
READ = (*PRICES, *ANNOUNCED, _BEGINS)
"""Every metric that says something of a price."""


class Priced(Protocol):
    """Samples in columns, of prices among others; as `monitor.model.history.Columns` and `Batch` have them."""

    @property
    def series(self) -> tuple[Series, ...]:
        """All series."""
        ...

    @property
    def index(self) -> NDArray[np.int64]:
        """(N,): into `series`."""
        ...

    @property
    def valid_at(self) -> Instants:
        """(N,): when it was seen."""
        ...

    @property
    def values(self) -> NDArray[np.float64]:
        """(N,): USD per million tokens, NaN = gone."""
        ...


def looks(columns: Iterable[Priced]) -> list[Look]:
    """All looks in order of time; sources of one instant, and what each showed, in order of their names.

    In which order series came to be known makes no difference: a ledger that was restored numbers them otherwise.
    """
    found: defaultdict[tuple[int, str], dict[tuple[str, str], Shown]] = defaultdict(dict)
    for each in columns:
        for at, source, shown in _rows(each):
            found[at, source][shown.model, shown.metric] = shown  # rows are in order of learning: the newest counts
    return [
        Look(source, at, tuple(each for _, each in sorted(shown.items())))
        for (at, source), shown in sorted(found.items(), key=lambda item: item[0])
    ]


def announcements(columns: Iterable[Priced]) -> list[Announcement]:
    """Every price that was announced, with the date that was said in the same look; in order of time."""
    every = [row for each in columns for row in _observed(each) if row[2].metric in (*ANNOUNCED, _BEGINS)]
    begins = {(at, source, shown.model): shown.price for at, source, shown in every if shown.metric == _BEGINS}
    found: list[Announcement] = []
    last: dict[tuple[str, str], float | None] = {}
    for at, source, shown in sorted(every, key=lambda row: (row[0], row[1], row[2].metric != _BEGINS)):
        said = begins.get((at, source, shown.model))
        last[source, shown.model] = last.get((source, shown.model)) if said is None else said
        from_ = last[source, shown.model]
        if shown.metric in ANNOUNCED and from_ is not None:
            found.append(Announcement(source, shown.model, ANNOUNCED[shown.metric], shown.price, round(from_), at))
    return found


def _rows(columns: Priced) -> Iterator[tuple[int, str, Shown]]:
    return (row for row in _observed(columns) if row[2].metric in PRICES)


def _observed(columns: Priced) -> Iterator[tuple[int, str, Shown]]:
    """(instant, source, what was shown) of every sample; a date is its epoch seconds."""
    names = [(series.labels.get("source"), spelled(series.labels), series.metric) for series in columns.series]
    rows = zip(columns.index.tolist(), columns.valid_at.tolist(), columns.values.tolist(), strict=True)
    for number, at, value in rows:
        source, model, metric = names[number]
        yield at, source, Shown(model, metric, None if isnan(value) else value)


def spelled(labels: Labels) -> str:
    """The model as its source spells it, with the host where the source tells hosts apart."""
    host = labels.get("host")
    return f"{labels.get('model')}@{host}" if host else labels.get("model")
