"""From stored samples of prices to looks, in order of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Instants
from monitor.model.labels import Labels
from monitor.model.sample import Series
from monitor.truth.step import Look, Shown

PRICES = ("price_input", "price_output", "price_cache_read", "price_cache_write")
"""Every metric that is a price."""


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
    """All looks in order of time, sources of one instant in order of their names."""
    found: defaultdict[tuple[int, str], list[Shown]] = defaultdict(list)
    for each in columns:
        for at, source, shown in _rows(each):
            found[at, source].append(shown)
    return [Look(source, at, shown) for (at, source), shown in sorted(found.items(), key=lambda item: item[0])]


def _rows(columns: Priced) -> Iterator[tuple[int, str, Shown]]:
    names = [(series.labels.get("source"), spelled(series.labels), series.metric) for series in columns.series]
    rows = zip(columns.index.tolist(), columns.valid_at.tolist(), columns.values.tolist(), strict=True)
    for number, at, value in rows:
        source, model, metric = names[number]
        if metric in PRICES:
            yield at, source, Shown(model, metric, None if np.isnan(value) else value)


def spelled(labels: Labels) -> str:
    """The model as its source spells it, with the host where the source tells hosts apart."""
    host = labels.get("host")
    return f"{labels.get('model')}@{host}" if host else labels.get("model")
