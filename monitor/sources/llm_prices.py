"""List prices with their dates from llm-prices.com: those in force now, and what is announced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model.bar import seconds
from monitor.ports import Source
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Schedule, Span, Url
from monitor.sources.dated import DATED_METRICS, Dated, announced, in_force
from monitor.sources.entries import Faults, identifier, read_each
from monitor.sources.facts import start_of_day
from monitor.sources.fetch import Fetch
from monitor.sources.levels import Listing
from monitor.sources.price import PER_MILLION
from monitor.sources.price_list import (
    CACHE_READ,
    INPUT,
    OUTPUT,
    ListSource,
    Model,
    PriceList,
    prices_of,
    steady,
    without_placeholders,
)

KIND = "llm_prices"
ABOUT = About(
    title="llm-prices.com",
    label="llm-prices",
    shows=Shows.LIST_PRICES,
    site="llm-prices.com",
    licence="not stated",
    duty="credit Simon Willison's llm-prices.com; do not redistribute the list",
    limits="none stated",
    by_default=False,
)
_CITATION = f"Prices: Simon Willison's {ABOUT.site}"
_PRICES: Mapping[str, str] = {"input": INPUT, "output": OUTPUT, "input_cached": CACHE_READ}
METRICS = (*_PRICES.values(), *DATED_METRICS)
_DATES = ("from_date", "to_date")


class Config(ListConfig):
    """Settings of this kind."""

    url: Url = "https://www.llm-prices.com/historical-v1.json"
    schedule: Schedule = "H */6 * * *"
    stale_after: Span = timedelta(hours=24)


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings. The same list shows another price from a date on, so it is always read."""
    listing = Listing(KIND, ABOUT.label, METRICS, _CITATION, config.stale_after)
    return ListSource(
        fetch, config.url, listing, lambda answer: parse(answer.body, answer.fetched_at), conditional=False
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A price of a model with its dates; `place`: for errors."""

    model: str
    dated: Dated
    place: Place


def parse(body: bytes, at: datetime) -> PriceList:
    """Read the list as it stands at an instant; raises SourceError when more than 5 % of its rows are broken.

    A model has a row for each price it had, has or will have; rows without dates hold always. Where two that hold at
    the same time differ, nobody knows which is meant: the model has no price, and that is told.
    """
    rows = decoded(KIND, body).at("prices")
    read = read_each(rows, rows.items(), _row)
    by_model: dict[str, list[_Row]] = {}
    for row in read.found:
        by_model.setdefault(row.model, []).append(row)
    at_second = seconds(at)
    clear = {model: found for model, found in by_model.items() if not _contradicts(found)}
    models = steady(_model(name, [row.dated for row in found], at_second) for name, found in clear.items())
    told = tuple(
        found[-1].place.fault(f"one price at a time for {model!r}").message
        for model, found in by_model.items()
        if model not in clear
    )
    return PriceList(models, read.count, read.faults + told)


def _row(place: Place, faults: Faults) -> _Row | None:
    there = place.of(dict)
    since, until = (start_of_day(place.at(date)) if date in there else None for date in _DATES)
    prices = without_placeholders(prices_of(place, _PRICES, PER_MILLION, faults), free=True)
    return None if faults else _Row(identifier(place.at("id")), Dated(prices, since, until), place)


def _contradicts(rows: Sequence[_Row]) -> bool:
    """Whether two rows that hold at the same time have other prices."""
    spans = [row.dated for row in rows]
    return any(one.overlaps(other) and one.prices != other.prices for one in spans for other in spans)


def _model(name: str, spans: Sequence[Dated], at: int) -> Model:
    return Model(name, {**in_force(spans, at), **announced(spans, at)})
