"""Prices, context lengths, modalities and retirement dates per model id from OpenRouter's public list of models."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from monitor.errors import ContractError, SourceError
from monitor.model.fact import listed
from monitor.model.labels import Labels
from monitor.model.quantity import day
from monitor.model.sample import Snapshot
from monitor.ports import Source, Window
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.fetch import Body, Fetch
from monitor.sources.levels import Level, Listing
from monitor.sources.price import PER_TOKEN, usd

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
_METRICS = (*_PRICES.values(), _CONTEXT_LENGTH, "modalities", "retires_at")
_MODALITIES = {"input_modalities": "in", "output_modalities": "out"}
_MODALITY = re.compile(r"[a-z0-9_-]{1,40}")
_ALWAYS = ("prompt", "completion")  # the other prices may be left out
_MOST_BROKEN = 0.05  # of all models; more is a broken list, not a broken entry
_ID = re.compile(r"[!-~]{1,200}")
_ALIAS = "~"  # ~author/name-latest points to another model, and its price jumps when that moves
_CLOCK = ("utc_start", "utc_end")
_MIDNIGHT = 2400  # as a clock number, at the end of a day
_HOUR_MINUTES = 60
_MINUTES = 24 * _HOUR_MINUTES


class Config(BaseModel):
    """Settings of this kind. `schedule` as in a crontab; H = a minute that the scheduler derives from the name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field("https://openrouter.ai/api/v1/models", pattern=r"^https?://[^\s@]+$")
    schedule: str = Field("H * * * *", pattern=r"^\S+( \S+){4}$")
    stale_after: timedelta = Field(timedelta(hours=6), gt=timedelta(0))


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
        return Listing(KIND, _SOURCE, _METRICS, _CITATION, self.config.stale_after)

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
    faults: list[str] = []
    broken = 0
    models: dict[str, Model] = {}
    for place in places:
        found: list[SourceError] = []
        model = _model(place, found)
        if model is not None and model.id in models:
            raise place.at("id").fault("an id that stands once in the list")
        if model is not None and not model.id.startswith(_ALIAS):
            models[model.id] = model
        broken += bool(found)
        faults += (fault.message for fault in found)
    if broken > _MOST_BROKEN * len(places):
        raise ContractError(
            f"{KIND}: data: got {broken} broken entries of {len(places)}, expected at most {_MOST_BROKEN:.0%}",
            hint=f"the first: {faults[0]}",
        )
    return Catalogue(tuple(models.values()), len(places), tuple(faults))


def _model(place: Place, faults: list[SourceError]) -> Model | None:
    try:
        name = _identifier(place.at("id"))
        slug = _identifier(place.at("canonical_slug"))
        pricing = place.at("pricing")
        for field in _ALWAYS:
            pricing.at(field)
    except SourceError as fault:
        faults.append(fault)
        return None
    prices = {}
    for field in _PRICES:
        try:
            price = _price(pricing, field)
        except SourceError as fault:
            faults.append(fault)
        else:
            if price is not None:
                prices[field] = price
    entry = place.of(dict)
    modalities, retires_at = _modalities(entry.get("architecture")), _day(entry.get("expiration_date"))
    return Model(name, _permaslug(slug, name), prices, _length(entry.get(_CONTEXT_LENGTH)), modalities, retires_at)


def _identifier(place: Place) -> str:
    text = place.of(str)
    if not _ID.fullmatch(text):
        raise place.fault("an id of at most 200 characters, without spaces")
    return text


def _permaslug(canonical: str, name: str) -> str:
    """The name in usage: the permanent slug with the variant (":free", ":batch" …) of the id."""
    _, colon, variant = name.partition(":")
    return canonical.partition(":")[0] + colon + variant


def _length(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None


def _modalities(architecture: object) -> str:
    """All that goes in and comes out, as one text; empty where either is not a list of words."""
    found: list[str] = []
    for field, way in _MODALITIES.items():
        words = architecture.get(field) if isinstance(architecture, dict) else None
        if not isinstance(words, list) or not words:
            return ""
        if not all(isinstance(word, str) and _MODALITY.fullmatch(word) for word in words):
            return ""
        found += (f"{word} {way}" for word in words)
    return listed(found)


def _day(value: object) -> int | None:
    try:
        return day(value)
    except ValueError:
        return None


def _price(pricing: Place, field: str) -> Decimal | None:
    overrides = pricing.at("overrides").items() if pricing.of(dict).get("overrides") else []
    timed = [override for override in overrides if _is_by_clock(override.of(dict), field)]
    if not timed:
        return usd(pricing.at(field), PER_TOKEN) if field in pricing.of(dict) else None
    held = Counter(price for price in _by_minute(timed, field) if price is not None)
    return max(held, key=lambda price: (held[price], price), default=None)


def _is_by_clock(entry: Mapping[str, object], field: str) -> bool:
    return field in entry and not entry.keys().isdisjoint(_CLOCK) and "min_prompt_tokens" not in entry


def _by_minute(overrides: Sequence[Place], field: str) -> Sequence[Decimal | None]:
    """(1440,): the price at each minute of the UTC day; None = nothing is said. Later entries win."""
    prices: list[Decimal | None] = [None] * _MINUTES
    for override in overrides:
        price = usd(override.at(field), PER_TOKEN)
        start, end = (_minute(override, name) for name in _CLOCK)
        for minute in range(start, end) if start < end else (*range(start, _MINUTES), *range(end)):
            prices[minute] = price
    return prices


def _minute(override: Place, name: str) -> int:
    """Minutes after midnight of a clock number such as 1630; raises SourceError."""
    place = override.at(name)
    clock = place.value
    if type(clock) is not int or not 0 <= clock <= _MIDNIGHT or clock % 100 >= _HOUR_MINUTES:
        raise place.fault("a clock number HHMM")
    return clock // 100 * _HOUR_MINUTES + clock % 100


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
