"""Prices with dates: which are in force now, and what is announced for later. Days begin at midnight UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

Prices = Mapping[str, Decimal]
"""USD per million tokens by metric."""

ANNOUNCED = {"price_input": "announced_input", "price_output": "announced_output"}
CHANGES_AT = "price_changes_at"
DATED_METRICS = (CHANGES_AT, *ANNOUNCED.values())


@dataclass(frozen=True, slots=True)
class Dated:
    """Prices from `since` to before `until`, epoch seconds; None = from ever, without end."""

    prices: Prices
    since: int | None = None
    until: int | None = None

    def holds(self, at: int) -> bool:
        """Whether they are in force at that instant."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


def in_force(spans: Sequence[Dated], at: int) -> Prices:
    """The prices at an instant; where several hold, the last. Empty where none does."""
    return next((span.prices for span in reversed(spans) if span.holds(at)), {})


def announced(spans: Sequence[Dated], at: int) -> Mapping[str, Decimal | int]:
    """The next change after an instant: its date, and the input and output price from then on; empty if there is none.

    A date at which all prices stay the same is no change.
    """
    edges = {edge for span in spans for edge in (span.since, span.until) if edge is not None and edge > at}
    now = in_force(spans, at)
    for edge in sorted(edges):
        later = in_force(spans, edge)
        if later != now:
            prices = {ANNOUNCED[metric]: price for metric, price in later.items() if metric in ANNOUNCED}
            return {CHANGES_AT: edge, **prices}
    return {}
