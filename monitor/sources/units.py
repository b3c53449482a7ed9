"""The units in which people write values of their own, and how each is read as what a metric holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial

from monitor.model.metric import Unit
from monitor.sources.answer import Place
from monitor.sources.moment import moment
from monitor.sources.price import CENTS_PER_TOKEN, PER_MILLION, PER_TOKEN, usd
from monitor.sources.share import ratio

Reader = Callable[[Place], Decimal | float | str | None]
"""Reads a JSON value, or the text of a field; None = no value. Raises SourceError."""

_DECIMAL = re.compile(r"[+-]?(\d{1,30}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,2})?", re.ASCII)
_LONGEST_TEXT = 200


def number(place: Place) -> Decimal:
    """A JSON number, or a text that is one; raises SourceError."""
    value = place.value
    text = value if isinstance(value, str) else "" if isinstance(value, bool) else str(value)
    if not _DECIMAL.fullmatch(text):
        raise place.fault("a number with a decimal point, without blanks or commas")
    return Decimal(text)


def text(place: Place) -> str:
    """A text on one line, or a whole number as one; raises SourceError."""
    value = str(place.value) if type(place.value) is int else place.value
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT or not value.isprintable():
        raise place.fault(f"a text of 1 to {_LONGEST_TEXT} characters on one line")
    return value


def _scaled(place: Place, factor: Decimal, *, negative: bool = False) -> Decimal:
    found = number(place) * factor
    if found < 0 and not negative:
        raise place.fault("a number of 0 or more")
    return found


def _share(place: Place, whole: int) -> Decimal:
    return ratio(replace(place, value=number(place)), whole=whole)


def _times(factor: str) -> Reader:
    return partial(_scaled, factor=Decimal(factor))


UNITS: Mapping[Unit, Mapping[str, Reader]] = {
    Unit.USD: {unit.name: partial(usd, unit=unit) for unit in (PER_MILLION, PER_TOKEN, CENTS_PER_TOKEN)},
    Unit.TOKENS: {
        "tokens": _times("1"),
        "thousand tokens": _times("1e3"),
        "million tokens": _times("1e6"),
        "billion tokens": _times("1e9"),
    },
    Unit.RATIO: {"ratio": partial(_share, whole=1), "percent": partial(_share, whole=100)},
    Unit.COUNT: {"count": _times("1")},
    Unit.NUMBER: {"number": partial(_scaled, factor=Decimal(1), negative=True)},
    Unit.DATE: {"date": moment},
    Unit.TEXT: {"text": text},
}
"""By what a metric holds: every unit that is understood, by its name. Seconds are the monitor's own."""


def absent(place: Place) -> bool:
    """Whether nothing stands there: null, or an empty field."""
    return place.value is None or place.value == ""
