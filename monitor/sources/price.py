"""Reads one price of an answer, exactly: decimals, never binary floats."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal

from monitor.sources.answer import Place


@dataclass(frozen=True, slots=True)
class PriceUnit:
    """A unit of a source. `factor`: what makes USD per million tokens of it."""

    name: str
    factor: Decimal


PER_TOKEN = PriceUnit("USD per token", Decimal(1_000_000))
PER_MILLION = PriceUnit("USD per million tokens", Decimal(1))
CENTS_PER_TOKEN = PriceUnit("US cents per token", Decimal(10_000))

_NO_PRICE = Decimal(-1)  # "varies": the model is a router
_ABSURD = Decimal(1_000_000)  # USD per million tokens
_DIGITS = 12  # significant ones; "0.0000006000000000000001" was seen for "0.0000006"
_DECIMAL = re.compile(r"-?\d{1,30}(\.\d{1,40})?([eE][+-]?\d{1,2})?", re.ASCII)


def usd(place: Place, unit: PriceUnit) -> Decimal | None:
    """USD per million tokens of a JSON number or decimal text; None = no price (null, -1). Raises SourceError.

    Negative prices and those above a million dollars per million tokens are faults.
    """
    value = place.value
    if value is None:
        return None
    text = value if isinstance(value, str) else "" if isinstance(value, bool) else str(value)
    if not _DECIMAL.fullmatch(text):
        raise place.fault(f"a price in {unit.name} as a decimal number")
    price = Decimal(text)
    if price == _NO_PRICE:
        return None
    if not 0 <= price * unit.factor <= _ABSURD:
        raise place.fault(f"a price from 0 to {_ABSURD / unit.factor:,} {unit.name}, or -1 for none")
    return abs(price * unit.factor).normalize(Context(prec=_DIGITS))
