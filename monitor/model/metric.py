"""Metrics: what is measured, whether it adds up, and in which unit. The one table of `docs/vocabulary.md`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.bar import Bar


class Kind(StrEnum):
    """How values of a metric behave over time."""

    FLOW = "flow"  # adds up: a coarser bar is the sum of its finer ones
    LEVEL = "level"  # holds until the next observation
    FACT = "fact"  # holds like a level, and is nothing to calculate with


class Unit(StrEnum):
    """The unit of a value; rules refuse to mix them."""

    TOKENS = "tokens"
    RATIO = "ratio"
    USD = "USD per million tokens"
    COUNT = "count"
    SECONDS = "seconds"
    NUMBER = "number"
    DATE = "date"  # epoch seconds
    TEXT = "text"  # a code that stands for the text: see `monitor.model.fact`


@dataclass(frozen=True, slots=True)
class Metric:
    """A named quantity with the labels that identify one of its series."""

    name: str
    kind: Kind
    unit: Unit
    identity: tuple[str, ...]


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("tokens", Kind.FLOW, Unit.TOKENS, ("source", "model", "author", "open", "category", "app")),
        Metric("tokens_total", Kind.FLOW, Unit.TOKENS, ("source",)),
        Metric(
            "usage_share", Kind.LEVEL, Unit.RATIO, ("source", "model", "lab", "measure", "modality", "task", "group")
        ),
        Metric("price_input", Kind.LEVEL, Unit.USD, ("source", "model", "host")),
        Metric("price_output", Kind.LEVEL, Unit.USD, ("source", "model", "host")),
        Metric("price_cache_read", Kind.LEVEL, Unit.USD, ("source", "model", "host")),
        Metric("price_cache_write", Kind.LEVEL, Unit.USD, ("source", "model", "host")),
        Metric("price_changes_at", Kind.FACT, Unit.DATE, ("source", "model")),
        Metric("announced_input", Kind.LEVEL, Unit.USD, ("source", "model")),
        Metric("announced_output", Kind.LEVEL, Unit.USD, ("source", "model")),
        Metric("downloads", Kind.LEVEL, Unit.COUNT, ("source", "repo")),
        Metric("downloads_all_time", Kind.LEVEL, Unit.COUNT, ("source", "repo")),
        Metric("derivatives", Kind.LEVEL, Unit.COUNT, ("source", "repo")),
        Metric("likes", Kind.LEVEL, Unit.COUNT, ("source", "repo")),
        Metric("discount", Kind.LEVEL, Unit.RATIO, ("source", "model", "host")),
        Metric("uptime", Kind.LEVEL, Unit.RATIO, ("source", "model", "host")),
        Metric("context_length", Kind.LEVEL, Unit.COUNT, ("source", "model")),
        Metric("max_output", Kind.LEVEL, Unit.COUNT, ("source", "model")),
        Metric("retires_at", Kind.FACT, Unit.DATE, ("source", "model")),
        Metric("modalities", Kind.FACT, Unit.TEXT, ("source", "model")),
        Metric("licence", Kind.FACT, Unit.TEXT, ("source", "model", "repo")),
        Metric("amount", Kind.FLOW, Unit.NUMBER, ("source", "what", "model")),
        Metric("figure", Kind.LEVEL, Unit.NUMBER, ("source", "what", "model")),
        Metric("source_up", Kind.LEVEL, Unit.NUMBER, ("source",)),
        Metric("source_age", Kind.LEVEL, Unit.SECONDS, ("source",)),
    )
}
"""Every metric by name."""

PRICES = ("price_input", "price_output", "price_cache_read", "price_cache_write")
"""Every metric that is a price."""

OF_BARS = frozenset({"usage_share"})
"""Levels that a source may also give as what a whole bar came to: such figures can be restated, as those of flows."""

SLICES = frozenset({"app", "category", "group", "host", "modality", "task"})
"""Labels of parts of what another series counts whole: only a selector that names one means series that have it."""

REST = ("other", "Other", "Others", "others")
"""How sources spell the row that sums whatever their cut-off list leaves out; stored as model="other"."""


def is_restated(metric: str, bar: Bar) -> bool:
    """Whether a later figure for the same bar takes the place of an earlier one, in series of this native bar.

    What was seen in a look, which has the bar of an hour, stays what was seen.
    """
    return METRICS[metric].kind is Kind.FLOW or (metric in OF_BARS and bar is not Bar.HOUR)
