"""Prices and facts of models from the list of Vercel's AI Gateway."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from monitor.ports import Source
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Schedule, Span, Url
from monitor.sources.entries import Faults, identifier, once
from monitor.sources.fetch import Fetch
from monitor.sources.levels import Listing
from monitor.sources.price import PER_TOKEN, usd
from monitor.sources.price_list import (
    CACHE_READ,
    CACHE_WRITE,
    INPUT,
    OUTPUT,
    ListSource,
    Model,
    PriceList,
    counts_of,
    facts_of,
    prices_of,
    read_models,
    without_placeholders,
)

KIND = "vercel_models"
ABOUT = About(
    title="Vercel AI Gateway's list of models",
    label="vercel",
    shows=Shows.ROUTED_PRICES,
    site="vercel.com/ai-gateway/models",
    licence="not stated",
    duty="do not republish the list",
    limits="none stated",
    by_default=False,
)
_CITATION = f"Prices: Vercel AI Gateway ({ABOUT.site})"
_PRICES: Mapping[str, str] = {
    "input": INPUT,
    "output": OUTPUT,
    "input_cache_read": CACHE_READ,
    "input_cache_write": CACHE_WRITE,
}
_COUNTS: Mapping[str, str] = {"context_window": "context_length", "max_tokens": "max_output"}
METRICS = (*_PRICES.values(), *_COUNTS.values())
_TIERS = "_tiers"
_VARIES = "varies_by_provider"


class Config(ListConfig):
    """Settings of this kind."""

    url: Url = "https://ai-gateway.vercel.sh/v1/models"
    schedule: Schedule = "H */3 * * *"
    stale_after: Span = timedelta(hours=12)


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    listing = Listing(KIND, ABOUT.label, METRICS, _CITATION, config.stale_after)
    return ListSource(fetch, config.url, listing, lambda answer: parse(answer.body))


def parse(body: bytes) -> PriceList:
    """Read the list; raises SourceError when it is none, or more than 5 % of its models are broken.

    Of tiers the first counts. What varies by provider is no price: which of them is shown is not said. A zero is no
    price unless input and output are both zero.
    """
    places = decoded(KIND, body).at("data")
    models = places.items()
    once(models, "id")
    return read_models(places, models, _model)


def _model(place: Place, faults: Faults) -> Model:
    name = identifier(place.at("id"))
    pricing = place.get("pricing")
    prices = {} if pricing is None else _prices(pricing, faults)
    return Model(name, {**without_placeholders(prices, free=True), **counts_of(place, _COUNTS, faults)})


def _prices(pricing: Place, faults: Faults) -> dict[str, Decimal]:
    varies = pricing.get(_VARIES)
    if varies is not None and not isinstance(varies.value, bool):
        raise varies.fault("true or false")
    if varies is not None and varies.value:
        return {}
    tiers = {field + _TIERS: metric for field, metric in _PRICES.items() if field not in pricing.of(dict)}
    return prices_of(pricing, _PRICES, PER_TOKEN, faults) | facts_of(pricing, tiers, _base, faults)


def _base(tiers: Place) -> Decimal | None:
    """The price of the shortest prompts, given tiers of {cost, min, max} in their order."""
    return usd(tiers.items()[0].at("cost"), PER_TOKEN)
