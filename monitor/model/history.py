"""Stored history in columns: what the ledger hands to the rules, without any opinion on what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Bar, Instants
from monitor.model.sample import Seal, Series


@dataclass(frozen=True, slots=True)
class SealLog:
    """A source's seals for one (metric, bar), in order of `through`; all (K,) int64 epoch seconds.

    `holds_until`: how long levels may be believed without another look; the largest int64 = until the next look.
    """

    through: Instants
    known_at: Instants
    holds_until: Instants


@dataclass(frozen=True, slots=True)
class Columns:
    """All stored samples of one metric.

    `series`: all S series of the metric, also those without a sample among the rows; `first`: (S,) int64, the valid_at
    of the first sample each ever had. `index`: (N,) points into `series`. `valid_at`, `known_at`: (N,) int64 epoch
    seconds. `values`: (N,) float64, NaN = gone from its source. Rows are in order of (valid_at, series, known_at).
    `seals`: by (source label, native bar).
    """

    series: tuple[Series, ...]
    first: Instants
    index: NDArray[np.int64]
    valid_at: Instants
    known_at: Instants
    values: NDArray[np.float64]
    seals: Mapping[tuple[str, Bar], SealLog]


class History(Protocol):
    """Reads stored samples; the ledger is one, a rule test's table is another."""

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """Samples valid at or after `since` (None = all), and for each level series also the last one before it.

        Of the seals of each feed likewise: those through `since` or later, and the last one before.
        """
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples in columns on their way into the ledger, of any number of metrics; arrays as in `Columns`.

    `citations`: by source label, the line that must stand wherever its figures are shown.
    """

    series: tuple[Series, ...]
    index: NDArray[np.int64]
    valid_at: Instants
    known_at: Instants
    values: NDArray[np.float64]
    seals: tuple[Seal, ...]
    citations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Remembered:
    """A history that is read once: several runs over it, and what is told of it, share the columns."""

    history: History
    _read: dict[tuple[str, int | None], Columns] = field(default_factory=dict)

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """See `History`."""
        if (metric, since) not in self._read:
            self._read[metric, since] = self.history.columns(metric, since=since)
        return self._read[metric, since]
