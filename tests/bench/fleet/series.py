"""The seeded series: models with an input and an output price an hour, walks and steps, with gaps.

`python -m tests.bench.fleet.series LEDGER [MODELS [DAYS]]` writes them into a new ledger.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from monitor.ledger import Ledger
from monitor.model.bar import HOUR, Bar, Instants, instant
from monitor.model.history import Batch
from monitor.model.labels import Labels
from monitor.model.sample import Seal, Series

MODELS = 400
DAYS = 90
SEED = 20260401
SOURCE = "fleet"
METRICS = ("price_input", "price_output")
FIRST = 1_767_225_600  # 2026-01-01T00:00Z
LOOKED = 60  # seconds after the hour at which a look comes
_GAPS = 0.001  # chance an hour that a series goes missing
_LONGEST_GAP = 48  # hours
_OUTAGES = 3  # times that the whole source is down
_LONGEST_OUTAGE = 9  # hours
_WALK = 0.01  # standard deviation of an hour's step of the logarithm
_CUT = 1 / 72  # chance an hour that a price in steps moves


@dataclass(frozen=True, slots=True)
class Fleet:
    """Hourly prices. `hours`: (T,) epoch seconds; `prices`: by metric (T, S), NaN where there is no sample.

    `down`: (T,) where the whole source was down, so that nobody looked.
    """

    models: tuple[str, ...]
    hours: Instants
    prices: dict[str, NDArray[np.float64]]
    down: NDArray[np.bool_]

    @property
    def samples(self) -> int:
        """How many there are."""
        return sum(int(np.isfinite(values).sum()) for values in self.prices.values())

    def each(self) -> Iterator[tuple[str, str, NDArray[np.float64]]]:
        """(metric, model, (T,) values) of every series."""
        for metric, values in self.prices.items():
            for column, model in enumerate(self.models):
                yield metric, model, values[:, column]

    def named(self) -> Iterator[tuple[str, NDArray[np.float64]]]:
        """`metric{labels}` as the peers write it, with its (T,) values."""
        return ((f'{metric}{{source="{SOURCE}",model="{model}"}}', values) for metric, model, values in self.each())


def fleet(models: int = MODELS, days: int = DAYS, seed: int = SEED) -> Fleet:
    """The same for the same numbers, always."""
    rng = np.random.default_rng(seed)
    names = tuple(f"vendor-{number % 20:02}/model-{number:05}" for number in range(models))
    hours = FIRST + HOUR * np.arange(24 * days, dtype=np.int64)
    down = _down(rng, len(hours))
    prices = {metric: _prices(rng, len(hours), models, down) for metric in METRICS}
    return Fleet(names, hours, prices, down)


def _prices(rng: np.random.Generator, hours: int, models: int, down: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(T, S): walks in the even columns, steps in the odd ones, rounded to six digits as price lists are."""
    start = rng.uniform(np.log(0.05), np.log(20.0), models)
    moves = rng.normal(0.0, _WALK, (hours, models))
    cuts = np.where(rng.random((hours, models)) < _CUT, rng.uniform(-0.3, 0.25, (hours, models)), 0.0)
    moves[:, 1::2] = cuts[:, 1::2]
    moves[0] = 0.0
    values = np.exp(start + np.cumsum(moves, axis=0)).round(6)
    values[_missing(rng, hours, models) | down[:, None]] = np.nan
    return values


def _missing(rng: np.random.Generator, hours: int, models: int) -> NDArray[np.bool_]:
    missing = np.zeros((hours, models), np.bool_)
    for row, column in np.argwhere(rng.random((hours, models)) < _GAPS).tolist():
        missing[row : row + int(rng.integers(1, _LONGEST_GAP + 1)), column] = True
    missing[0] = False
    return missing


def _down(rng: np.random.Generator, hours: int) -> NDArray[np.bool_]:
    down = np.zeros(hours, np.bool_)
    for start in rng.integers(1, hours, _OUTAGES).tolist():
        down[start : start + int(rng.integers(2, _LONGEST_OUTAGE + 1))] = True
    return down


def batch(of: Fleet) -> Batch:
    """As an import would hand them to the ledger: a sample an hour, "gone" where one begins to be missing, and seals.

    A look may be believed until the next one is due, so a source that is down leaves its hours unknown.
    """
    series: list[Series] = []
    index, rows, values = [], [], []
    for metric, model, column in of.each():
        number = len(series)
        series.append(Series(metric, Labels.of(source=SOURCE, model=model), Bar.HOUR))
        kept = np.flatnonzero(_told(column[~of.down]))
        at = np.flatnonzero(~of.down)[kept]
        index.append(np.full(len(at), number, np.int64))
        rows.append(at)
        values.append(column[at])
    hour = of.hours[np.concatenate(rows)]
    return Batch(tuple(series), np.concatenate(index), hour, hour + LOOKED, np.concatenate(values), seals(of), {})


def _told(column: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Every value, and of what is missing the first hour."""
    missing = np.isnan(column)
    begins = missing.copy()
    begins[1:] &= ~missing[:-1]
    begins[0] = False  # before the first hour nothing was there
    return ~missing | begins


def seals(of: Fleet) -> tuple[Seal, ...]:
    """Each look declares its hour complete."""
    return tuple(
        Seal(SOURCE, metric, Bar.HOUR, instant(at + HOUR), instant(at + LOOKED), instant(at + HOUR))
        for metric in of.prices
        for at in of.hours[~of.down].tolist()
    )


def write(of: Fleet, path: Path) -> None:
    """Into a new ledger file."""
    with Ledger.open(path) as ledger:
        ledger.absorb(batch(of))


if __name__ == "__main__":
    write(fleet(*map(int, sys.argv[2:4])), Path(sys.argv[1]))
