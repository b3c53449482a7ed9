"""The told side of a rule: its name, labels and texts, and how its numbers read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.model.bar import Bar
from monitor.model.metric import PRICES, Unit
from monitor.model.template import Template

SEVERITIES = ("info", "warning", "critical")
"""Mildest first."""

Citations = Mapping[tuple[str, str], str]
"""By (source label, metric): the line that must stand wherever these figures are shown."""


class Compared(StrEnum):
    """What the reference of a transition is."""

    OTHER = "other"  # a limit, or what something else has
    BEFORE = "before"  # what the same thing was
    PLACE = "place"  # a place in a ranking, which is no number like the value


@dataclass(frozen=True, slots=True)
class Alert:
    """What a notification needs to know of a rule.

    `labels`: as written in the rule (severity among them). `annotations`: compiled templates by name.
    `tells_end`: whether the end of an episode is worth a message (a crossing: yes; a price step, a record: no).
    `metrics`: what its numbers were made of, for their citations; none = not known.
    `compared`: what its references are.
    """

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, Template] = field(default_factory=dict)
    unit: Unit = Unit.NUMBER
    bar: Bar = Bar.DAY
    tells_end: bool = True
    metrics: tuple[str, ...] = ()
    compared: Compared = Compared.OTHER

    @property
    def reads_in(self) -> Unit:
        """The unit in which its numbers read best: one price by another is a factor and no share."""
        of_prices = bool(self.metrics) and all(metric in PRICES for metric in self.metrics)
        return Unit.NUMBER if self.unit is Unit.RATIO and of_prices else self.unit
