"""Tokens per app and day (or week) from OpenRouter's Data API (app-rankings); a request for each bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import Field, SecretStr

from monitor.model.bar import Bar
from monitor.model.labels import Labels, app_alias
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.ports import Source, Window
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Schedule, Url
from monitor.sources.config import Span as Lasting
from monitor.sources.fetch import Body, Fetch
from monitor.sources.openrouter_data import (
    DUTY,
    LICENCE,
    LIMITS,
    SETTLES,
    TOKENS,
    Api,
    Stamp,
    citation,
    stamp_of,
    tokens_of,
)
from monitor.sources.several import joined
from monitor.sources.span import DAY, WEEK, Span, date_of, midnight, monday, utc_day

KIND = "openrouter_apps"
_SOURCE = "openrouter/apps"  # the label of the samples
_PAGE = "openrouter.ai/apps"
METRICS = ("tokens",)
ABOUT = About(
    title="OpenRouter's ranking of apps",
    label=_SOURCE,
    shows=Shows.USAGE,
    site=_PAGE,
    licence=LICENCE,
    duty=DUTY,
    limits=LIMITS,
    settles=SETTLES,
)
_MOST_APPS = 100  # in one answer
_MOST_BARS = 35  # in one poll: a request each
_LONGEST_NAME = 200


class Config(ListConfig):
    """Settings of this kind."""

    key: SecretStr = Field(min_length=1, description="any OpenRouter API key")
    url: Url = "https://openrouter.ai/api/v1/datasets/app-rankings"
    schedule: Schedule = "35 0 * * *"
    period: Literal["day", "week"] = "day"
    bars: int = Field(3, ge=1, le=_MOST_BARS, description="days or weeks read at every poll")
    apps: int = Field(_MOST_APPS, ge=1, le=_MOST_APPS)
    stale_after: Lasting = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class App:
    """Tokens of one app. `number`: its key, as names change."""

    number: int
    name: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """The largest apps of one bar."""

    apps: tuple[App, ...]
    stamp: Stamp


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Apps(config, Api(fetch, config.url, config.key))


@dataclass(frozen=True, slots=True)
class _Apps:
    config: Config
    api: Api

    async def poll(self, window: Window) -> Snapshot:
        """All bars of the window in one snapshot; raises SourceError."""
        answers: list[Body] = []
        rankings: dict[Span, Ranking] = {}
        for span in spans(window, self.config):
            first, last = span.first.isoformat(), span.last.isoformat()
            limit = str(self.config.apps)
            answers.append(await self.api.get(sort="popular", start_date=first, end_date=last, limit=limit))
            rankings[span] = parse(answers[-1].body, span)
        return _snapshot(joined(answers), rankings, Bar(self.config.period))


def spans(window: Window, config: Config) -> tuple[Span, ...]:
    """A span for each closed bar to ask for, oldest first: an answer is one sum over all of its days.

    The last `bars`, more where `since` lies before, at most 35.
    """
    today = utc_day(window.now)
    daily = config.period == "day"
    width, end = (DAY, today) if daily else (WEEK, monday(today))
    first = end - config.bars * width
    if window.since is not None:
        since = utc_day(window.since)
        first = min(first, since if daily else monday(since))
    first = max(first, end - _MOST_BARS * width)
    count = (end - first) // width
    return tuple(Span(first + lag * width, first + (lag + 1) * width - DAY) for lag in range(count))


def parse(body: bytes, span: Span) -> Ranking:
    """Read one answer strictly; raises SourceError naming the field, what was got and what was expected."""
    answer = decoded(KIND, body)
    stamp = stamp_of(answer)
    for name, asked in (("start_date", span.first), ("end_date", span.last)):
        day = answer.at("meta").at(name)
        if date_of(day) != asked:
            raise day.fault(f"{asked}, as asked for: the figures are sums over these days")
    apps: dict[int, App] = {}
    for place in answer.at("data").items():
        app = _app(place)
        if app.number in apps:
            raise place.at("app_id").fault("an app that stands once in the list")
        apps[app.number] = app
    return Ranking(tuple(apps.values()), stamp)


def _app(place: Place) -> App:
    number, name = place.at("app_id"), place.at("app_name")
    if type(number.value) is not int or number.value < 0:
        raise number.fault("the number of an app")
    if len(name.of(str)) > _LONGEST_NAME:
        raise name.fault(f"a name of at most {_LONGEST_NAME} characters")
    return App(number.value, name.of(str).strip(), tokens_of(place.at("total_tokens")))


def _snapshot(answer: Body, rankings: Mapping[Span, Ranking], bar: Bar) -> Snapshot:
    newest = max(rankings, key=lambda span: span.last)
    return Snapshot(
        source=KIND,
        fetched_at=answer.fetched_at,
        samples=tuple(sample for span, found in rankings.items() for sample in _samples(found, span, answer, bar)),
        seals=(Seal(_SOURCE, TOKENS, bar, newest.end, answer.fetched_at),),
        entries=len(rankings[newest].apps),
        digest=answer.digest,
        citation=citation(_PAGE, [found.stamp for found in rankings.values()]),
        aliases=tuple(_names(rankings.values())),
        body=answer.body,
    )


def _samples(ranking: Ranking, span: Span, answer: Body, bar: Bar) -> Iterator[Sample]:
    for app in ranking.apps:
        series = Series(TOKENS, Labels.of(source=_SOURCE, app=str(app.number)), bar)
        yield Sample(series, midnight(span.first), answer.fetched_at, float(app.tokens))


def _names(rankings: Iterable[Ranking]) -> Iterator[tuple[str, str]]:
    """What each app is called, the newest name last: that one stays."""
    for ranking in rankings:
        for app in ranking.apps:
            if app.name:
                yield app_alias(_SOURCE, str(app.number)), app.name
