"""Bars that are never complete: finer than what sources seal, or not made of whole ones."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.advice.facts import Facts
from monitor.advice.written import Written
from monitor.errors import Problem
from monitor.model.bar import Bar

_FINEST: dict[str, Bar] = {"tokens": Bar.DAY, "tokens_total": Bar.DAY}
"""The finest bar that sources seal a metric in, where that is not the hour."""


def advise(written: Written, facts: Facts) -> Iterator[Problem]:
    """A warning for each metric of which no bar of the rule can be made: by what is stored, else by what is brought."""
    bar = written.rule.bar
    for metric in sorted(written.rule.metrics):
        stored = facts.stored.bars.get(metric) if facts.stored else None
        native = stored or {_FINEST.get(metric, Bar.HOUR)}
        if native and not any(bar.holds(each) for each in native):
            named = " and ".join(each for each in Bar if each in native)
            message = f"no whole {bar} can be made of {metric}, {'stored' if stored else 'brought'} by {named}"
            fitting = " | ".join(each for each in Bar if any(each.holds(finer) for finer in native))
            yield written.warning(written.naming(metric), message, f"expected every: {fitting}", metric)
