"""What tests of lists share: an answer as a local server gives it, and what was read of it by model."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from monitor.model.fact import code
from monitor.model.metric import METRICS, Unit
from monitor.model.sample import Snapshot
from monitor.sources.price_list import PriceList

Shown = dict[str, float | str]


def of_list(found: PriceList) -> dict[str, Shown]:
    """By model and metric, numbers as floats."""
    return {model.name: {metric: _plain(value) for metric, value in model.shown.items()} for model in found.models}


def of_snapshot(snapshot: Snapshot) -> dict[str, Shown]:
    """By model and metric; texts as such."""
    texts = {code(text): text for text in snapshot.texts}
    found: defaultdict[str, Shown] = defaultdict(dict)
    for sample in snapshot.samples:
        assert sample.value is not None
        metric, text = sample.series.metric, METRICS[sample.series.metric].unit is Unit.TEXT
        found[sample.series.labels.get("model")][metric] = texts[sample.value] if text else sample.value
    return dict(found)


def sources(snapshot: Snapshot) -> set[str]:
    """The `source` labels of samples and seals."""
    return {sample.series.labels.get("source") for sample in snapshot.samples} | {
        seal.source for seal in snapshot.seals
    }


def changes(before: Mapping[str, Shown], after: Mapping[str, Shown]) -> dict[str, dict[str, tuple[object, object]]]:
    """By model that both have, what differs: the value before and after."""
    found: dict[str, dict[str, tuple[object, object]]] = {}
    for model in before.keys() & after.keys():
        pairs = {
            metric: (before[model].get(metric), after[model].get(metric)) for metric in before[model] | after[model]
        }
        found[model] = {metric: (old, new) for metric, (old, new) in pairs.items() if old != new}
    return {model: moved for model, moved in found.items() if moved}


def written(value: object) -> bytes:
    """As JSON."""
    return json.dumps(value).encode()


def _plain(value: Decimal | int | str) -> float | str:
    return value if isinstance(value, str) else float(value)
