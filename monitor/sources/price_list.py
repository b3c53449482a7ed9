"""Lists of models with their prices and facts: what the sources that read one share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from monitor.model.labels import Labels
from monitor.model.metric import PRICES
from monitor.model.sample import Snapshot
from monitor.ports import Window
from monitor.sources.answer import Place
from monitor.sources.entries import Faults, read_each, tried
from monitor.sources.facts import count
from monitor.sources.fetch import Body, Fetch
from monitor.sources.levels import Level, Listing
from monitor.sources.price import PriceUnit, usd

_Item = TypeVar("_Item")
_Value = TypeVar("_Value")

INPUT, OUTPUT, CACHE_READ, CACHE_WRITE = PRICES

_MOVING = "-latest"

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


@dataclass(frozen=True, slots=True)
class ListSource:
    """A source that is one list at one address. `read`: what an answer shows; raises SourceError.

    `conditional`: it is only read again if it changed. Not so where what it shows depends on the day.
    """

    fetch: Fetch
    url: str
    listing: Listing
    read: Callable[[Body], PriceList]
    conditional: bool = True

    async def poll(self, window: Window) -> Snapshot:  # noqa: ARG002  (a list of prices has no past)
        """The list as it is now; raises SourceError."""
        answer = await self.fetch.get(self.url, conditional=self.conditional)
        if answer.not_modified:
            return self.listing.unchanged(answer.fetched_at)
        return snapshot(self.listing, answer, self.read(answer))

    def reparse(self, body: bytes, fetched_at: datetime) -> Snapshot:
        """See `Reparsing`."""
        answer = Body.of(body, fetched_at)
        return snapshot(self.listing, answer, self.read(answer))


def snapshot(listing: Listing, answer: Body, found: PriceList) -> Snapshot:
    """All that one answer shows."""
    levels = _levels(listing.label, found.models)
    return listing.snapshot(answer, levels, entries=found.entries, faults=found.faults)


def read_models(holder: Place, items: Sequence[_Item], read: Callable[[_Item, Faults], Model | None]) -> PriceList:
    """Read the entries of a list but moving aliases; None = nothing to keep. Raises SourceError as `read_each`."""
    entries = read_each(holder, items, read)
    return PriceList(steady(entries.found), entries.count, entries.faults)


def steady(models: Iterable[Model]) -> tuple[Model, ...]:
    """Without moving aliases ("mistral-large-latest"): their price jumps when they come to point to another model."""
    return tuple(model for model in models if not model.name.endswith(_MOVING))


def prices_of(place: Place, metrics: Mapping[str, str], unit: PriceUnit, faults: Faults) -> dict[str, Decimal]:
    """The prices of an object, by metric, given the metric of each field; what is absent, null or -1 is not in it."""
    return facts_of(place, metrics, lambda field: usd(field, unit), faults)


def counts_of(place: Place, metrics: Mapping[str, str], faults: Faults) -> dict[str, int]:
    """Numbers of tokens of an object, by metric, given the metric of each field; absent, null and 0 say nothing."""
    return facts_of(place, metrics, count, faults)


def facts_of(
    place: Place, metrics: Mapping[str, str], read: Callable[[Place], _Value | None], faults: Faults
) -> dict[str, _Value]:
    """What `read` makes of the fields of an object, by metric, given the metric of each; None is left out."""
    there = {metric: place.get(field) for field, metric in metrics.items()}
    found = {metric: tried(faults, read, field) for metric, field in there.items() if field is not None}
    return {metric: value for metric, value in found.items() if value is not None}


def without_placeholders(prices: Mapping[str, Decimal], *, free: bool) -> dict[str, Decimal]:
    """Without the zeros that stand for "not known" or "not sold so".

    A zero is believed only where input and output are both zero and `free` says that this means free of charge.
    """
    both = prices.get(INPUT) == 0 == prices.get(OUTPUT)
    return {metric: price for metric, price in prices.items() if price != 0 or (both and free)}


def _levels(label: str, models: Iterable[Model]) -> Iterator[Level]:
    for model in models:
        labels = Labels.of(source=label, model=model.name)
        for metric, value in model.shown.items():
            yield Level(metric, labels, value)
