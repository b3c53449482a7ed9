"""Prices by the hour of the day: the one that holds for most of it. A look at any hour sees the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from monitor.sources.answer import Place

_HOUR = 60
_MINUTES = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Stretch:
    """A price from minute `start` of the UTC day to before minute `end`; around midnight where `end` is not later."""

    start: int
    end: int
    price: Decimal | None


def longest(stretches: Iterable[Stretch], otherwise: Decimal | None = None) -> Decimal | None:
    """The price that holds for most minutes of a day, the higher of two that hold equally long.

    Later ones win. `otherwise`: the price outside all of them. None = no price at any minute.
    """
    prices: list[Decimal | None] = [otherwise] * _MINUTES
    for stretch in stretches:
        within = range(stretch.start, stretch.end)
        for minute in within or (*range(stretch.start, _MINUTES), *range(stretch.end)):
            prices[minute] = stretch.price
    held = Counter(price for price in prices if price is not None)
    return max(held, key=lambda price: (held[price], price), default=None)


def minute_of(place: Place, hour: int, minute: int, expected: str) -> int:
    """Minutes after midnight, at most a whole day; raises SourceError, with what was expected at this place."""
    if not (0 <= minute < _HOUR and 0 <= hour * _HOUR + minute <= _MINUTES):
        raise place.fault(expected)
    return hour * _HOUR + minute
