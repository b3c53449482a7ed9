"""Looking back further than there is history."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.advice.facts import Facts
from monitor.advice.written import Written
from monitor.errors import Problem
from monitor.model.quantity import duration
from monitor.rules.conditions.change import Change


def advise(written: Written, facts: Facts) -> Iterator[Problem]:
    """A warning where the furthest look back leads to before the first stored sample, at every stored bar.

    Records and waits look back as well, but do with what there is.
    """
    rule = written.rule
    changes = max((lag for each in rule.conditions if isinstance(each, Change) for lag in each.lags), default=0)
    back = max((lag for each in rule.expressions for lag in each.lags), default=changes)
    spans = facts.stored.spans if facts.stored else {}
    for metric in sorted(rule.metrics & spans.keys()):
        first, last = spans[metric]
        if max(back, changes) > last - first:
            keys = ("against",) if changes >= back and "against" in written.body else ("watch",)
            looks = duration(max(back, changes))
            message = f"looks back {looks}, but there are only {duration(last - first)} of {metric}"
            yield written.warning(keys, message, "it is unknown until there is more; or look back less far")
            return
