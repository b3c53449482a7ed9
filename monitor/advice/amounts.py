"""Numbers in another unit than was meant: 5 for 5%, the price of one token for that of a million."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.advice.facts import Facts
from monitor.advice.written import Written
from monitor.errors import Problem
from monitor.model.metric import Unit
from monitor.model.quantity import percent, quantity, usd
from monitor.rules.expression.arithmetic import Binary
from monitor.rules.expression.nodes import Number, walk

_LIMITS = frozenset({"above", "below", "crosses_above", "crosses_below", "crosses", "levels"})
_LEAST_PRICE = 0.0005  # USD per million tokens; the cheapest recorded price above zero is twenty times that
_MILLION = 1_000_000


def advise(written: Written, _facts: Facts) -> Iterator[Problem]:
    """A warning for each number that is written without a unit and most likely means another one."""
    unit = written.rule.alert.unit
    if unit not in (Unit.RATIO, Unit.USD) or not _is_odd(written, unit):
        return
    for keys, text in written.scalars():
        value = _bare(text) if _LIMITS & set(keys) else None
        if value is not None and unit is Unit.RATIO and value > 1:
            yield written.warning(keys, f"{text} is {percent(value)} of a whole", f"did you mean {text.strip()}%?")
        elif value is not None and unit is Unit.USD and 0 < value < _LEAST_PRICE:
            meant = usd(value * _MILLION)
            message = f"{text} reads as the price of one token; prices are USD per million tokens"
            yield written.warning(keys, message, f"did you mean {meant}?")


def _is_odd(written: Written, unit: Unit) -> bool:
    """Whether its file need be looked into at all, by the compiled rule alone; a quotient may well be above 1."""
    if any(isinstance(each, Binary) for each in walk(written.rule.watch)):
        return False
    operands = [each for condition in written.rule.conditions for each in condition.operands]
    numbers = [each.value for each in operands if isinstance(each, Number)]
    return any(each > 1 if unit is Unit.RATIO else 0 < each < _LEAST_PRICE for each in numbers)


def _bare(text: str) -> float | None:
    try:
        amount = quantity(text)
    except ValueError:
        return None
    return None if amount.is_ratio else amount.value
