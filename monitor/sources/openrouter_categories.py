"""Tokens per model and week within each category of use, from OpenRouter's Data API; estimates from a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field, SecretStr

from monitor.errors import SourceError
from monitor.model.bar import Bar
from monitor.model.sample import Snapshot
from monitor.ports import Source, Window
from monitor.settings import listed
from monitor.sources.about import About, Shows
from monitor.sources.config import ListConfig, Schedule, Url
from monitor.sources.config import Span as Lasting
from monitor.sources.fetch import Body, Fetch
from monitor.sources.openrouter_data import (
    DUTY,
    EARLIEST,
    LICENCE,
    LIMITS,
    MOST_DAYS,
    SETTLES,
    Api,
    Ranking,
    citation,
    counted,
    ranking,
    weeks,
)
from monitor.sources.several import joined
from monitor.sources.span import WEEK, Span, cut, utc_day

KIND = "openrouter_categories"
_SOURCE = "openrouter"  # with the category behind it, the label of the samples
_PAGE = "openrouter.ai/rankings"
Category = Literal[
    "programming",
    "roleplay",
    "marketing",
    "marketing/seo",
    "technology",
    "science",
    "translation",
    "legal",
    "finance",
    "health",
    "trivia",
    "academia",
]
METRICS = ("tokens",)
ABOUT = About(
    title="OpenRouter's usage rankings by category",
    label=f"{_SOURCE}/<category>",
    shows=Shows.USAGE,
    site=_PAGE,
    licence=LICENCE,
    duty=DUTY,
    limits=LIMITS,
    settles=SETTLES,
)


class Config(ListConfig):
    """Settings of this kind."""

    key: SecretStr = Field(min_length=1, description="any OpenRouter API key")
    url: Url = "https://openrouter.ai/api/v1/datasets/rankings-daily"
    schedule: Schedule = "50 0 * * mon,wed"
    categories: Annotated[tuple[Category, ...], BeforeValidator(listed), Field(min_length=1)] = get_args(Category)
    history_from: date = Field(EARLIEST, ge=EARLIEST)
    weekly_days: int = Field(35, ge=WEEK.days, le=MOST_DAYS, description="weeks within so many days are read each time")
    stale_after: Lasting = timedelta(days=8)


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Categories(config, Api(fetch, config.url, config.key))


@dataclass(frozen=True, slots=True)
class _Categories:
    config: Config
    api: Api

    async def poll(self, window: Window) -> Snapshot:
        """All categories in one snapshot, each sealed by itself; raises SourceError.

        A category that the source refuses, or whose answer can not be read, is left out and told; not the first one:
        then most likely all are wrong. What may go well in a moment fails the poll, and all are asked again soon.
        """
        answers: list[Body] = []
        found: dict[str, list[Ranking]] = {}
        faults: list[str] = []
        for category in self.config.categories:
            try:
                bodies, rankings = await self._ask(category, spans(window, self.config))
            except SourceError as error:
                if not (error.permanent and found):
                    raise
                faults.append(f"{category}: {error.message}")
            else:
                answers += bodies
                found[category] = rankings
        return _snapshot(joined(answers), found, faults)

    async def _ask(self, category: str, asked: Sequence[Span]) -> tuple[list[Body], list[Ranking]]:
        bodies: list[Body] = []
        rankings: list[Ranking] = []
        for span in asked:
            first, last = span.first.isoformat(), span.last.isoformat()
            bodies.append(await self.api.get(category=category, start_date=first, end_date=last, period="week"))
            try:
                rankings.append(parse(bodies[-1].body, span, newest=span == asked[-1]))
            except SourceError as error:
                raise SourceError(error.message, hint=error.hint, permanent=True) from error
        return bodies, rankings


def spans(window: Window, config: Config) -> tuple[Span, ...]:
    """What to ask for in each category: whole weeks that are over, at most 366 days at a time, oldest first."""
    since = None if window.since is None else utc_day(window.since)
    whole = weeks(utc_day(window.now), since, earliest=config.history_from, back=config.weekly_days)
    return tuple(cut(whole.first, whole.last, MOST_DAYS // WEEK.days * WEEK.days))


def parse(body: bytes, span: Span, *, newest: bool = True) -> Ranking:
    """Read one answer strictly; raises SourceError. One that is not the `newest` may be empty: none was sampled yet."""
    return ranking(KIND, body, span, Bar.WEEK, may_be_empty=not newest)


def _snapshot(answer: Body, found: Mapping[str, Sequence[Ranking]], faults: Sequence[str]) -> Snapshot:
    """`entries`: rows of a category's newest week, in the mean: one that failed must not look like a loss of rows."""
    parts = [
        counted(
            [row for each in rankings for row in each.rows],
            {"source": f"{_SOURCE}/{category}", "category": category},
            answer.fetched_at,
            Bar.WEEK,
        )
        for category, rankings in found.items()
    ]
    return Snapshot(
        source=KIND,
        fetched_at=answer.fetched_at,
        samples=tuple(sample for part in parts for sample in part.samples),
        seals=tuple(part.seal for part in parts),
        entries=sum(part.rows for part in parts) // len(parts),
        digest=answer.digest,
        citation=citation(_PAGE, [each.stamp for rankings in found.values() for each in rankings]),
        body=answer.body,
        faults=tuple(faults),
    )
