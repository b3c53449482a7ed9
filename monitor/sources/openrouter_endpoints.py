"""Prices, discounts and uptimes by host of models that are watched, and the list price at the author's own endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Context, Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from monitor.errors import SourceError
from monitor.model.labels import Labels
from monitor.model.metric import PRICES
from monitor.model.sample import Snapshot
from monitor.ports import Source, Window
from monitor.settings import listed
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import Schedule, Span, Url
from monitor.sources.entries import Faults, identifier, tried
from monitor.sources.fetch import Body, Fetch
from monitor.sources.levels import Level, Listing
from monitor.sources.price import PER_TOKEN
from monitor.sources.price_list import prices_of
from monitor.sources.several import joined
from monitor.sources.share import ratio

KIND = "openrouter_endpoints"
_HOSTS = "openrouter/endpoints"  # the `source` of what each host charges
_AUTHOR = "openrouter/author"  # the `source` of what the author asks at its own endpoint
_CITATION = "Prices by host: OpenRouter (openrouter.ai/models)"
ABOUT = About(
    title="OpenRouter's endpoints of watched models",
    label=_HOSTS,
    shows=Shows.HOST_PRICES,
    site="openrouter.ai/models",
    licence="not stated",
    duty="do not republish the list",
    limits="none stated; a request for each model, every three hours",
)
_PRICES: Mapping[str, str] = dict(
    zip(("prompt", "completion", "input_cache_read", "input_cache_write"), PRICES, strict=True)
)
_UPTIME, _DISCOUNT = "uptime", "discount"
METRICS = (*PRICES, _UPTIME, _DISCOUNT)
_MOST_MODELS = 50  # a request each
_NORMAL = 0  # the only status of which it is known what it means
_DIGITS = Context(prec=6)  # of a price before a discount: the discount is not written more exactly
_DEFAULT = "default"
_SIGNS = re.compile(r"[^a-z0-9]")
_PRECISIONS = frozenset({"int4", "int8", "fp4", "mxfp4", "nvfp4", "fp6", "fp8", "mxfp8", "fp16", "bf16", "fp32"})
# Authors whose own endpoint OpenRouter calls otherwise than the author.
_OWN_HOST: Mapping[str, str] = {
    "amazon": "amazon-bedrock",
    "bytedance": "seed",
    "bytedance-seed": "seed",
    "google": "google-ai-studio",
    "meta-llama": "meta",
    "microsoft": "azure",
    "mistralai": "mistral",
    "qwen": "alibaba",
    "rekaai": "reka",
}

# In a pattern of pydantic \w has all letters of Unicode: with repetitions it takes 18 MB.
Models = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}/[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$")], ...],
    BeforeValidator(listed),
    Field(min_length=1, max_length=_MOST_MODELS),
]
"""Public ids such as deepseek/deepseek-v4-flash; no moving aliases (~author/name-latest)."""


class Config(BaseModel):
    """Settings of this kind; off until there are `models`. `url`: what stands before /author/name/endpoints."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: Models
    url: Url = "https://openrouter.ai/api/v1/models"
    schedule: Schedule = "H H/3 * * *"
    stale_after: Span = timedelta(hours=9)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host's offer. `host`: its tag, with a region, a tier or a precision behind `/`.

    `prices`: USD per million tokens by metric, after the discount; empty where the endpoint is not in normal service.
    `discount`, `uptime` (of a day): 0 to 1; None = not said.
    """

    host: str
    prices: Mapping[str, Decimal]
    discount: Decimal | None
    uptime: Decimal | None


@dataclass(frozen=True, slots=True)
class Offers:
    """Who serves a model; `faults`: of what was left unknown."""

    model: str
    endpoints: tuple[Endpoint, ...]
    faults: tuple[str, ...]


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Endpoints(config, fetch)


@dataclass(frozen=True, slots=True)
class _Endpoints:
    config: Config
    fetch: Fetch

    async def poll(self, window: Window) -> Snapshot:  # noqa: ARG002  (endpoints have no past)
        """All models in one snapshot; raises SourceError.

        A model that the source refuses (404), or whose answer can not be read, is left out and told. What may go well
        in a moment fails the poll, and all are asked again soon.
        """
        answers: list[Body] = []
        found: dict[str, Offers] = {}
        refused: list[SourceError] = []
        for model in self.config.models:
            try:
                answer, offers = await self._ask(model)
            except SourceError as error:
                if not error.permanent:
                    raise
                refused.append(error)
            else:
                answers.append(answer)
                found[offers.model] = offers
        if not any(offers.endpoints for offers in found.values()):
            raise refused[0] if refused else SourceError(f"{KIND}: got no endpoint of any model, expected at least one")
        return _snapshot(joined(answers), tuple(found.values()), refused, self.config.stale_after)

    async def _ask(self, model: str) -> tuple[Body, Offers]:
        answer = await self.fetch.get(f"{self.config.url.rstrip('/')}/{model}/endpoints")
        try:
            return answer, parse(answer.body)
        except SourceError as error:
            raise SourceError(f"{error.message} ({model})", hint=error.hint, permanent=True) from error


def parse(body: bytes) -> Offers:
    """Read one answer; raises SourceError. A model that nobody serves has no endpoints.

    A price or uptime that can not be read is left unknown and told; so is an endpoint without tag, status or discount.
    """
    entry = decoded(KIND, body).at("data")
    model = identifier(entry.at("id"))
    shown = entry.at("endpoints")
    faults: Faults = []
    read = [tried(faults, _endpoint, place, faults) for place in (shown.items() if shown.value != [] else ())]
    told = tuple(f"{fault.message} ({model})" for fault in faults)
    return Offers(model, _each_once(endpoint for endpoint in read if endpoint is not None), told)


def own_endpoint(model: str, endpoints: Sequence[Endpoint]) -> Endpoint | None:
    """The author's own offer at its usual price, if there is one.

    Of several the one without anything behind its name, then its `default`, then the first whose tag ends in a
    precision: other tiers, regions and accounts have prices of their own.
    """
    author = model.partition("/")[0]
    offers = [endpoint for endpoint in endpoints if endpoint.prices and _is_own(endpoint.host, author)]
    return min(offers, key=lambda offer: (_further(offer.host), offer.host), default=None)


def list_prices(endpoint: Endpoint) -> Mapping[str, Decimal]:
    """What an endpoint asks without its discount; empty where it takes off everything."""
    if not endpoint.discount:
        return endpoint.prices
    part = 1 - endpoint.discount
    return {metric: (price / part).normalize(_DIGITS) for metric, price in endpoint.prices.items() if part}


def _is_own(host: str, author: str) -> bool:
    """Letters and digits count alone: x-ai is xai. Never by likeness."""
    name, _, behind = host.partition("/")
    same = name == _OWN_HOST.get(author) or _SIGNS.sub("", name) == _SIGNS.sub("", author.casefold())
    return same and (behind in ("", _DEFAULT) or behind in _PRECISIONS)


def _further(host: str) -> int:
    behind = host.partition("/")[2]
    return 0 if not behind else 1 if behind == _DEFAULT else 2


def _endpoint(place: Place, faults: Faults) -> Endpoint:
    """Without its discount a price says nothing of the list price: where that can not be read, nothing is."""
    host = identifier(place.at("tag"))
    pricing = place.at("pricing")
    prices = prices_of(pricing, _PRICES, PER_TOKEN, faults) if place.at("status").value == _NORMAL else {}
    discount = _share(pricing, _DISCOUNT, 1) if prices else None
    return Endpoint(host, prices, discount, tried(faults, _share, place, "uptime_last_1d", 100))


def _share(holder: Place, name: str, whole: int) -> Decimal | None:
    return ratio(holder.at(name), whole=whole) if holder.of(dict).get(name) is not None else None


def _each_once(endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """By host; of two that one host has at a time the one that costs less."""
    cheapest: dict[str, Endpoint] = {}
    for endpoint in sorted(endpoints, key=lambda each: (not each.prices, sum(each.prices.values()))):
        cheapest.setdefault(endpoint.host, endpoint)
    return tuple(cheapest.values())


def _snapshot(answer: Body, found: Sequence[Offers], refused: Faults, stale_after: timedelta) -> Snapshot:
    hosts = Listing(KIND, _HOSTS, (*PRICES, _DISCOUNT, _UPTIME), _CITATION, stale_after)
    author = Listing(KIND, _AUTHOR, PRICES, _CITATION, stale_after)
    told = (*(fault.message for fault in refused), *(fault for offers in found for fault in offers.faults))
    levels = [*_levels(found)]
    snapshot = hosts.snapshot(answer, levels, entries=sum(len(each.endpoints) for each in found), faults=told)
    return replace(snapshot, seals=snapshot.seals + author.seals(answer.fetched_at), guarded=False)


def _levels(found: Iterable[Offers]) -> Iterator[Level]:
    for offers in found:
        for endpoint in offers.endpoints:
            labels = Labels.of(source=_HOSTS, model=offers.model, host=endpoint.host)
            shares = {_DISCOUNT: endpoint.discount, _UPTIME: endpoint.uptime}
            for metric, value in {**endpoint.prices, **shares}.items():
                if value is not None:
                    yield Level(metric, labels, value)
        own = own_endpoint(offers.model, offers.endpoints)
        for metric, price in list_prices(own).items() if own else ():
            yield Level(metric, Labels.of(source=_AUTHOR, model=offers.model), price)
