"""Tokens per model and day (or week) from OpenRouter's Data API (rankings-daily); never asks for a running bar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from monitor.model.bar import Bar
from monitor.model.sample import Snapshot
from monitor.ports import Source, Window
from monitor.sources.about import About, Shows
from monitor.sources.bodies import parted
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
from monitor.sources.span import DAY, WEEK, Span, cut, utc_day

KIND = "openrouter_rankings"
_SOURCE = "openrouter"  # the label of the samples
_PAGE = "openrouter.ai/rankings"
METRICS = ("tokens",)
ABOUT = About(
    title="OpenRouter's usage rankings",
    label=_SOURCE,
    shows=Shows.USAGE,
    site=_PAGE,
    licence=LICENCE,
    duty=DUTY,
    limits=LIMITS,
    settles=SETTLES,
)
_MONDAY = 0


class Config(BaseModel):
    """Settings of this kind. `schedule`: minute, hour, day, month, weekday in UTC, as in a crontab."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: SecretStr = Field(min_length=1, description="any OpenRouter API key")
    url: str = Field("https://openrouter.ai/api/v1/datasets/rankings-daily", pattern=r"^https?://[^\s@]+$")
    schedule: str = Field("20 0 * * *", pattern=r"^\S+( \S+){4}$")
    period: Literal["day", "week"] = "day"
    history_from: date = Field(EARLIEST, ge=EARLIEST)
    daily_days: int = Field(4, ge=1, le=MOST_DAYS, description="days read at every poll; values settle within 48 h")
    weekly_days: int = Field(35, ge=WEEK.days, le=MOST_DAYS, description="days read again on Mondays")
    stale_after: timedelta = Field(timedelta(hours=36), gt=timedelta(0))


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Rankings(config, Api(fetch, config.url, config.key))


@dataclass(frozen=True, slots=True)
class _Rankings:
    config: Config
    api: Api

    async def poll(self, window: Window) -> Snapshot:
        """All spans of the window in one snapshot; raises SourceError."""
        answers: list[Body] = []
        rankings: list[Ranking] = []
        for span in spans(window, self.config):
            first, last = span.first.isoformat(), span.last.isoformat()
            answers.append(await self.api.get(start_date=first, end_date=last, period=self.config.period))
            rankings.append(parse(answers[-1].body, span, Bar(self.config.period)))
        return _snapshot(joined(answers), rankings, Bar(self.config.period))

    def reparse(self, body: bytes, fetched_at: datetime) -> Snapshot:
        """See `Reparsing`. Which days were asked for is not kept: any day before that time fits."""
        bar = Bar(self.config.period)
        span = Span(EARLIEST, utc_day(fetched_at) - DAY)
        answers = [Body.of(part, fetched_at) for part in parted(body)]
        return _snapshot(joined(answers), [parse(each.body, span, bar) for each in answers], bar)


def spans(window: Window, config: Config) -> tuple[Span, ...]:
    """What to ask for: closed bars only, at most 366 days at a time, oldest first.

    The last `daily_days`, on Mondays the last `weekly_days`, because days are restated late now and then; of weeks
    always those within the last `weekly_days`. More where `since` lies before that: nothing is left out after a stop.
    """
    today = utc_day(window.now)
    since = None if window.since is None else utc_day(window.since)
    if config.period == "week":
        whole = weeks(today, since, earliest=config.history_from, back=config.weekly_days)
        return tuple(cut(whole.first, whole.last, MOST_DAYS // WEEK.days * WEEK.days))
    days = config.weekly_days if today.weekday() == _MONDAY else config.daily_days
    first = max(min(since or today, today - timedelta(days=days)), config.history_from)
    return tuple(cut(min(first, today - DAY), today - DAY, MOST_DAYS))


def parse(body: bytes, span: Span, bar: Bar) -> Ranking:
    """Read one answer strictly; raises SourceError naming the field, what was got and what was expected."""
    return ranking(KIND, body, span, bar)


def _snapshot(answer: Body, rankings: list[Ranking], bar: Bar) -> Snapshot:
    rows = [row for each in rankings for row in each.rows]
    found = counted(rows, {"source": _SOURCE}, answer.fetched_at, bar)
    return Snapshot(
        source=KIND,
        fetched_at=answer.fetched_at,
        samples=found.samples,
        seals=(found.seal,),
        entries=found.rows,
        digest=answer.digest,
        citation=citation(_PAGE, [each.stamp for each in rankings]),
        body=answer.body,
    )
