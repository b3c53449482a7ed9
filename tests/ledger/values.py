"""Small values for the ledger's tests: short to write, complete in every field."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from monitor.model.bar import Bar
from monitor.model.history import Batch, Columns
from monitor.model.labels import Labels
from monitor.model.notification import Notification, Reason
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.model.transition import Change, Transition

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def tokens(model: str) -> Series:
    """A daily flow."""
    return Series("tokens", Labels.of(source="openrouter", model=model), Bar.DAY)


def price(model: str, metric: str = "price_output") -> Series:
    """A level."""
    return Series(metric, Labels.of(source="openrouter", model=model), Bar.HOUR)


def usage(at: datetime, values: Mapping[tuple[str, datetime], float], *, sealed: datetime | None = None) -> Snapshot:
    """A poll of usage: values by (model, bar start); sealed through `sealed`."""
    samples = tuple(Sample(tokens(model), bar, at, value) for (model, bar), value in values.items())
    seals = () if sealed is None else (Seal("openrouter", "tokens", Bar.DAY, sealed, at),)
    return Snapshot("openrouter_rankings", at, samples, seals, len(samples), "usage", citation="Source: OpenRouter")


def prices(at: datetime, values: Mapping[str, float | None], *, complete: bool = True) -> Snapshot:
    """A poll of prices, by model."""
    samples = tuple(Sample(price(model), at, at, value) for model, value in values.items())
    seal = Seal("openrouter", "price_output", Bar.HOUR, at.replace(minute=0) + HOUR, at, at + 3 * HOUR)
    return Snapshot("openrouter_models", at, samples, (seal,), len(samples), "prices", complete=complete)


def batch(rows: Iterable[tuple[Series, int, int, float]], *seals: Seal) -> Batch:
    """Rows of (series, valid_at, known_at, value)."""
    listed = list(rows)
    places = {series: place for place, series in enumerate(dict.fromkeys(row[0] for row in listed))}
    return Batch(
        tuple(places),
        np.array([places[row[0]] for row in listed], np.int64),
        np.array([row[1] for row in listed], np.int64),
        np.array([row[2] for row in listed], np.int64),
        np.array([row[3] for row in listed], np.float64),
        seals,
        {"openrouter": "Source: OpenRouter"},
    )


def rows_of(columns: Columns) -> list[tuple[str, int, int, float | None]]:
    """(model, valid_at, known_at, value) of every row; None for NaN, so that rows can be compared."""
    return [
        (columns.series[number].labels.get("model"), at, known, None if math.isnan(value) else value)
        for number, at, known, value in zip(
            columns.index.tolist(),
            columns.valid_at.tolist(),
            columns.known_at.tolist(),
            columns.values.tolist(),
            strict=True,
        )
    ]


def transition(
    alert: str = "PriceCut", model: str = "a", episode: int = 100, kind: Change = Change.FIRING
) -> Transition:
    """A transition whose reference is not a number."""
    return Transition(alert, Labels.of(model=model), kind, episode, episode + 5, episode + 10, 1.5, math.nan)


def notification(name: str = "n1", receiver: str = "slack", *transitions: Transition) -> Notification:
    """A notification."""
    return Notification(
        id=name,
        receiver=receiver,
        reason=Reason.TRANSITION,
        severity="warning",
        thread="t",
        title=f"Title of {name} ≥ 20 %",
        lines=("first", "second"),
        citations=("Source: OpenRouter",),
        transitions=transitions,
    )
