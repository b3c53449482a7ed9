"""Metrics that nobody brings."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.advice.facts import Facts
from monitor.advice.written import Written
from monitor.errors import Problem
from monitor.model.bar import Bar

FINEST: dict[str, Bar] = {
    "tokens": Bar.DAY,
    "tokens_total": Bar.DAY,
    "price_input": Bar.HOUR,
    "price_output": Bar.HOUR,
    "price_cache_read": Bar.HOUR,
    "price_cache_write": Bar.HOUR,
    "context_length": Bar.HOUR,
    "modalities": Bar.HOUR,
    "retires_at": Bar.HOUR,
    "source_up": Bar.HOUR,
    "source_age": Bar.HOUR,
}
"""The metrics that sources, imports and the monitor itself bring, each with the finest bar that it is sealed in."""


def advise(written: Written, facts: Facts) -> Iterator[Problem]:
    """A warning for each metric without a source, unless it is stored."""
    stored = facts.stored.bars if facts.stored else {}
    for metric in sorted(written.rule.metrics - FINEST.keys() - stored.keys()):
        brought = ", ".join(FINEST)
        message = f"no source brings {metric}: the rule never sees a value"
        yield written.warning(written.naming(metric), message, f"sources bring {brought}", metric)
