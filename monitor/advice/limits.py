"""Numbers that a rule compares with, as compiled: which way it looks, and at which number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.advice.facts import Facts
from monitor.advice.written import Keys, Written
from monitor.errors import Problem
from monitor.model.metric import Unit
from monitor.model.quantity import written as shown
from monitor.rules.conditions.condition import Condition
from monitor.rules.conditions.crossing import Crossing
from monitor.rules.conditions.threshold import Threshold
from monitor.rules.expression.across import Share
from monitor.rules.expression.arithmetic import Binary
from monitor.rules.expression.nodes import Expression, Number, walk


@dataclass(frozen=True, slots=True)
class Limit:
    """`above`: true above the number, otherwise below it. `crosses`: only after having been on the other side."""

    above: bool
    value: float
    crosses: bool

    def beyond(self, value: float) -> bool:
        """Whether a value is on the side that fires."""
        return value > self.value if self.above else value < self.value


def limit_of(condition: Condition | None) -> Limit | None:
    """Of a condition that compares with a plain number and has one side that fires; None of all others."""
    match condition:
        case Threshold(limit=Number(value=value)):
            return Limit(condition.above, value, crosses=False)
        case Crossing(limit=Number(value=value)) if condition.turning.direction:
            return Limit(condition.turning.direction > 0, value, crosses=True)
        case _:
            return None


def advise(written: Written, _facts: Facts) -> Iterator[Problem]:
    """A warning where no value can ever be on the side that fires, or can never be on the side that clears."""
    rule = written.rule
    for under, condition in (((), rule.condition), (("clear",), rule.clear)):
        limit = limit_of(condition)
        if limit is None:
            continue
        if limit.above and limit.value >= 1 and isinstance(rule.watch, Share):
            told, hint = "a share is never above 100%", "write a smaller share, such as 5%"
        elif not limit.above and limit.value <= 0 and _is_positive(rule.watch):
            told, hint = f"{rule.watch.unit} are never below {shown(0, Unit.NUMBER)}", "write an amount above zero"
        else:
            continue
        yield written.warning(_keys(written, under), f"{told}: this never {'clears' if under else 'fires'}", hint)


def _is_positive(expression: Expression) -> bool:
    counted = (Unit.TOKENS, Unit.RATIO, Unit.USD, Unit.COUNT, Unit.SECONDS)
    return expression.unit in counted and not any(isinstance(each, Binary) for each in walk(expression))


def _keys(written: Written, under: Keys) -> Keys:
    """Where the limit stands, of the condition itself or of what clears it."""
    keys = ("above", "below", "crosses_above", "crosses_below")
    return next((found for found, _ in written.scalars() if found[:-1] == under and found[-1] in keys), under)


def place_of(written: Written) -> Keys:
    """The key of the rule's own limit."""
    return _keys(written, ())
