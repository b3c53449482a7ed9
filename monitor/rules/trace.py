"""What a rule watched and compared over all of history: the numbers behind its verdicts, for charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from monitor.catalog import Join
from monitor.model.alert import Compared
from monitor.model.bar import Instants
from monitor.model.frame import Member, Values
from monitor.model.history import Columns
from monitor.rules.assemble import Assembler, Partition
from monitor.rules.conditions.condition import View
from monitor.rules.expression.across import listed
from monitor.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Trace:
    """One partition of a rule. `bars`: (T,) epoch seconds; where nothing changed a bar may be left out.

    `value`, `reference`: (T, S) float64, NaN = unknown, a column for each of `members`. `holds`: whether a number
    stays until the next row (levels), or is that of its bar alone (flows).
    """

    members: tuple[Member, ...]
    bars: Instants
    value: Values
    reference: Values
    holds: bool


Tracing = Callable[[Rule], Iterator[Trace]]
"""A rule → a trace for each partition that it has history of."""


def tracing(recall: Callable[[str], Columns], join: Join) -> Tracing:
    """Traces over all that `recall(metric)` knows; the rules traced share what is made of it."""
    assembler = Assembler(lambda metric, _since: recall(metric), join)
    return lambda rule: (trace(rule, partition) for partition in assembler.partitions(rule.need({})))


def trace(rule: Rule, partition: Partition) -> Trace:
    """What one partition has; every row of it is judged as if nothing had come before."""
    base = listed(rule.watch.evaluate(partition.evaluation))
    frame = rule.condition.instances(base)
    memory = np.full((rule.condition.slots, len(frame.members)), np.nan)
    verdicts = rule.condition.judge(View(partition.evaluation, base, frame, 0, memory))
    is_place = rule.condition.compared is Compared.PLACE
    reference = np.full(verdicts.value.shape, np.nan) if is_place else verdicts.reference
    return Trace(frame.members, frame.bars, verdicts.value, reference, rule.holds)
