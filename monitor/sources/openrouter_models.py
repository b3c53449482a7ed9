"""Prices, context lengths, modalities and retirement dates per model id from OpenRouter's public list of models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from monitor.model.labels import Labels
from monitor.model.sample import Snapshot
from monitor.ports import Source, Window
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Schedule, Span, Url
from monitor.sources.entries import Faults, identifier, once, read_each, tried
from monitor.sources.facts import modalities, start_of_day
from monitor.sources.fetch import Body, Fetch
from monitor.sources.hours import Stretch, longest, minute_of
from monitor.sources.levels import Level, Listing
from monitor.sources.price import PER_TOKEN, usd

_Fact = TypeVar("_Fact")

KIND = "openrouter_models"
_SOURCE = "openrouter"  # the label of the samples
_CITATION = "Prices: OpenRouter (openrouter.ai/models)"
ABOUT = About(
    title="OpenRouter's list of models",
    label=_SOURCE,
    shows=Shows.ROUTED_PRICES,
    site="openrouter.ai/models",
    licence="not stated",
    duty="do not republish the list",
    limits="none stated; cached for two minutes",
)
_PRICES: Mapping[str, str] = {
    "prompt": "price_input",
    "completion": "price_output",
    "input_cache_read": "price_cache_read",
    "input_cache_write": "price_cache_write",
}
_CONTEXT_LENGTH = "context_length"
METRICS = (*_PRICES.values(), _CONTEXT_LENGTH, "modalities", "retires_at")
_ALWAYS = ("prompt", "completion")  # the other prices may be left out
_ALIAS = "~"  # ~author/name-latest points to another model, and its price jumps when that moves
_CLOCK = ("utc_start", "utc_end")
_CLOCK_NUMBER = "a clock number HHMM"


class Config(ListConfig):
    """Settings of this kind."""

    url: Url = "https://openrouter.ai/api/v1/models"
    schedule: Schedule = "H * * * *"
    stale_after: Span = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Model:
    """One entry. `prices`: USD per million tokens by field of the answer; a field without a price is not in it.

    `modalities`: "image in, text in, text out", empty = not said. `retires_at`: epoch seconds, the start of that day.
    """

    id: str
    permaslug: str
    prices: Mapping[str, Decimal]
    context_length: int | None
    modalities: str
    retires_at: int | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The list. `entries`: how many it had, moving aliases included; `faults`: of fields that were left unknown."""

    models: tuple[Model, ...]
    entries: int
    faults: tuple[str, ...]


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Models(config, fetch)


@dataclass(frozen=True, slots=True)
class _Models:
    config: Config
    fetch: Fetch

    async def poll(self, window: Window) -> Snapshot:  # noqa: ARG002  (a list of prices has no past)
        """The list as it is now; raises SourceError."""
        answer = await self.fetch.get(self.config.url, conditional=True)
        if answer.not_modified:
            return self._listing.unchanged(answer.fetched_at)
        return self._snapshot(answer)

    def reparse(self, body: bytes, fetched_at: datetime) -> Snapshot:
        """See `Reparsing`."""
        return self._snapshot(Body.of(body, fetched_at))

    @property
    def _listing(self) -> Listing:
        return Listing(KIND, _SOURCE, METRICS, _CITATION, self.config.stale_after)

    def _snapshot(self, answer: Body) -> Snapshot:
        found = parse(answer.body)
        snapshot = self._listing.snapshot(answer, _levels(found.models), entries=found.entries, faults=found.faults)
        return replace(snapshot, aliases=tuple((model.permaslug, model.id) for model in found.models))


def parse(body: bytes) -> Catalogue:
    """Read the list; raises SourceError when it is no list of models or more than 5 % of them are broken.

    A price that is negative, no decimal number or above a million USD per million tokens is left unknown. "-1" and
    null are no price. Moving aliases ("~author/name-latest") are left out.

    Prices by the hour: the price of a series is the one that holds for most minutes of the day by the schedule in
    `overrides` (the higher of two that hold equally long). The top-level price is that of the moment of reading, so
    it counts only where no time of day is given. Overrides for long prompts do not count.
    """
    answer = decoded(KIND, body)
    links = answer.of(dict).get("links")
    if isinstance(links, dict) and links.get("next") is not None:
        raise answer.at("links").at("next").fault("null: the whole list in one answer")
    places = answer.at("data").items()
    once(places, "id")
    entries = read_each(answer.at("data"), places, _model)
    models = tuple(model for model in entries.found if not model.id.startswith(_ALIAS))
    return Catalogue(models, entries.count, entries.faults)


def _model(place: Place, faults: Faults) -> Model:
    name, slug, pricing = identifier(place.at("id")), identifier(place.at("canonical_slug")), place.at("pricing")
    for field in _ALWAYS:
        pricing.at(field)
    found = {field: tried(faults, _price, pricing, field) for field in _PRICES}
    return Model(
        id=name,
        permaslug=_permaslug(slug, name),
        prices={field: price for field, price in found.items() if price is not None},
        context_length=_length(place.of(dict).get(_CONTEXT_LENGTH)),
        modalities=_unless_wrong(_modalities, place) or "",
        retires_at=_unless_wrong(_retires_at, place),
    )


def _permaslug(canonical: str, name: str) -> str:
    """The name in usage: the permanent slug with the variant (":free", ":batch" …) of the id."""
    _, colon, variant = name.partition(":")
    return canonical.partition(":")[0] + colon + variant


def _length(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None


def _unless_wrong(read: Callable[[Place], _Fact], place: Place) -> _Fact | None:
    """A fact that is wrong is as good as one that is not there: prices are what this list is read for."""
    return tried([], read, place)


def _modalities(place: Place) -> str:
    architecture = place.at("architecture")
    return modalities(architecture.at("input_modalities"), architecture.at("output_modalities"))


def _retires_at(place: Place) -> int | None:
    return start_of_day(place.at("expiration_date"))


def _price(pricing: Place, field: str) -> Decimal | None:
    overrides = pricing.at("overrides").items() if pricing.of(dict).get("overrides") else []
    timed = [override for override in overrides if _is_by_clock(override.of(dict), field)]
    if not timed:
        return usd(pricing.at(field), PER_TOKEN) if field in pricing.of(dict) else None
    return longest(_stretch(override, field) for override in timed)


def _is_by_clock(entry: Mapping[str, object], field: str) -> bool:
    return field in entry and not entry.keys().isdisjoint(_CLOCK) and "min_prompt_tokens" not in entry


def _stretch(override: Place, field: str) -> Stretch:
    price = usd(override.at(field), PER_TOKEN)
    start, end = (_minute(override.at(name)) for name in _CLOCK)
    return Stretch(start, end, price)


def _minute(place: Place) -> int:
    """Minutes after midnight of a clock number such as 1630; raises SourceError."""
    clock = place.value
    if type(clock) is not int:
        raise place.fault(_CLOCK_NUMBER)
    return minute_of(place, clock // 100, clock % 100, _CLOCK_NUMBER)


def _levels(models: Sequence[Model]) -> Iterator[Level]:
    for model in models:
        labels = Labels.of(source=_SOURCE, model=model.id)
        for field, price in model.prices.items():
            yield Level(_PRICES[field], labels, price)
        if model.context_length is not None:
            yield Level(_CONTEXT_LENGTH, labels, float(model.context_length))
        if model.modalities:
            yield Level("modalities", labels, model.modalities)
        if model.retires_at is not None:
            yield Level("retires_at", labels, float(model.retires_at))
