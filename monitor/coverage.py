"""How much of the newest usage the catalogue knows: reads the ledger alone, in half a second over some history."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from monitor.catalog import Catalog, Join
from monitor.ledger import Ledger
from monitor.model.bar import Bar, seconds
from monitor.model.history import Columns
from monitor.model.labels import Labels

_TOKENS, _PRICE = "tokens", "price_output"


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the catalogue makes of the newest sealed bar of usage: of `source`, starting at `start` (epoch seconds).

    `unknown`: authors that the catalogue does not know, with their share (0 to 1) of all tokens, largest first.
    `priced`: the share of tokens of models that a price is known of.
    """

    source: str
    bar: Bar
    start: int
    unknown: Sequence[tuple[str, float]]
    priced: float


def covered(ledger: Ledger, catalog: Catalog, at: datetime) -> Coverage | None:
    """What the catalogue makes of usage, with the prices known at `at`; None = no usage. Raises LedgerError."""
    sealed = ledger.sealed().items()
    through = max((through for (metric, _), through in sealed if metric == _TOKENS), default=None)
    if through is None:
        return None
    found = _newest(ledger.columns(_TOKENS, since=through - Bar.WEEK.width))
    if found is None:
        return None
    source, bar, start, tokens = found
    join = Join(catalog, ledger.aliases())
    priced = _priced(ledger.columns(_PRICE, since=seconds(at)), join)
    names = {model: join(_TOKENS, Labels.of(source=source, model=model)).get("name") for model in tokens}
    joined = sum(count for model, count in tokens.items() if names[model] in priced)
    share = joined / (sum(tokens.values()) or 1.0)
    return Coverage(source, bar, start, catalog.unknown_vendors(tokens), share)


def _newest(usage: Columns) -> tuple[str, Bar, int, dict[str, float]] | None:
    """The feed by model whose seals reach furthest; of equals the one that lists most models."""
    found = []
    for (source, bar), log in usage.seals.items():
        start = int(bar.shift(log.through[-1:], -1)[0])
        tokens = _tokens(usage, source, bar, start)
        if tokens:
            found.append((int(log.through[-1]), len(tokens), source, bar, start, tokens))
    if not found:
        return None
    *_, source, bar, start, tokens = max(found, key=lambda feed: feed[:3])
    return source, bar, start, tokens


def _tokens(usage: Columns, source: str, bar: Bar, start: int) -> dict[str, float]:
    """By model, what is known last of one bar; series with more labels than the model are parts of others."""
    found: dict[str, float] = {}
    for row in np.flatnonzero(usage.valid_at == start).tolist():
        series = usage.series[usage.index[row]]
        labels = series.labels.as_dict()
        if series.bar is bar and labels.keys() == {"source", "model"} and labels["source"] == source:
            found[labels["model"]] = float(usage.values[row])
    return {model: count for model, count in found.items() if not math.isnan(count)}


def _priced(prices: Columns, join: Join) -> set[str]:
    """Names of the models that have a price now."""
    last = dict(zip(prices.index.tolist(), prices.values.tolist(), strict=True))
    return {join(_PRICE, prices.series[at].labels).get("name") for at, price in last.items() if not math.isnan(price)}
