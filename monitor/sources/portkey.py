"""List prices of models by provider from Portkey's pricing files, one file each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from monitor.model.sample import Snapshot
from monitor.ports import Source, Window
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Names, Schedule, Span, Url
from monitor.sources.entries import Faults, identifier
from monitor.sources.fetch import Body, Fetch
from monitor.sources.levels import Listing
from monitor.sources.price import CENTS_PER_TOKEN, usd
from monitor.sources.price_list import (
    CACHE_READ,
    CACHE_WRITE,
    INPUT,
    OUTPUT,
    Model,
    PriceList,
    facts_of,
    read_models,
    snapshot,
    without_placeholders,
)
from monitor.sources.several import joined

KIND = "portkey"
ABOUT = About(
    title="Portkey's pricing files",
    label="portkey",
    shows=Shows.LIST_PRICES,
    site="github.com/Portkey-AI/models",
    licence="MIT",
    duty="keep the licence notice where the files are copied",
    limits="none stated; a request for each provider",
    by_default=False,
)
_CITATION = f"Prices: Portkey ({ABOUT.site}), MIT licence"
_PRICES: Mapping[str, str] = {
    "request_token": INPUT,
    "response_token": OUTPUT,
    "cache_read_input_token": CACHE_READ,
    "cache_write_input_token": CACHE_WRITE,
}
METRICS = tuple(_PRICES.values())
_TEMPLATE = "default"  # all zeros: what a new entry starts from, not a model
_CURRENCY = "USD"


class Config(ListConfig):
    """Settings of this kind. `url`: the folder of the files; `providers`: their names without .json."""

    url: Url = "https://configs.portkey.ai/pricing"
    schedule: Schedule = "H H * * *"
    stale_after: Span = timedelta(hours=72)
    providers: Names = (
        "anthropic",
        "cohere",
        "dashscope",
        "deepseek",
        "google",
        "mistral-ai",
        "moonshot",
        "openai",
        "x-ai",
        "z-ai",
    )


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Files(config, fetch)


@dataclass(frozen=True, slots=True)
class _Files:
    config: Config
    fetch: Fetch

    async def poll(self, window: Window) -> Snapshot:  # noqa: ARG002  (a list of prices has no past)
        """All files as they are now, or SourceError: without one of them its models would seem to be gone."""
        answers: list[Body] = []
        found: list[PriceList] = []
        for provider in self.config.providers:
            answer = await self.fetch.get(f"{self.config.url.rstrip('/')}/{provider}.json")
            answers.append(answer)
            found.append(parse(answer.body, provider))
        listing = Listing(KIND, ABOUT.label, METRICS, _CITATION, self.config.stale_after)
        return snapshot(listing, joined(answers), _together(found))


def _together(lists: list[PriceList]) -> PriceList:
    return PriceList(
        models=tuple(model for each in lists for model in each.models),
        entries=sum(each.entries for each in lists),
        faults=tuple(fault for each in lists for fault in each.faults),
    )


def parse(body: bytes, provider: str) -> PriceList:
    """Read the file of one provider, models named "provider/model".

    Raises SourceError when it is none, or more than 5 % of its models are broken. US cents per token become USD per
    million. A zero is no price unless input and output are both zero and nothing else is charged.
    """
    file = decoded(f"{KIND}: {provider}", body)
    models = [(key, entry) for key, entry in file.members() if key.value != _TEMPLATE]
    return read_models(file, models, lambda member, faults: _model(provider, *member, faults))


def _model(provider: str, key: Place, entry: Place, faults: Faults) -> Model:
    name, config = f"{provider}/{identifier(key)}", entry.at("pricing_config")
    currency, charged = config.get("currency"), config.get("pay_as_you_go")
    if currency is not None and currency.value != _CURRENCY:
        raise currency.fault(_CURRENCY)
    if charged is None:
        return Model(name, {})
    prices = facts_of(charged, _PRICES, lambda rate: usd(rate.at("price"), CENTS_PER_TOKEN), faults)
    return Model(name, without_placeholders(prices, free=not _charges_otherwise(charged)))


def _charges_otherwise(charged: Place) -> bool:
    """Whether anything but tokens of text has a price above zero: images, seconds, searches."""
    others = {key: rate for key, rate in charged.of(dict).items() if key not in _PRICES}
    units = others.pop("additional_units", None)
    rates = [*others.values(), *(units.values() if isinstance(units, dict) else ())]
    return any(isinstance(rate, dict) and rate.get("price") not in (None, 0) for rate in rates)
