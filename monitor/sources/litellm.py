"""List prices and facts of models from LiteLLM's table, which people keep by hand for many providers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from monitor.ports import Source
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Schedule, Span, Url
from monitor.sources.entries import Faults, identifier, tried
from monitor.sources.facts import modalities, start_of_day
from monitor.sources.fetch import Fetch
from monitor.sources.levels import Listing
from monitor.sources.price import PER_TOKEN
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

KIND = "litellm"
ABOUT = About(
    title="LiteLLM's price table",
    label="litellm",
    shows=Shows.LIST_PRICES,
    site="github.com/BerriAI/litellm",
    licence="MIT",
    duty="keep the licence notice where the table is copied",
    limits="none stated; cached for five minutes",
    by_default=False,
)
_CITATION = f"Prices: LiteLLM ({ABOUT.site}), MIT licence"
_PRICES: Mapping[str, str] = {
    "input_cost_per_token": INPUT,
    "output_cost_per_token": OUTPUT,
    "cache_read_input_token_cost": CACHE_READ,
    "cache_creation_input_token_cost": CACHE_WRITE,
}
_COUNTS: Mapping[str, str] = {"max_input_tokens": "context_length", "max_output_tokens": "max_output"}
_MODALITIES = ("supported_modalities", "supported_output_modalities")
_RETIRES = "deprecation_date"
METRICS = (*_PRICES.values(), *_COUNTS.values(), "modalities", "retires_at")
_NO_MODELS = ("sample_spec", "fallback_generalizations")  # what the fields mean; rules for routing
_FREE = "free"  # the end of names such as openrouter/google/gemma-4-31b-it:free


class Config(ListConfig):
    """Settings of this kind."""

    url: Url = "https://raw.githubusercontent.com/BerriAI/litellm/main/model_prices_and_context_window.json"
    schedule: Schedule = "H */3 * * *"
    stale_after: Span = timedelta(hours=12)


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    listing = Listing(KIND, ABOUT.label, METRICS, _CITATION, config.stale_after)
    return ListSource(fetch, config.url, listing, lambda answer: parse(answer.body))


def parse(body: bytes) -> PriceList:
    """Read the table; raises SourceError when it is none or more than 5 % of its entries are broken.

    Only what is charged for a token counts, and of that the base price: no tiers, batches, priorities. A zero is no
    price unless input and output are both zero and the name ends with "free": here 0 stands for "by the call", "by the
    second", "by subscription" and for routers as well.
    """
    table = decoded(KIND, body)
    models = [(key, entry) for key, entry in table.members() if key.value not in _NO_MODELS]
    return read_models(table, models, _model)


def _model(member: tuple[Place, Place], faults: Faults) -> Model:
    key, entry = member
    name = identifier(key)
    prices = prices_of(entry, _PRICES, PER_TOKEN, faults)
    return Model(
        name,
        {
            **without_placeholders(prices, free=name.endswith(_FREE)),
            **counts_of(entry, _COUNTS, faults),
            **facts_of(entry, {_RETIRES: "retires_at"}, start_of_day, faults),
            **_modalities(entry, faults),
        },
    )


def _modalities(entry: Place, faults: Faults) -> dict[str, str]:
    if not entry.of(dict).keys() >= set(_MODALITIES):
        return {}
    found = tried(faults, modalities, *(entry.at(field) for field in _MODALITIES))
    return {"modalities": found} if found else {}
