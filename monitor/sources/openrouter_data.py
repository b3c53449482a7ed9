"""What OpenRouter's data sets share: the key, the budget, the stamp that is cited, rows of tokens by closed bars."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic import SecretStr

from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.metric import REST
from monitor.model.sample import Sample, Seal, Series
from monitor.sources.answer import Place, decoded
from monitor.sources.fetch import Body, Fetch
from monitor.sources.manners import Budget
from monitor.sources.span import DAY, WEEK, Span, date_of, midnight, monday

LICENCE = "CC BY 4.0"
DUTY = "the citation line with the date stands wherever the figures are shown; not for a rival free API"
LIMITS = "30 requests a minute and 500 a day for an account, shared by all data sets"
SETTLES = timedelta(hours=48)
EARLIEST = date(2025, 1, 1)
MOST_DAYS = 366  # in one answer
TOKENS = "tokens"
_BUDGET = Budget("openrouter-data-api", per_minute=30, per_day=500)  # per account, shared by all its data sets
_REST = "other"
_MOST_ROWS = 51  # of one date: the fifty largest and the rest
_MOST_TOKENS = 2**63 - 1
_MONDAY = 0
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_COUNT = re.compile(r"\d{1,19}", re.ASCII)
_SLUG = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class Api:
    """One data set, with the key of an account."""

    fetch: Fetch
    url: str
    key: SecretStr

    async def get(self, **params: str) -> Body:
        """One answer, counted against the budget of the account; raises SourceError."""
        bearer = SecretStr(f"Bearer {self.key.get_secret_value().strip()}")
        return await self.fetch.get(self.url, params=params, secret_headers={"Authorization": bearer}, budget=_BUDGET)


@dataclass(frozen=True, slots=True)
class Stamp:
    """The time stamp of an answer: `as_of` as written, `at` the same as an instant."""

    as_of: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """Tokens of one model in the bar that starts on `date`."""

    date: date
    model: str
    tokens: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """An answer that ranks models, bar by bar."""

    rows: tuple[Row, ...]
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Counted:
    """What rankings of one kind come to: `rows` is how many the newest bar has, however many bars were asked for."""

    samples: tuple[Sample, ...]
    seal: Seal
    rows: int


def citation(page: str, stamps: Sequence[Stamp]) -> str:
    """The line that OpenRouter asks for, with the newest stamp. `page`: where it shows the same itself."""
    return cited(page, max(stamps, key=lambda stamp: stamp.at).as_of)


def cited(page: str, as_of: str) -> str:
    """The same where the answer has a date alone."""
    return f"Source: OpenRouter ({page}), as of {as_of}. Licensed under {LICENCE}."


def weeks(today: date, since: date | None, *, earliest: date, back: int) -> Span:
    """Whole weeks that are over: those within the last `back` days, more where `since` lies before, at least one."""
    first = monday(today) - timedelta(days=back // WEEK.days * WEEK.days)
    if since is not None:
        first = min(first, monday(since))
    first = max(first, monday(earliest + WEEK - DAY))
    return Span(min(first, monday(today) - WEEK), monday(today) - DAY)


def ranking(kind: str, body: bytes, span: Span, bar: Bar, *, may_be_empty: bool = False) -> Ranking:
    """Read one answer strictly; raises SourceError naming the field, what was got and what was expected."""
    answer = decoded(kind, body)
    stamp = stamp_of(answer)
    listed = answer.at("data")
    places = [] if may_be_empty and listed.value == [] else listed.items()
    rows = tuple(_row(place, span, bar) for place in places)
    _refuse_doubles(places, rows)
    return Ranking(rows, stamp)


def stamp_of(answer: Place) -> Stamp:
    """The stamp of an answer of the version that this program knows; raises SourceError."""
    meta = answer.at("meta")
    as_of, version = meta.at("as_of"), meta.at("version")
    if version.value != "v1":
        raise version.fault("'v1', the only version this program knows")
    text = as_of.of(str)
    try:
        found = datetime.fromisoformat(text) if _STAMP.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise as_of.fault("an instant as YYYY-MM-DDThh:mm:ssZ")
    return Stamp(text, found)


def slug_of(place: Place) -> str:
    """A name as OpenRouter's data sets spell models and tasks; raises SourceError."""
    text = place.of(str)
    if not _SLUG.fullmatch(text):
        raise place.fault("a slug of at most 200 characters, without spaces")
    return text


def tokens_of(place: Place) -> int:
    """A count of tokens, written as a text; raises SourceError."""
    text = place.of(str)
    if not _COUNT.fullmatch(text) or int(text) > _MOST_TOKENS:
        raise place.fault("a count of tokens as decimal digits, at most 2^63 - 1")
    return int(text)


def counted(rows: Sequence[Row], labels: Mapping[str, str], known_at: datetime, bar: Bar) -> Counted:
    """Samples of rows, of which there must be some, with these labels and their model; sealed through the newest."""
    newest = max(row.date for row in rows)
    through = midnight(newest) + timedelta(seconds=bar.width)
    seal = Seal(labels["source"], TOKENS, bar, through, known_at)
    return Counted(tuple(_samples(rows, labels, known_at, bar)), seal, sum(row.date == newest for row in rows))


def _row(place: Place, span: Span, bar: Bar) -> Row:
    slug = slug_of(place.at("model_permaslug"))
    model = _REST if slug in REST else slug
    return Row(_bar_start(place.at("date"), span, bar), model, tokens_of(place.at("total_tokens")))


def _bar_start(place: Place, span: Span, bar: Bar) -> date:
    found = date_of(place)
    if not span.first <= found <= span.last:
        raise place.fault(f"a date from {span.first} to {span.last}, as asked for")
    if bar is Bar.WEEK and found.weekday() != _MONDAY:
        raise place.fault("a Monday, the start of a week")
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


def _samples(rows: Sequence[Row], labels: Mapping[str, str], known_at: datetime, bar: Bar) -> Iterator[Sample]:
    models = {row.model for row in rows}
    series = {model: Series(TOKENS, Labels.of(labels, model=model), bar) for model in models}
    for row in rows:
        yield Sample(series[row.model], midnight(row.date), known_at, float(row.tokens))
