"""Shares of tokens, requests and spend by lab and by model, day by day, from Vercel's AI Gateway leaderboard."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from monitor.errors import SourceError
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.metric import REST
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.ports import Source, Window
from monitor.settings import listed
from monitor.sources.about import About, Shows
from monitor.sources.answer import Place, decoded
from monitor.sources.config import ListConfig, Schedule, Url
from monitor.sources.config import Span as Lasting
from monitor.sources.fetch import Body, Fetch
from monitor.sources.several import joined
from monitor.sources.share import ratio
from monitor.sources.span import DAY, Span, cut, date_of, midnight, utc_day

KIND = "vercel_leaderboard"
_SOURCE = "vercel"  # the label of the samples
_METRIC = "usage_share"
METRICS = (_METRIC,)
_LICENCE = "CC-BY-4.0"  # as the answer spells it
ABOUT = About(
    title="Vercel's AI Gateway leaderboard",
    label=_SOURCE,
    shows=Shows.USAGE,
    site="vercel.com/ai-gateway/leaderboards",
    licence="CC BY 4.0",
    duty="Vercel's notice with the link to the licence stands wherever the figures are shown",
    limits="none stated; cached for 24 hours",
    settles=timedelta(days=35),
    by_default=False,
)
_CITATION = (
    '© 2026 Vercel. "AI Gateway Leaderboard Data" is licensed under CC BY 4.0'
    " (https://creativecommons.org/licenses/by/4.0/)."
)
_EARLIEST = date(2025, 10, 1)
_CACHED = timedelta(hours=24)  # for so long an answer may have been kept upstream
_LABS_DAYS = 92  # in one answer: below a tenth of what an answer may weigh
_REST = "other"
_MEASURES = {
    "tokens": "tokens",
    "requests": "requests",
    "spend": "spend",
    "imageCount": "images",
    "videoCount": "videos",
}
"""By the `metric` of the answer, the label `measure`."""
_WHOLE = 100
_SLACK = Decimal("0.005")  # by which the shares of a day may miss the whole; 0.0005 was seen
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
Modality = Literal["all", "text", "image", "video"]


class Config(ListConfig):
    """Settings of this kind. Of `modalities`, all is what has no label modality."""

    url: Url = "https://vercel.com/api/ai/leaderboard-export"
    schedule: Schedule = "H 9 * * *"
    modalities: Annotated[tuple[Modality, ...], BeforeValidator(listed), Field(min_length=1)] = ("text",)
    history_from: date = Field(_EARLIEST, ge=_EARLIEST)
    labs_days: int = Field(35, ge=2, description="days of labs read at every poll, as they are restated")
    stale_after: Lasting = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `last`: None = through whatever day is the newest."""

    dataset: Literal["labs", "models"]
    modality: Modality
    first: date
    last: date | None

    @property
    def params(self) -> dict[str, str]:
        """Its query."""
        end = {} if self.last is None else {"to": self.last.isoformat()}
        return {"dataset": self.dataset, "modality": self.modality, "from": self.first.isoformat(), **end}


@dataclass(frozen=True, slots=True)
class Row:
    """The share (0 to 1) of a lab or a model in one measure of one day; `labels` has all but the source."""

    date: date
    labels: Labels
    share: Decimal


def build(config: Config, fetch: Fetch) -> Source:
    """The source of these settings."""
    return _Leaderboard(config, fetch)


@dataclass(frozen=True, slots=True)
class _Leaderboard:
    config: Config
    fetch: Fetch

    async def poll(self, window: Window) -> Snapshot:
        """All lists in one snapshot; raises SourceError."""
        answers: list[Body] = []
        rows: dict[Ask, tuple[Row, ...]] = {}
        for ask in asks(window, self.config):
            answers.append(await self.fetch.get(self.config.url, params=ask.params))
            rows[ask] = parse(answers[-1].body, ask)
        return _snapshot(joined(answers), rows, window.since)


def asks(window: Window, config: Config) -> tuple[Ask, ...]:
    """What to ask for, of each modality: the last `labs_days` of labs; models by calendar month, this and the last.

    More where `since` lies before. A list of models holds the largest of the days that were asked for: always asking
    for months keeps it the same from poll to poll. A month that began today has no day that is over.
    """
    today = utc_day(window.now)
    since = today if window.since is None else utc_day(window.since)
    recent = max(today - config.labs_days * DAY, config.history_from)
    older = tuple(cut(max(since, config.history_from), recent - DAY, _LABS_DAYS))
    months = _months(max(min(since, _month(_month(today) - DAY)), _month(config.history_from)), today - DAY)
    return tuple(ask for modality in config.modalities for ask in _asks(modality, older, recent, months, today))


def parse(body: bytes, ask: Ask) -> tuple[Row, ...]:
    """Read one answer strictly; raises SourceError naming the field, what was got and what was expected.

    Each list adds up to 100 % on every day and in every measure; a list of models without its rest row to no more.
    """
    answer = decoded(KIND, body)
    for name, expected in (("dataset", ask.dataset), ("modality", ask.modality), ("license", _LICENCE)):
        if answer.at(name).value != expected:
            raise answer.at(name).fault(repr(expected))
    listed = answer.at("rows")
    may_be_empty = ask.dataset == "models" or ask.last is not None  # a month that began, days before there was any
    places = [] if may_be_empty and listed.value == [] else listed.items()
    rows: dict[tuple[date, Labels], Row] = {}
    for place in places:
        row = _row(place, ask)
        if (row.date, row.labels) in rows:
            raise place.at("name").fault(f"one row for {row.labels} on {row.date}, not two")
        rows[row.date, row.labels] = row
    _refuse_bad_sums(listed, tuple(rows.values()), ask)
    return tuple(rows.values())


def _asks(
    modality: Modality, older: Sequence[Span], recent: date, months: Sequence[date], today: date
) -> Iterator[Ask]:
    for span in older:
        yield Ask("labs", modality, span.first, span.last)
    yield Ask("labs", modality, recent, None)
    for month in months:
        end = _month(month + 31 * DAY) - DAY
        yield Ask("models", modality, month, None if end >= today else end)


def _month(day: date) -> date:
    return day.replace(day=1)


def _months(first: date, last: date) -> tuple[date, ...]:
    """The first days of all months from that of `first` to that of `last`."""
    found = [_month(first)]
    while (following := _month(found[-1] + 31 * DAY)) <= last:
        found.append(following)
    return tuple(found)


def _row(place: Place, ask: Ask) -> Row:
    kind = ask.dataset.removesuffix("s")
    for field, expected in (("group", kind), ("modality", ask.modality)):
        if place.at(field).value != expected:
            raise place.at(field).fault(repr(expected))
    day, measure, name = date_of(place.at("date")), place.at("metric"), place.at("name")
    if day < ask.first or (ask.last is not None and day > ask.last):
        raise place.at("date").fault(f"a date from {ask.first}{f' to {ask.last}' if ask.last else ' on'}, as asked for")
    if measure.of(str) not in _MEASURES:
        raise measure.fault(f"one of {', '.join(_MEASURES)}")
    if not _NAME.fullmatch(name.of(str)):
        raise name.fault("a name of at most 200 characters, on one line")
    labels = {
        kind: _REST if name.of(str) in REST else name.of(str),
        "measure": _MEASURES[measure.of(str)],
        "modality": "" if ask.modality == "all" else ask.modality,
    }
    return Row(day, Labels.of(labels), ratio(place.at("share_percent"), whole=_WHOLE))


def _refuse_bad_sums(listed: Place, rows: Sequence[Row], ask: Ask) -> None:
    """A list is whole where it has all labs, or the rest row."""
    totals: defaultdict[tuple[date, str], Decimal] = defaultdict(Decimal)
    whole: set[tuple[date, str]] = set()
    for row in rows:
        totals[row.date, row.labels.get("measure")] += row.share
        if ask.dataset == "labs" or row.labels.get("model") == _REST:
            whole.add((row.date, row.labels.get("measure")))
    for (day, measure), total in totals.items():
        if total > 1 + _SLACK or ((day, measure) in whole and total < 1 - _SLACK):
            raise SourceError(
                f"{KIND}: {listed.path}: got {ask.dataset} that add up to {total:.2%} of {measure} on {day},"
                " expected 100%"
            )


def _snapshot(answer: Body, rows: Mapping[Ask, Sequence[Row]], since: datetime | None) -> Snapshot:
    """Closed days only, each sealed by itself: a share holds for its own day and for no other."""
    lists: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for ask, found in rows.items():
        lists[ask.dataset, ask.modality] += found
    if empty := [f"{dataset} of {modality}" for (dataset, modality), found in lists.items() if not found]:
        raise SourceError(f"{KIND}: rows: got none in all {', '.join(empty)}, expected some")
    end = min(_end(found, answer.fetched_at) for found in lists.values())
    days = [day for day in sorted(_common(lists.values())) if day < end]
    if not days:
        raise SourceError(f"{KIND}: rows: got no day that is over and is in every list, expected one at least")
    seen_before = date.min if since is None else utc_day(since) + DAY
    return Snapshot(
        source=KIND,
        fetched_at=answer.fetched_at,
        samples=tuple(
            sample
            for (dataset, _), found in lists.items()
            for sample in _samples(found, days, answer.fetched_at, date.min if dataset == "labs" else seen_before)
        ),
        seals=tuple(_seal(day, answer.fetched_at) for day in days),
        entries=len({row.labels for found in lists.values() for row in found if row.date == days[-1]}),
        digest=answer.digest,
        citation=_CITATION,
        complete=True,
        body=answer.body,
    )


def _end(rows: Sequence[Row], fetched_at: datetime) -> date:
    """The first day that may still run: the newest, unless it ended longer ago than an answer may have been kept."""
    newest = max(row.date for row in rows)
    return newest if midnight(newest + DAY) + _CACHED > fetched_at else newest + DAY


def _common(lists: Iterable[Sequence[Row]]) -> set[date]:
    return set.intersection(*({row.date for row in rows} for rows in lists))


def _samples(rows: Sequence[Row], days: Sequence[date], known_at: datetime, complete_from: date) -> Iterator[Sample]:
    """Every series from its first day on; None from `complete_from` on where it is not listed: it is gone.

    Before that it says nothing: a list of models that is asked for anew may have others at its end.
    """
    shares: defaultdict[Labels, dict[date, Decimal]] = defaultdict(dict)
    for row in rows:
        shares[row.labels][row.date] = row.share
    for labels, by_day in shares.items():
        series, first = Series(_METRIC, labels.merged(Labels.of(source=_SOURCE)), Bar.DAY), min(by_day)
        for day in days:
            share = by_day.get(day)
            if share is not None or day >= max(first, complete_from):
                yield Sample(series, midnight(day), known_at, None if share is None else float(share))


def _seal(day: date, known_at: datetime) -> Seal:
    end = midnight(day + DAY)
    return Seal(_SOURCE, _METRIC, Bar.DAY, end, known_at, holds_until=end)
