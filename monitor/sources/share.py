"""Reads one share of an answer, exactly: decimals, never binary floats."""

from __future__ import annotations

from decimal import Decimal

from monitor.sources.answer import Place


def ratio(place: Place, *, whole: int) -> Decimal:
    """A share from 0 to 1 of a JSON number from 0 to `whole` (1, or 100 for percent); raises SourceError."""
    value = place.value
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value <= whole:
        raise place.fault(f"a share as a number from 0 to {whole}")
    return Decimal(value) / whole
