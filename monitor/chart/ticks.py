"""Where an axis is marked: round instants and round numbers, no more of them than there is room for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from monitor.model.bar import DAY, HOUR

_MONTHS_OF_YEAR = 12
_HOURS = (1, 3, 6, 12)
_DAYS = (1, 2, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis of time: epoch seconds, and what stands there."""

    at: int
    label: str


def time_ticks(first: int, last: int, most: int) -> tuple[Tick, ...]:
    """Round instants between two epoch seconds, both included: hours, days, months or years; at most `most`."""
    for every in (hours * HOUR for hours in _HOURS):
        if (last - first) // every < most:
            return tuple(_even(first, last, every, "%m-%d %H:%M"))
    for every in (days * DAY for days in _DAYS):
        if (last - first) // every < most:
            return tuple(_even(first, last, every, "%Y-%m-%d"))
    for months in _MONTHS:
        ticks = tuple(_monthly(first, last, months))
        if len(ticks) <= most:
            return ticks
    return ()


def _even(first: int, last: int, every: int, label: str) -> Iterator[Tick]:
    phase = 4 * DAY if every % (7 * DAY) == 0 else 0  # weeks start on Mondays; 1970-01-05 was one
    start = -((phase - first) // every) * every + phase
    start += every if start < first else 0
    for at in range(start, last + 1, every):
        yield Tick(at, datetime.fromtimestamp(at, UTC).strftime(label))


def _monthly(first: int, last: int, months: int) -> Iterator[Tick]:
    begun = datetime.fromtimestamp(first, UTC)
    number = (begun.year * _MONTHS_OF_YEAR + begun.month - 1) // months * months
    label = "%Y" if months >= _MONTHS_OF_YEAR else "%Y-%m"
    while (at := _month(number)) <= last:
        if at >= first:
            yield Tick(at, (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)).strftime(label))
        number += months


def _month(number: int) -> int:
    """Epoch seconds at which the month of this number (from year 0) begins."""
    year, month = divmod(number, _MONTHS_OF_YEAR)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp())


def even_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Multiples of 1, 2 or 5 times a power of ten between two numbers, both included; at most `most`."""
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        return ()
    exponent = math.floor(math.log10((high - low) / most))
    for step in (Decimal(step).scaleb(exponent + more) for more in (0, 1, 2) for step in _STEPS):
        first, last = math.ceil(Decimal(low) / step), math.floor(Decimal(high) / step)
        if last - first < most:
            return tuple(float(number * step) for number in range(first, last + 1))
    return ()


def log_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """1, 2 and 5 times powers of ten between two numbers above zero; only powers of ten where those are too many."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps, apart in ((_STEPS, 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3), ((1,), 6)):
        numbers = [
            float(Decimal(step).scaleb(exponent)) for exponent in exponents if exponent % apart == 0 for step in steps
        ]
        inside = tuple(number for number in numbers if low <= number <= high)
        if len(inside) <= most:
            return inside
    return ()
