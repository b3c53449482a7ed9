"""List prices from Artificial Analysis' free list; its scores are left out, as they are re-scaled by version."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import Field, SecretStr

from monitor.errors import SourceError
from monitor.model.metric import PRICES
from monitor.model.sample import Snapshot
from monitor.ports import Source, Window
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Schedule, Span, Url
from monitor.sources.entries import Faults, identifier, once
from monitor.sources.fetch import Body, Fetch
from monitor.sources.levels import Listing
from monitor.sources.manners import Budget
from monitor.sources.price import PER_MILLION
from monitor.sources.price_list import Model, PriceList, prices_of, read_models, snapshot, without_placeholders
from monitor.sources.several import joined

KIND = "artificial_analysis"
_SOURCE = "artificial-analysis"  # the label of the samples
_CITATION = "Prices: Artificial Analysis (https://artificialanalysis.ai)"
METRICS = PRICES
ABOUT = About(
    title="Artificial Analysis, free list",
    label=_SOURCE,
    shows=Shows.LIST_PRICES,
    site="artificialanalysis.ai",
    licence="terms of use",
    duty="credit with a link wherever the figures are shown; the list itself is not passed on",
    limits="100 requests a day",
)
_BUDGET = Budget("artificial-analysis", per_minute=10, per_day=100)
_PRICES: Mapping[str, str] = dict(
    zip(
        (
            "price_1m_input_tokens",
            "price_1m_output_tokens",
            "price_1m_cache_hit_tokens",
            "price_1m_cache_write_tokens",
        ),
        PRICES,
        strict=True,
    )
)
_MOST_PAGES = 20  # of 200 models each
_PUNCTUATION = re.compile(r"[^a-z0-9.]+")


class Config(ListConfig):
    """Settings of this kind."""

    key: SecretStr = Field(min_length=1, description="an API key of Artificial Analysis; a free one will do")
    url: Url = "https://artificialanalysis.ai/api/v2/language/models/free"
    schedule: Schedule = "H 23 * * *"  # a look in its last hour completes the day for rules
    stale_after: Span = timedelta(hours=48)


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Prices(config, fetch)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list. `last`: no page follows it."""

    listed: PriceList
    last: bool


@dataclass(frozen=True, slots=True)
class _Prices:
    config: Config
    fetch: Fetch

    async def poll(self, window: Window) -> Snapshot:  # noqa: ARG002  (a list of prices has no past)
        """All pages as they are now; raises SourceError."""
        answers: list[Body] = []
        pages: list[Page] = []
        while not (pages and pages[-1].last):
            answers.append(await self._get(len(pages) + 1))
            pages.append(parse(answers[-1].body, len(answers)))
        listing = Listing(KIND, _SOURCE, METRICS, _CITATION, self.config.stale_after)
        return snapshot(listing, joined(answers), _whole([page.listed for page in pages]))

    async def _get(self, page: int) -> Body:
        key = SecretStr(self.config.key.get_secret_value().strip())
        return await self.fetch.get(
            self.config.url, params={"page": str(page)}, secret_headers={"x-api-key": key}, budget=_BUDGET
        )


def parse(body: bytes, page: int = 1) -> Page:
    """Read one page; raises SourceError when it is another one, or more than 5 % of its models are broken.

    Prices are read exactly. A zero is left unknown: this list sells nothing, so a zero means that no price was found.
    """
    answer = decoded(KIND, body)
    turn, more = answer.at("pagination").at("page"), answer.at("pagination").at("has_more")
    if turn.value != page:
        raise turn.fault(f"{page}, as asked for")
    if not isinstance(more.value, bool):
        raise more.fault("true or false")
    if more.value and page >= _MOST_PAGES:
        raise more.fault(f"the end of the list within {_MOST_PAGES} pages")
    data = answer.at("data")
    places = data.items()
    once(places, "id")
    return Page(read_models(data, places, _model), last=not more.value)


def _model(place: Place, faults: Faults) -> Model:
    prices = prices_of(place.at("pricing"), _PRICES, PER_MILLION, faults)
    creator = place.at("model_creator").at("name")
    author = _PUNCTUATION.sub("-", creator.of(str).casefold()).strip("-")
    if not author:
        raise creator.fault("the name of who makes the model")
    return Model(f"{author}/{identifier(place.at('slug'))}", without_placeholders(prices, free=False))


def _whole(pages: Sequence[PriceList]) -> PriceList:
    """All pages as one list; raises SourceError where they show one model twice: the list moved while it was read."""
    models = tuple(model for page in pages for model in page.models)
    (most, count), *_ = [*Counter(model.name for model in models).most_common(1), ("", 0)]
    if count > 1:
        raise SourceError(f"{KIND}: data: got {most} {count} times, expected each model once in all pages")
    return PriceList(
        models, sum(page.entries for page in pages), tuple(fault for page in pages for fault in page.faults)
    )
