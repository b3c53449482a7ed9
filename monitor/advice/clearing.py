"""`clear` on the wrong side: it holds while the condition is true, so that the alert ends as soon as it began."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.advice.facts import Facts
from monitor.advice.limits import Limit, limit_of
from monitor.advice.written import Written
from monitor.errors import Problem
from monitor.model.quantity import written as shown


def advise(written: Written, _facts: Facts) -> Iterator[Problem]:
    """A warning where condition and `clear` are true of the same values."""
    rule = written.rule
    fires, clears = limit_of(rule.condition), limit_of(rule.clear)
    if fires is None or clears is None or not _overlap(fires, clears):
        return
    unit = rule.alert.unit
    side, other = ("above", "below") if fires.above else ("below", "above")
    message = f"holds while the rule is true ({side} {shown(fires.value, unit)}): the alert ends as soon as it began"
    hint = f"for example clear: {{{other}: {shown(fires.value, unit)}}}, or further {other} to keep it from flapping"
    yield written.warning(("clear",), message, hint)


def _overlap(fires: Limit, clears: Limit) -> bool:
    """Whether there are values that make both true."""
    if fires.above == clears.above:
        return True
    return clears.value > fires.value if fires.above else clears.value < fires.value
