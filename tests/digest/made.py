"""Shares, changes and digests written by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from monitor.digest import Alerts, Digest, Market, Period, market_of
from monitor.model.alert import Alert
from monitor.model.bar import DAY, Bar
from monitor.model.history import Columns, SealLog
from monitor.model.labels import Labels
from monitor.model.sample import Series
from monitor.model.share import Share
from monitor.model.transition import Change, Transition

MONDAY = 1770595200
"""2026-02-09."""
WEEK = Period(Bar.WEEK, MONDAY)
ORIGINS = {"a": "CN", "b": "US", "c": "EU"}
"""By the first letter of a model."""

Tokens = Mapping[str, float]


def origin_of(model: str) -> str:
    return ORIGINS.get(model[:1], "")


def shares(tokens: Tokens, at: int) -> list[Share]:
    """What models come to in the week that starts there, by model, origin and vendor (its origin in small letters)."""
    whole = sum(tokens.values())
    found = []
    for by, name_of in (("model", str), ("origin", origin_of), ("vendor", lambda model: origin_of(model).lower())):
        sums: dict[str, float] = {}
        for model, count in tokens.items():
            sums[name_of(model)] = sums.get(name_of(model), 0.0) + count
        ranked = sorted(sums, key=lambda name: -sums[name])
        found += [
            Share("s", "tokens", Bar.WEEK, by, name, at, sums[name] / whole, sums[name], ranked.index(name) + 1.0)
            for name in ranked
        ]
    return found


def columns(*weeks: Tokens) -> Columns:
    """Samples of the weeks that end with that of `WEEK`."""
    models = sorted({model for week in weeks for model in week})
    series = tuple(Series("tokens", Labels.of(source="s", model=model), Bar.WEEK) for model in models)
    first = MONDAY - 7 * DAY * (len(weeks) - 1)
    rows = [
        (first + 7 * DAY * number, models.index(model), count)
        for number, week in enumerate(weeks)
        for model, count in sorted(week.items())
    ]
    at, index, values = (np.array([row[place] for row in rows]) for place in range(3))
    through = np.array([first + 7 * DAY * (number + 1) for number in range(len(weeks))], np.int64)
    seals = SealLog(through, through, np.full(len(weeks), np.iinfo(np.int64).max))
    started = np.full(len(series), first)
    return Columns(series, started, index, at, at + 7 * DAY, values.astype(np.float64), {("s", Bar.WEEK): seals})


def market(*weeks: Tokens) -> Market | None:
    """The picture of `WEEK`, the last of these."""
    starts = [MONDAY - 7 * DAY * count for count in reversed(range(len(weeks)))]
    every = [share for start, week in zip(starts, weeks, strict=True) for share in shares(week, start)]
    return market_of(every, WEEK, len(weeks), origin_of, columns(*weeks))


def change(kind: Change, at: int, episode: int | None = None, alert: str = "Low", **labels: str) -> Transition:
    """A change of a bar that starts at `at`, of the episode that began there unless another is named."""
    started = at if episode is None else episode
    return Transition(alert, Labels.of(labels or {"model": "a"}), kind, started, at, at + DAY, 1.0, math.nan)


def alerts(bar: Bar = Bar.DAY, *, tells_end: bool = True) -> dict[str, Alert]:
    return {"Low": Alert("Low", {"severity": "warning"}, bar=bar, tells_end=tells_end, metrics=("tokens",))}


def empty(period: Period = WEEK) -> Digest:
    return Digest(period, None, (), Alerts())
