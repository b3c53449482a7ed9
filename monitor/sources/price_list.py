"""Lists of models with their prices and facts: what the sources that read one share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from monitor.model.labels import Labels
from monitor.model.sample import Snapshot
from monitor.sources.answer import Place
from monitor.sources.entries import Faults, read_each, tried
from monitor.sources.facts import count
from monitor.sources.fetch import Body, Fetch
from monitor.sources.levels import PRICE_FIELDS, Level, Listing
from monitor.sources.price import PriceUnit, usd

_Value = TypeVar("_Value")

INPUT, OUTPUT, CACHE_READ, CACHE_WRITE = PRICE_FIELDS

Shown = Mapping[str, Decimal | int | str]
"""What a list shows of a model, by metric, in the units of the metrics; what it does not show is not in it."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model as a list shows it. `name`: as the source spells it."""

    name: str
    shown: Shown


@dataclass(frozen=True, slots=True)
class PriceList:
    """`entries`: how many there were, those without a price included; `faults`: of what was left unknown."""

    models: tuple[Model, ...]
    entries: int
    faults: tuple[str, ...]


def read_models(holder: Place, places: Sequence[Place], read: Callable[[Place, Faults], Model | None]) -> PriceList:
    """Read the entries of a list; None = nothing to keep. Raises SourceError where more than 5 % are broken."""
    entries = read_each(holder, places, read)
    return PriceList(entries.found, entries.count, entries.faults)


def prices_of(place: Place, metrics: Mapping[str, str], unit: PriceUnit, faults: Faults) -> dict[str, Decimal]:
    """The prices of an object, by metric, given the metric of each field; what is absent, null or -1 is not in it."""
    return _each(place, metrics, lambda field: usd(field, unit), faults)


def counts_of(place: Place, metrics: Mapping[str, str], faults: Faults) -> dict[str, int]:
    """Numbers of tokens of an object, by metric, given the metric of each field; absent, null and 0 say nothing."""
    return _each(place, metrics, count, faults)


def _each(
    place: Place, metrics: Mapping[str, str], read: Callable[[Place], _Value | None], faults: Faults
) -> dict[str, _Value]:
    there = place.of(dict).keys()
    found = {metric: tried(faults, read, place.at(field)) for field, metric in metrics.items() if field in there}
    return {metric: value for metric, value in found.items() if value is not None}


def without_placeholders(prices: Mapping[str, Decimal], *, free: bool) -> dict[str, Decimal]:
    """Without the zeros that stand for "not known" or "not sold so".

    A zero is believed only where input and output are both zero and `free` says that this means free of charge.
    """
    both = prices.get(INPUT) == 0 == prices.get(OUTPUT)
    return {metric: price for metric, price in prices.items() if price != 0 or (both and free)}


def snapshot(listing: Listing, answer: Body, found: PriceList) -> Snapshot:
    """All that one answer shows."""
    levels = _levels(listing.label, found.models)
    return listing.snapshot(answer, levels, entries=found.entries, faults=found.faults)


async def look(fetch: Fetch, url: str, listing: Listing, parse: Callable[[bytes], PriceList]) -> Snapshot:
    """Ask for the list if it changed since the last believed look; raises SourceError."""
    answer = await fetch.get(url, conditional=True)
    if answer.not_modified:
        return listing.unchanged(answer.fetched_at)
    return snapshot(listing, answer, parse(answer.body))


def _levels(label: str, models: Iterable[Model]) -> Iterator[Level]:
    for model in models:
        labels = Labels.of(source=label, model=model.name)
        for metric, value in model.shown.items():
            yield Level(metric, labels, value)
