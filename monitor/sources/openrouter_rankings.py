"""Tokens per model and day (or week) from OpenRouter's Data API (rankings-daily); never asks for a running bar."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.metric import REST
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.ports import Source, Window
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.bodies import joined, parted
from monitor.sources.fetch import Body, Fetch
from monitor.sources.manners import Budget

KIND = "openrouter_rankings"
_SOURCE = "openrouter"  # the label of the samples
_METRIC = "tokens"
ABOUT = About(
    title="OpenRouter's usage rankings",
    label=_SOURCE,
    shows=Shows.USAGE,
    site="openrouter.ai/rankings",
    licence="CC BY 4.0",
    duty="the citation line with the date stands wherever the figures are shown; not for a rival free API",
    limits="30 requests a minute and 500 a day for an account, shared by all data sets",
    settles=timedelta(hours=48),
)
_REST = "other"
_BUDGET = Budget("openrouter-data-api", per_minute=30, per_day=500)  # per account, shared by all its data sets
_EARLIEST = date(2025, 1, 1)
_MOST_DAYS = 366  # in one answer
_MOST_ROWS = 51  # of one date: the fifty largest and the rest
_MOST_TOKENS = 2**63 - 1
_MONDAY = 0
_WEEK = 7
_DAY = timedelta(days=1)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_COUNT = re.compile(r"\d{1,19}", re.ASCII)
_SLUG = re.compile(r"[!-~]{1,200}")


class Config(BaseModel):
    """Settings of this kind. `schedule`: minute, hour, day, month, weekday in UTC, as in a crontab."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: SecretStr = Field(min_length=1, description="any OpenRouter API key")
    url: str = Field("https://openrouter.ai/api/v1/datasets/rankings-daily", pattern=r"^https?://[^\s@]+$")
    schedule: str = Field("20 0 * * *", pattern=r"^\S+( \S+){4}$")
    period: Literal["day", "week"] = "day"
    history_from: date = Field(_EARLIEST, ge=_EARLIEST)
    daily_days: int = Field(4, ge=1, le=_MOST_DAYS, description="days read at every poll; values settle within 48 h")
    weekly_days: int = Field(35, ge=_WEEK, le=_MOST_DAYS, description="days read again on Mondays")
    stale_after: timedelta = Field(timedelta(hours=36), gt=timedelta(0))


@dataclass(frozen=True, slots=True)
class Span:
    """Days to ask for, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Row:
    """Tokens of one model in the bar that starts on `date`."""

    date: date
    model: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """An answer. `as_of`: its own time stamp as written, `stamped_at` the same as an instant."""

    rows: tuple[Row, ...]
    as_of: str
    stamped_at: datetime


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Rankings(config, fetch)


@dataclass(frozen=True, slots=True)
class _Rankings:
    config: Config
    fetch: Fetch

    async def poll(self, window: Window) -> Snapshot:
        """All spans of the window in one snapshot; raises SourceError."""
        bodies: list[Body] = []
        rankings: list[Ranking] = []
        for span in spans(window, self.config):
            body = await self._get(span)
            bodies.append(body)
            rankings.append(parse(body.body, span, Bar(self.config.period)))
        return _snapshot(bodies, rankings, Bar(self.config.period))

    def reparse(self, body: bytes, fetched_at: datetime) -> Snapshot:
        """See `Reparsing`. Which days were asked for is not kept: any day before that time fits."""
        bar = Bar(self.config.period)
        span = Span(_EARLIEST, fetched_at.astimezone(UTC).date() - _DAY)
        bodies = [Body.of(part, fetched_at) for part in parted(body)]
        return _snapshot(bodies, [parse(part.body, span, bar) for part in bodies], bar)

    async def _get(self, span: Span) -> Body:
        key = self.config.key.get_secret_value().strip()
        return await self.fetch.get(
            self.config.url,
            params={
                "start_date": span.first.isoformat(),
                "end_date": span.last.isoformat(),
                "period": self.config.period,
            },
            secret_headers={"Authorization": SecretStr(f"Bearer {key}")},
            budget=_BUDGET,
        )


def spans(window: Window, config: Config) -> tuple[Span, ...]:
    """What to ask for: closed bars only, at most 366 days at a time, oldest first.

    The last `daily_days`, on Mondays the last `weekly_days`, because days are restated late now and then; of weeks
    always those within the last `weekly_days`. More where `since` lies before that: nothing is left out after a stop.
    """
    today = window.now.astimezone(UTC).date()
    since = None if window.since is None else window.since.astimezone(UTC).date()
    if config.period == "week":
        return tuple(_cut(*_weeks(today, since, config), _MOST_DAYS // _WEEK * _WEEK))
    days = config.weekly_days if today.weekday() == _MONDAY else config.daily_days
    first = max(min(since or today, today - timedelta(days=days)), config.history_from)
    return tuple(_cut(min(first, today - _DAY), today - _DAY, _MOST_DAYS))


def parse(body: bytes, span: Span, bar: Bar) -> Ranking:
    """Read one answer strictly; raises SourceError naming the field, what was got and what was expected."""
    answer = decoded(KIND, body)
    stamp = answer.at("meta").at("as_of")
    version = answer.at("meta").at("version")
    if version.value != "v1":
        raise version.fault("'v1', the only version this program knows")
    stamped_at = _stamp(stamp)
    places = answer.at("data").items()
    rows = tuple(_row(place, span, bar) for place in places)
    _refuse_doubles(places, rows)
    return Ranking(rows, stamp.of(str), stamped_at)


def _weeks(today: date, since: date | None, config: Config) -> tuple[date, date]:
    this_week = today - timedelta(days=today.weekday())
    earliest = config.history_from + timedelta(days=-config.history_from.weekday() % _WEEK)
    first = this_week - timedelta(days=config.weekly_days // _WEEK * _WEEK)
    if since is not None:
        first = min(first, since - timedelta(days=since.weekday()))
    return min(max(first, earliest), this_week - timedelta(days=_WEEK)), this_week - _DAY


def _cut(first: date, last: date, days: int) -> Iterator[Span]:
    while first <= last:
        end = min(first + timedelta(days=days - 1), last)
        yield Span(first, end)
        first = end + _DAY


def _row(place: Place, span: Span, bar: Bar) -> Row:
    slug = place.at("model_permaslug")
    if not _SLUG.fullmatch(slug.of(str)):
        raise slug.fault("a permaslug of at most 200 characters, without spaces")
    model = _REST if slug.of(str) in REST else slug.of(str)
    return Row(_date(place.at("date"), span, bar), model, _tokens(place.at("total_tokens")))


def _date(place: Place, span: Span, bar: Bar) -> date:
    text = place.of(str)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if found.isoformat() != text or found == date.min:
        raise place.fault("a date that exists, as YYYY-MM-DD")
    if not span.first <= found <= span.last:
        raise place.fault(f"a date from {span.first} to {span.last}, as asked for")
    if bar is Bar.WEEK and found.weekday() != _MONDAY:
        raise place.fault("a Monday, the start of a week")
    return found


def _tokens(place: Place) -> int:
    text = place.of(str)
    if not _COUNT.fullmatch(text) or int(text) > _MOST_TOKENS:
        raise place.fault("a count of tokens as decimal digits, at most 2^63 - 1")
    return int(text)


def _stamp(place: Place) -> datetime:
    text = place.of(str)
    try:
        found = datetime.fromisoformat(text) if _STAMP.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise place.fault("an instant as YYYY-MM-DDThh:mm:ssZ")
    return found


def _refuse_doubles(places: Sequence[Place], rows: Sequence[Row]) -> None:
    seen: set[tuple[date, str]] = set()
    rows_of: Counter[date] = Counter()
    for place, row in zip(places, rows, strict=True):
        if (row.date, row.model) in seen:
            raise place.at("model_permaslug").fault(f"one row for {row.model} on {row.date}, not two")
        seen.add((row.date, row.model))
        rows_of[row.date] += 1
        if rows_of[row.date] > _MOST_ROWS:
            raise place.at("date").fault(f"at most {_MOST_ROWS} rows for {row.date}")


def _snapshot(bodies: Sequence[Body], rankings: Sequence[Ranking], bar: Bar) -> Snapshot:
    """`entries` counts the rows of the newest bar: it must not depend on how many bars were asked for."""
    rows = [row for ranking in rankings for row in ranking.rows]
    fetched_at = bodies[-1].fetched_at
    newest = max(row.date for row in rows)
    through = _midnight(newest) + timedelta(seconds=bar.width)
    as_of = max(rankings, key=lambda ranking: ranking.stamped_at).as_of
    digests = "".join(body.digest for body in bodies)
    return Snapshot(
        source=KIND,
        fetched_at=fetched_at,
        samples=tuple(_samples(rows, fetched_at, bar)),
        seals=(Seal(_SOURCE, _METRIC, bar, through, fetched_at),),
        entries=sum(row.date == newest for row in rows),
        digest=digests if len(bodies) == 1 else hashlib.sha256(digests.encode()).hexdigest(),
        citation=f"Source: OpenRouter (openrouter.ai/rankings), as of {as_of}. Licensed under CC BY 4.0.",
        body=joined([body.body for body in bodies]),
    )


def _samples(rows: Sequence[Row], known_at: datetime, bar: Bar) -> Iterator[Sample]:
    models = {row.model for row in rows}
    series = {model: Series(_METRIC, Labels.of(source=_SOURCE, model=model), bar) for model in models}
    for row in rows:
        yield Sample(series[row.model], _midnight(row.date), known_at, float(row.tokens))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
