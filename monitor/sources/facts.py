"""Reads facts of a model: counts, days, what goes in and comes out. What is wrong is a fault, what is absent None."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from monitor.model.fact import listed
from monitor.model.quantity import day
from monitor.sources.answer import Place

_MODALITY = re.compile(r"[a-z0-9_-]{1,40}")


def count(place: Place) -> int | None:
    """A number of tokens; null and 0 say nothing. Raises SourceError."""
    value = place.value
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value < 0 or value != int(value):
        raise place.fault("a whole number of tokens")
    return int(value) or None


def start_of_day(place: Place) -> int | None:
    """Epoch seconds at which a day such as "2026-09-30" begins in UTC; None = null. Raises SourceError."""
    if place.value is None:
        return None
    try:
        return day(place.value)
    except ValueError:
        raise place.fault("a day such as 2026-09-30") from None


def modalities(inputs: Place, outputs: Place) -> str:
    """All that goes in and comes out as one text, "image in, text in, text out"; raises SourceError.

    Empty where either list is: the source does not know.
    """
    ways = [*_each(inputs, "in")], [*_each(outputs, "out")]
    return listed(ways[0] + ways[1]) if all(ways) else ""


def _each(place: Place, way: str) -> Iterator[str]:
    for word in place.of(list):
        if not (isinstance(word, str) and _MODALITY.fullmatch(word)):
            raise place.fault("a list of words such as text, image")
        yield f"{word} {way}"
