"""Which models of a ledger the catalogue recognises: works beside a running monitor."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.catalog import Catalog
from monitor.catalog.review import Clash, Gap, Name, gaps, shared
from monitor.ledger import Ledger
from monitor.model.bar import DAY
from monitor.model.history import Columns
from monitor.model.metric import METRICS

_TOKENS = "tokens"
_DAYS = 30  # of usage that a share is of: a month evens out weekends and launches


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was found.

    `names`: how many pairs of source and model there are. `known`: by source of usage, the share (0 to 1) of its
    tokens of models with a vendor, family and one meaning; `gaps` says what the rest lacks.
    """

    names: int
    known: Mapping[str, float]
    gaps: Sequence[Gap]
    clashes: Sequence[Clash]


def recognised(ledger: Ledger, catalog: Catalog) -> Recognised:
    """Every name that any source ever had for a model, and the shares of the newest 30 days; raises LedgerError."""
    newest = max((through for (metric, _), through in ledger.sealed().items() if metric == _TOKENS), default=0)
    shares = dict(_shares(ledger.columns(_TOKENS, since=newest - _DAYS * DAY)))
    names = {name: shares.get(name) for name in sorted(_names(ledger, newest))}
    identities = catalog.identities(ledger.aliases())
    lacking = gaps(catalog, identities, names)
    unknown: defaultdict[str, float] = defaultdict(float)
    for gap in lacking:
        unknown[gap.source] += gap.share or 0.0
    known = {source: 1.0 - unknown[source] for source in sorted({source for source, _ in shares})}
    return Recognised(len(names), known, lacking, shared(identities, names))


def _names(ledger: Ledger, since: int) -> set[Name]:
    found = set()
    for metric in METRICS.values():
        if not {"model", "repo"}.isdisjoint(metric.identity):
            for series in ledger.columns(metric.name, since=since).series:
                labels = series.labels
                found.add((labels.get("source"), labels.get("model") or labels.get("repo")))
    return {name for name in found if name[1]}


def _shares(usage: Columns) -> Iterator[tuple[Name, float]]:
    """The share of each model in the tokens of its source; series with more labels are parts of others."""
    counts = {
        (usage.index[row], usage.valid_at[row]): usage.values[row] for row in range(len(usage.values))
    }  # the last row of a bar is its newest word
    tokens: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (number, _), count in counts.items():
        labels = usage.series[number].labels
        if {name for name, _ in labels} == {"source", "model"} and not np.isnan(count):
            tokens[labels.get("source")][labels.get("model")] += float(count)
    for source, models in tokens.items():
        whole = sum(models.values()) or 1.0
        yield from (((source, model), count / whole) for model, count in models.items())
