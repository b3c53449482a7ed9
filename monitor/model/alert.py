"""The told side of a rule: its name, labels and texts, and how its numbers read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.model.bar import Bar
from monitor.model.metric import Unit
from monitor.model.template import Template

SEVERITIES = ("info", "warning", "critical")
"""Mildest first."""

Citations = Mapping[tuple[str, str], str]
"""By (source label, metric): the line that must stand wherever these figures are shown."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What a notification needs to know of a rule.

    `labels`: as written in the rule (severity among them). `annotations`: compiled templates by name.
    `tells_end`: whether the end of an episode is worth a message (a crossing: yes; a price step, a record: no).
    `metrics`: what its numbers were made of, for their citations; none = not known.
    """

    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, Template] = field(default_factory=dict)
    unit: Unit = Unit.NUMBER
    bar: Bar = Bar.DAY
    tells_end: bool = True
    metrics: tuple[str, ...] = ()
