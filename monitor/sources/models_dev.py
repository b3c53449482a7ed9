"""List prices and facts of models by their vendors, from models.dev, which people keep by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from monitor.ports import Source
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Names, Schedule, Span, Url
from monitor.sources.entries import Faults, identifier, tried
from monitor.sources.facts import modalities
from monitor.sources.fetch import Fetch
from monitor.sources.levels import Listing
from monitor.sources.price import PER_MILLION
from monitor.sources.price_list import (
    CACHE_READ,
    CACHE_WRITE,
    INPUT,
    OUTPUT,
    ListSource,
    Model,
    PriceList,
    counts_of,
    prices_of,
    read_models,
    without_placeholders,
)

KIND = "models_dev"
ABOUT = About(
    title="models.dev",
    label="models.dev",
    shows=Shows.LIST_PRICES,
    site="models.dev",
    licence="MIT",
    duty="keep the licence notice where the list is copied",
    limits="none stated; to be asked only for what changed",
    by_default=False,
)
_CITATION = f"Prices: {ABOUT.site}, MIT licence"
_PRICES: Mapping[str, str] = {"input": INPUT, "output": OUTPUT, "cache_read": CACHE_READ, "cache_write": CACHE_WRITE}
_COUNTS: Mapping[str, str] = {"context": "context_length", "output": "max_output"}
METRICS = (*_PRICES.values(), *_COUNTS.values(), "modalities")
_PLANS = ("coding", "-plan")  # in the ids of providers that sell by the month and show 0 for every model
_FIRST_PARTY = (
    "alibaba",
    "anthropic",
    "deepseek",
    "google",
    "minimax",
    "mistral",
    "moonshotai",
    "openai",
    "xai",
    "xiaomi",
    "zai",
    "zhipuai",
)


class Config(ListConfig):
    """Settings of this kind. `providers`: whose models are read; those by default ask prices for their own models."""

    url: Url = "https://models.dev/api.json"
    schedule: Schedule = "H */6 * * *"
    stale_after: Span = timedelta(hours=24)
    providers: Names = _FIRST_PARTY


@dataclass(frozen=True, slots=True)
class _Offer:
    """A model of one provider. `free`: whether zero for input and output means free of charge there."""

    provider: str
    id: Place
    entry: Place
    free: bool


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    listing = Listing(KIND, ABOUT.label, METRICS, _CITATION, config.stale_after)
    return ListSource(fetch, config.url, listing, lambda answer: parse(answer.body, config.providers))


def parse(body: bytes, providers: Collection[str] = _FIRST_PARTY) -> PriceList:
    """Read the models of some providers, named "provider/model"; raises SourceError where more than 5 % are broken.

    A provider that is not there is a fault that is told; that none is there refuses the answer. Only base prices
    count, no tiers. A zero is no price unless input and output are both zero and the provider sells by the token: one
    whose every price is zero, or whose id says that it is a plan, does not.
    """
    answer = decoded(KIND, body)
    known = answer.of(dict)
    if known.keys().isdisjoint(providers):
        raise answer.fault(f"one of the providers {', '.join(sorted(providers))}")
    offers = [offer for name in providers if name in known for offer in _offers(name, answer.at(name))]
    found = read_models(answer, offers, _model)
    missing = tuple(
        f"{KIND}: the answer: got no provider {name!r}, expected it as `providers` in the settings names it"
        for name in providers
        if name not in known
    )
    return replace(found, faults=found.faults + missing)


def _offers(provider: str, place: Place) -> Iterator[_Offer]:
    listed = place.at("models")
    models = listed.members() if listed.of(dict) else []
    free = not any(word in provider for word in _PLANS) and any(_asks(entry.value) for _, entry in models)
    for key, entry in models:
        yield _Offer(provider, key, entry, free)


def _asks(entry: object) -> bool:
    """Whether any of the prices of a model is more than zero."""
    cost = entry.get("cost") if isinstance(entry, dict) else None
    return isinstance(cost, dict) and any(cost.get(field) not in (None, 0) for field in _PRICES)


def _model(offer: _Offer, faults: Faults) -> Model:
    cost, limit, ways = (offer.entry.get(field) for field in ("cost", "limit", "modalities"))
    prices = {} if cost is None else prices_of(cost, _PRICES, PER_MILLION, faults)
    counts = {} if limit is None else counts_of(limit, _COUNTS, faults)
    words = "" if ways is None else tried(faults, _modalities, ways)
    return Model(
        f"{offer.provider}/{identifier(offer.id)}",
        {
            **without_placeholders(prices, free=offer.free),
            **counts,
            **({"modalities": words} if words else {}),
        },
    )


def _modalities(place: Place) -> str:
    return modalities(place.at("input"), place.at("output"))
