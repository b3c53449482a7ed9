"""Rules that say the same twice."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.advice.facts import Facts
from monitor.advice.written import Written
from monitor.errors import Problem


def advise(written: Written, facts: Facts) -> Iterator[Problem]:
    """A warning at each rule that judges what an earlier one judges."""
    first = facts.twins.get(written.rule.name)
    if first is not None:
        message = f"judges the same as {first.name} ({first.path}:{first.line}): everything is told twice"
        yield written.warning(("alert",), message, "remove one of them, or watch something else")
