"""Severities that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.advice.facts import Facts
from monitor.advice.written import Written
from monitor.errors import Problem
from monitor.model.alert import SEVERITIES
from monitor.rules.words import nearest


def advise(written: Written, _facts: Facts) -> Iterator[Problem]:
    """A warning where the label is not one of the known words."""
    got = written.rule.alert.labels.get("severity")
    if got is not None and got not in SEVERITIES:
        message = f"unknown severity '{got}', expected {' | '.join(SEVERITIES)}"
        yield written.warning(("labels", "severity"), message, nearest(got, SEVERITIES))
