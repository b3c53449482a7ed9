"""A small seeded market, as a History of ours and as the series of the peers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import HOUR, Instants
from tests.laws.history import Table, levels

FIRST = 1_767_225_600  # 2026-01-01T00:00Z
HOURS = 240
METRIC = "price_output"
SOURCE = "s"
SEED = 4
KINDS = ("plain", "gaps", "outage", "late")
OUTAGE = slice(150, 156)
MODELS = tuple(
    f"{vendor}/{family}-{number}"
    for number in range(4)
    for vendor, family in (("deepseek", "deepseek"), ("openai", "gpt"), ("google", "gemini"))
)
_LATE = 30  # hours after which the last model is listed first
_MOVES = 0.4  # chance an hour that a price moves


@dataclass(frozen=True, slots=True)
class Market:
    """Hourly prices by model.

    `hours`: (T,) epoch seconds; `prices`: (T, S), NaN = no sample; `down`: (T,), nobody looked in that hour.
    """

    hours: Instants
    models: tuple[str, ...]
    prices: NDArray[np.float64]
    down: NDArray[np.bool_]

    def history(self) -> Table:
        """What our ledger would have kept of hourly looks that are believed for an hour."""
        known = [np.flatnonzero(row).tolist() for row in ~np.isnan(self.prices)]
        looks = [
            (at, {self.models[column]: self.prices[row, column].item() for column in columns})
            for row, (at, columns) in enumerate(zip(self.hours.tolist(), known, strict=True))
            if not self.down[row]
        ]
        return levels(SOURCE, looks, stale=HOUR, metric=METRIC)

    def series(self) -> Iterator[tuple[str, NDArray[np.float64]]]:
        """`metric{labels}` as the peers write it, with its (T,) values."""
        for column, model in enumerate(self.models):
            labels = f'source="{SOURCE}", model="{model}", vendor="{vendor_of(model)}"'
            yield f"{METRIC}{{{labels}}}", self.prices[:, column]

    def lines(self) -> Iterator[str]:
        """Every sample in Prometheus' text format, with milliseconds."""
        for name, values in self.series():
            known = np.flatnonzero(~np.isnan(values))
            yield from (f"{name} {values[row].item()!r} {self.hours[row] * 1000}\n" for row in known.tolist())

    def of(self, member: str) -> NDArray[np.float64]:
        """(T, S'): the prices behind a member: of a model, of a vendor's models, or of all."""
        wanted = [member in ("", model, vendor_of(model)) for model in self.models]
        return self.prices[:, wanted]


def vendor_of(model: str) -> str:
    """The part before the slash, which is what the catalogue of the tests says too."""
    return model.partition("/")[0]


def market(kind: str, seed: int = SEED) -> Market:
    """Twelve models of three vendors, prices in eighths of a dollar, so that sums are the same in any order.

    `kind`: "plain" = a price in every hour; "gaps" = single models go missing; "outage" = nobody looks for six hours;
    "late" = the last model is listed from the thirtieth hour on.
    """
    rng = np.random.default_rng(seed)
    steps = np.where(rng.random((HOURS, len(MODELS))) < _MOVES, rng.integers(-8, 9, (HOURS, len(MODELS))), 0) / 8
    start = rng.integers(16, 64, len(MODELS)) / 8
    prices = np.abs(start + np.cumsum(steps, axis=0)) + 0.125
    down = np.zeros(HOURS, np.bool_)
    if kind == "gaps":
        prices[_gaps(rng)] = np.nan
    elif kind == "outage":
        down[OUTAGE] = True
    elif kind == "late":
        prices[:_LATE, -1] = np.nan
    prices[down] = np.nan
    return Market(FIRST + HOUR * np.arange(HOURS, dtype=np.int64), MODELS, prices, down)


def _gaps(rng: np.random.Generator) -> NDArray[np.bool_]:
    """(T, S): one to eight hours long; none in the first model."""
    gaps = np.zeros((HOURS, len(MODELS)), np.bool_)
    for row, column in np.argwhere(rng.random((HOURS, len(MODELS))) < 0.02).tolist():
        gaps[row : row + int(rng.integers(1, 9)), column] = True
    gaps[0], gaps[:, 0] = False, False
    return gaps
