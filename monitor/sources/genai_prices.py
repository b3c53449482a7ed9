"""List prices with their dates from Pydantic's genai-prices: those in force now, and what is announced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.model.bar import seconds
from monitor.ports import Source
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Schedule, Span, Url
from monitor.sources.dated import DATED_METRICS, Dated, Prices, announced, in_force
from monitor.sources.entries import Faults, identifier, tried
from monitor.sources.facts import start_of_day
from monitor.sources.fetch import Fetch
from monitor.sources.hours import Stretch, longest, minute_of
from monitor.sources.levels import Listing
from monitor.sources.price import PER_MILLION, usd
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
    read_models,
    without_placeholders,
)

KIND = "genai_prices"
ABOUT = About(
    title="Pydantic's genai-prices",
    label="genai-prices",
    shows=Shows.LIST_PRICES,
    site="github.com/pydantic/genai-prices",
    licence="MIT",
    duty="a mention; keep the licence notice where the list is copied",
    limits="none stated",
    by_default=False,
)
_CITATION = f"Prices: Pydantic genai-prices ({ABOUT.site}), MIT licence"
_PRICES: Mapping[str, str] = {
    "input_mtok": INPUT,
    "output_mtok": OUTPUT,
    "cache_read_mtok": CACHE_READ,
    "cache_write_mtok": CACHE_WRITE,
}
_COUNTS: Mapping[str, str] = {"context_window": "context_length"}
METRICS = (*_PRICES.values(), *DATED_METRICS, *_COUNTS.values())
_FROM = "start_date"
_HOURS = ("start_time", "end_time")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):00(?:Z|\+00:00)")
_CLOCK = "a time of day in UTC such as 16:30:00Z"


class Config(ListConfig):
    """Settings of this kind. `url`: the second version of the list; the first gets no new prices since July 2026."""

    url: Url = (
        "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/data_slim.json"
    )
    schedule: Schedule = "H */3 * * *"
    stale_after: Span = timedelta(hours=12)


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings. The same list shows another price from a date on, so it is always read."""
    listing = Listing(KIND, ABOUT.label, METRICS, _CITATION, config.stale_after)
    return ListSource(
        fetch, config.url, listing, lambda answer: parse(answer.body, answer.fetched_at), conditional=False
    )


@dataclass(frozen=True, slots=True)
class _Entry:
    """Prices under a condition: from a day on (`since`, epoch seconds), or in a part of each day; neither = always."""

    prices: Prices
    since: int | None = None
    hours: tuple[int, int] | None = None


def parse(body: bytes, at: datetime) -> PriceList:
    """Read the list as it stands at an instant, models named "provider/model".

    Raises SourceError when it is no list, or more than 5 % of its models are broken. Of tiers the base counts. Of
    prices by the time of day, the one that holds for most minutes. A zero is no price unless input and output are
    both zero.
    """
    providers = decoded(KIND, body)
    offers = [
        (provider, model)
        for place in providers.items()
        for provider in [identifier(place.at("id"))]
        for model in _models(place.at("models"))
    ]
    now = seconds(at)
    return read_models(providers, offers, lambda offer, faults: _model(*offer, now, faults))


def _models(models: Place) -> Sequence[Place]:
    return models.items() if models.of(list) else ()


def _model(provider: str, place: Place, at: int, faults: Faults) -> Model:
    name = f"{provider}/{identifier(place.at('id'))}"
    spans = tried(faults, _spans, place.at("prices"), faults) or []
    return Model(name, {**in_force(spans, at), **announced(spans, at), **counts_of(place, _COUNTS, faults)})


def _spans(place: Place, faults: Faults) -> list[Dated]:
    """What holds from each date on; the last entry whose condition holds wins."""
    if isinstance(place.value, dict):
        return [Dated(_prices(place, faults))]
    entries = [_entry(item, faults) for item in place.items()]
    if faults:
        return []  # else a price that could not be read would look like one that ends on a date
    dates = sorted({entry.since for entry in entries if entry.since is not None})
    always = [entry for entry in entries if entry.since is None]
    return [Dated(_mostly(always)), *(Dated(_mostly(_by(entries, date)), date) for date in dates)]


def _by(entries: Sequence[_Entry], date: int) -> Sequence[_Entry]:
    return [entry for entry in entries if entry.since is None or entry.since <= date]


def _entry(place: Place, faults: Faults) -> _Entry:
    prices = _prices(place.at("prices"), faults)
    constraint = place.get("constraint")
    if constraint is None:
        return _Entry(prices)
    if constraint.of(dict).keys() == {_FROM}:
        return _Entry(prices, since=start_of_day(constraint.at(_FROM)))
    if constraint.of(dict).keys() == set(_HOURS):
        start, end = (_minute(constraint.at(hour)) for hour in _HOURS)
        return _Entry(prices, hours=(start, end))
    raise constraint.fault(f"{_FROM}, or {' and '.join(_HOURS)}")


def _prices(place: Place, faults: Faults) -> Prices:
    return without_placeholders(facts_of(place, _PRICES, _base, faults), free=True)


def _base(place: Place) -> Decimal | None:
    """A price, or the base of {base, tiers}."""
    return usd(place.at("base") if isinstance(place.value, dict) else place, PER_MILLION)


def _mostly(entries: Sequence[_Entry]) -> Prices:
    """The prices that hold for most minutes of a day under entries of which later ones win."""
    return dict(_each_mostly(entries))


def _each_mostly(entries: Sequence[_Entry]) -> Iterator[tuple[str, Decimal]]:
    for metric in _PRICES.values():
        stretches = [Stretch(*(entry.hours or (0, 0)), entry.prices.get(metric)) for entry in entries]
        price = longest(stretches)
        if price is not None:
            yield metric, price


def _minute(place: Place) -> int:
    found = _TIME.fullmatch(place.of(str))
    if found is None:
        raise place.fault(_CLOCK)
    return minute_of(place, int(found[1]), int(found[2]), _CLOCK)
