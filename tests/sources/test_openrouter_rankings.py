from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import SourceError
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Seal, Snapshot
from monitor.ports import Reparsing, Window
from monitor.sources.fetch import Fetch
from monitor.sources.openrouter_rankings import KIND, Config, build, parse, spans
from monitor.sources.span import Span
from tests.secrecy import assert_hidden, chained
from tests.shared import payload
from tests.sources.fakes import Clock, Memory

PATH = "/api/v1/datasets/rankings-daily"
KEY = "sk-or-v1-topsecret"
DOCS = Span(date(2026, 4, 12), date(2026, 5, 11))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def recorded(name: str) -> bytes:
    return payload(f"openrouter-rankings-daily/{name}.json")


def config(server: HTTPServer | None = None, **settings: object) -> Config:
    url = {} if server is None else {"url": server.url_for(PATH)}
    return Config.model_validate({"key": KEY, **url, **settings})


async def poll(fetch: Fetch, settings: Config, now: datetime, since: date | None = None) -> Snapshot:
    return await build(settings, fetch).poll(Window(now, None if since is None else midnight(since)))


def totals(snapshot: Snapshot) -> dict[date, float]:
    sums: Counter[date] = Counter()
    for sample in snapshot.samples:
        sums[sample.valid_at.date()] += int(sample.value or 0)
    return dict(sums)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "first", "last", "as_of"),
    [
        ("rankings-30d-end-2026-08-18", date(2026, 7, 20), date(2026, 8, 18), "2026-08-19T00:05:19.000Z"),
        ("rankings-5d-end-2026-07-18-first-read", date(2026, 7, 14), date(2026, 7, 18), "2026-07-19T00:05:16.000Z"),
        ("rankings-7d-end-2026-07-20-restated", date(2026, 7, 14), date(2026, 7, 20), "2026-07-21T00:05:19.000Z"),
        ("docs-example", DOCS.first, DOCS.last, "2026-05-12T02:00:00Z"),
    ],
)
async def test_every_recorded_answer_becomes_its_samples(  # noqa: PLR0913
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, *, name: str, first: date, last: date, as_of: str
) -> None:
    """Every row once, in whole tokens, at its day, known when it was fetched; sealed through the newest day."""
    query = {"start_date": str(first), "end_date": str(last), "period": "day"}
    asked = httpserver.expect_request(PATH, query_string=query, headers={"Authorization": f"Bearer {KEY}"})
    asked.respond_with_data(recorded(name))
    clock.at = midnight(last) + timedelta(days=1, minutes=20)
    snapshot = await poll(fetch, config(httpserver), clock.at, first)
    rows = json.loads(recorded(name))["data"]
    assert [
        (str(sample.valid_at.date()), sample.series.labels.get("model"), str(int(sample.value or 0)))
        for sample in snapshot.samples
    ] == [(row["date"], row["model_permaslug"], row["total_tokens"]) for row in rows]
    assert {(sample.series.metric, sample.series.bar) for sample in snapshot.samples} == {("tokens", Bar.DAY)}
    assert {sample.series.labels.get("source") for sample in snapshot.samples} == {"openrouter"}
    assert {sample.known_at for sample in snapshot.samples} == {clock.at}
    newest = date.fromisoformat(rows[-1]["date"])
    through = midnight(newest) + timedelta(days=1)
    assert snapshot.seals == (Seal("openrouter", "tokens", Bar.DAY, through, clock.at),)
    assert snapshot.citation == (
        f"Source: OpenRouter (openrouter.ai/rankings), as of {as_of}. Licensed under CC BY 4.0."
    )
    assert (snapshot.source, snapshot.complete, snapshot.unchanged) == (KIND, False, False)
    assert snapshot.entries == sum(row["date"] == str(newest) for row in rows)
    assert snapshot.body == recorded(name)
    assert again(fetch, config(httpserver), snapshot) == snapshot


@pytest.mark.asyncio
async def test_variants_and_the_rest_are_models_of_their_own(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock
) -> None:
    """A ":free" stays in the name, and the row that sums what the list cuts off is "other" on every day."""
    httpserver.expect_request(PATH).respond_with_data(recorded("rankings-30d-end-2026-08-18"))
    snapshot = await poll(fetch, config(httpserver), clock.at, date(2026, 7, 20))
    models = Counter(sample.series.labels.get("model") for sample in snapshot.samples)
    assert models["tencent/hy3-20260706:free"] > 0
    assert models["other"] == 30
    first = snapshot.samples[0]
    assert first.series.labels == Labels.of(source="openrouter", model="tencent/hy3-20260706:free")
    assert first.value == 1754733881115


@pytest.mark.asyncio
async def test_a_restated_day_is_read_anew(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """2026-07-18 was first read 2.35 % short; two days later it is whole, and the days before are as they were."""
    httpserver.expect_oneshot_request(PATH).respond_with_data(recorded("rankings-5d-end-2026-07-18-first-read"))
    clock.at = datetime(2026, 7, 19, 0, 20, tzinfo=UTC)
    first = totals(await poll(fetch, config(httpserver), clock.at, date(2026, 7, 14)))
    httpserver.expect_request(PATH).respond_with_data(recorded("rankings-7d-end-2026-07-20-restated"))
    clock.at = datetime(2026, 7, 21, 0, 20, tzinfo=UTC)
    second = totals(await poll(fetch, config(httpserver), clock.at, date(2026, 7, 14)))
    changed = date(2026, 7, 18)
    assert second[changed] / first[changed] == pytest.approx(1.0235, abs=0.00005)
    assert {day: total for day, total in first.items() if day != changed} == {
        day: second[day] for day in first if day != changed
    }


def again(fetch: Fetch, settings: Config, snapshot: Snapshot) -> Snapshot:
    """What the source makes of a body that was kept."""
    source = build(settings, fetch)
    assert isinstance(source, Reparsing)
    return source.reparse(snapshot.body, snapshot.fetched_at)


def days(request: Request) -> list[date]:
    first, last = (date.fromisoformat(request.args[name]) for name in ("start_date", "end_date"))
    return [first + timedelta(days=lag) for lag in range((last - first).days + 1)]


def history(asked: list[Request], *, weekday: int | None = None) -> Callable[[Request], Response]:
    """Answers any window with one row and the rest for each day (or each such weekday), and notes what was asked."""

    def answer(request: Request) -> Response:
        asked.append(request)
        dates = [day for day in days(request) if weekday in (None, day.weekday())]
        rows = [
            {"date": str(day), "model_permaslug": slug, "total_tokens": "5"}
            for day in dates
            for slug in ("a/b-20250101", "other")
        ]
        meta = {"as_of": f"{dates[-1]}T00:00:00Z", "version": "v1"}
        return Response(json.dumps({"data": rows, "meta": meta}))

    return answer


@pytest.mark.asyncio
async def test_history_comes_in_windows_of_at_most_366_days_as_one_snapshot(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, memory: Memory
) -> None:
    """The first run: from 2025-01-01 to yesterday, each day once, every request counted, cited by the newest stamp."""
    asked: list[Request] = []
    httpserver.expect_request(PATH).respond_with_handler(history(asked))
    clock.at = datetime(2026, 11, 22, 0, 20, tzinfo=UTC)
    snapshot = await poll(fetch, config(httpserver), clock.at, date(2024, 1, 1))
    wanted = [date(2025, 1, 1) + timedelta(days=lag) for lag in range(690)]
    assert wanted[-1] == date(2026, 11, 21)
    assert [day for request in asked for day in days(request)] == wanted
    assert [len(days(request)) for request in asked] == [366, 324]
    assert len(memory.spent["openrouter-data-api"]) == 2
    assert sorted(totals(snapshot)) == wanted
    assert snapshot.seals[0].through == datetime(2026, 11, 22, tzinfo=UTC)
    assert "as of 2026-11-21T00:00:00Z" in snapshot.citation
    assert snapshot.entries == 2
    assert again(fetch, config(httpserver), snapshot) == snapshot


@pytest.mark.asyncio
async def test_weeks_are_asked_for_whole(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """period=week: Mondays of weeks that ended, sealed through the end of the last."""
    asked: list[Request] = []
    httpserver.expect_request(PATH).respond_with_handler(history(asked, weekday=0))
    clock.at = datetime(2026, 11, 18, 0, 20, tzinfo=UTC)  # a Wednesday
    snapshot = await poll(fetch, config(httpserver, period="week"), clock.at, date(2025, 1, 1))
    assert [request.args["period"] for request in asked] == ["week", "week"]
    assert [len(days(request)) for request in asked] == [364, 315]
    assert min(totals(snapshot)) == date(2025, 1, 6)  # the first whole week of the data
    assert {sample.series.bar for sample in snapshot.samples} == {Bar.WEEK}
    assert snapshot.seals[0].through == datetime(2026, 11, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "settings", "first", "last"),
    [
        ("2026-08-19T00:20Z", {}, "2026-08-15", "2026-08-18"),  # a Wednesday
        ("2026-08-17T00:20Z", {}, "2026-07-13", "2026-08-16"),  # a Monday
        ("2026-08-16T23:59Z", {}, "2026-08-12", "2026-08-15"),  # a Sunday, though Monday further east
        ("2026-08-17T01:00+02:00", {}, "2026-08-12", "2026-08-15"),  # the same, in local time
        ("2026-08-19T00:20Z", {"daily_days": 1}, "2026-08-18", "2026-08-18"),
        ("2026-08-19T00:20Z", {"history_from": "2026-08-17"}, "2026-08-17", "2026-08-18"),
        ("2026-08-19T00:20Z", {"period": "week"}, "2026-07-13", "2026-08-16"),
        ("2026-08-17T00:20Z", {"period": "week"}, "2026-07-13", "2026-08-16"),
        ("2026-08-16T00:20Z", {"period": "week"}, "2026-07-06", "2026-08-09"),
        ("2026-08-19T00:20Z", {"period": "week", "weekly_days": 13}, "2026-08-10", "2026-08-16"),
    ],
)
def test_what_a_poll_without_since_reads(now: str, settings: dict[str, Any], first: str, last: str) -> None:
    """Four days, on Mondays 35; of weeks the last five."""
    expected = (Span(date.fromisoformat(first), date.fromisoformat(last)),)
    assert spans(Window(datetime.fromisoformat(now)), config(**settings)) == expected


@given(
    now=st.datetimes(datetime(2025, 2, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    back=st.none() | st.integers(0, 4000),
    period=st.sampled_from(["day", "week"]),
)
def test_no_window_ever_reaches_into_a_bar_that_runs(now: datetime, back: int | None, period: str) -> None:
    """Whatever is asked: closed bars only, without gaps, none twice, at most 366 days at a time."""
    since = None if back is None else now - timedelta(days=back)
    found = spans(Window(now, since), config(period=period))
    assert found
    assert found[-1].last < now.date()
    assert found[0].first >= date(2025, 1, 1)
    assert all((span.last - span.first).days in range(366) for span in found)
    assert all(after.first - before.last == timedelta(days=1) for before, after in pairwise(found))
    if since is not None and date(2025, 1, 6) <= since.date() < found[-1].first:
        assert (since.date() - found[0].first).days in (range(7) if period == "week" else range(1))
    if period == "week":
        assert {(span.first.weekday(), span.last.weekday()) for span in found} == {(0, 6)}


def docs_with(**changes: object) -> bytes:
    """The documented answer with some fields of its first row, or its meta, replaced (None = left out)."""
    answer = json.loads(recorded("docs-example"))
    for name, value in changes.items():
        holder = answer["meta"] if name in answer["meta"] else answer if name in answer else answer["data"][0]
        holder[name] = value
        if value is None:
            del holder[name]
    return json.dumps(answer).encode()


_FIRST = json.loads(recorded("docs-example"))["data"][0]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "the answer: got 0 bytes beginning '', expected JSON"),
        (
            b"<!DOCTYPE html><html>",
            "got 21 bytes beginning '<!DOCTYPE html><html>', expected JSON (it looks like HTML)",
        ),
        (recorded("docs-example")[:-40], "expected JSON (Unterminated string"),
        (b"\xff\xfe", "expected JSON ("),
        (b"[" * 100_000, "expected JSON ("),
        (b"[]", "the answer: got [], expected an object"),
        (b'{"meta": {}}', "meta: got an empty object, expected the key 'as_of'"),
        (docs_with(data=[]), "data: got [], expected at least one entry"),
        (docs_with(data={}), "data: got an empty object, expected a list"),
        (docs_with(data=["x"]), "data[0]: got 'x', expected an object"),
        (docs_with(meta=None), "expected the key 'meta'"),
        (docs_with(version="v2"), "meta.version: got 'v2', expected 'v1'"),
        (docs_with(as_of="yesterday"), "meta.as_of: got 'yesterday', expected an instant"),
        (docs_with(as_of="2026-13-12T02:00:00Z"), "meta.as_of: got '2026-13-12T02:00:00Z', expected an instant"),
        (docs_with(as_of="2026-05-12T02:00:00"), "meta.as_of: got '2026-05-12T02:00:00', expected an instant"),
        (
            docs_with(date=None),
            "data[0]: got an object with the keys ['model_permaslug', 'total_tokens'], expected the",
        ),
        (docs_with(date="2026-02-30"), "data[0].date: got '2026-02-30', expected a date that exists"),
        (docs_with(date="20260511"), "data[0].date: got '20260511', expected a date that exists"),
        (docs_with(date="2026-W20-1"), "data[0].date: got '2026-W20-1', expected a date that exists"),
        (docs_with(date="2026-05-12"), "data[0].date: got '2026-05-12', expected a date from 2026-04-12 to 2026-05-11"),
        (docs_with(date="2026-04-11"), "data[0].date: got '2026-04-11', expected a date from 2026-04-12 to 2026-05-11"),
        (docs_with(date=20260511), "data[0].date: got 20260511, expected a text"),
        (docs_with(model_permaslug=""), "data[0].model_permaslug: got '', expected a slug"),
        (docs_with(model_permaslug="a/b\n"), "data[0].model_permaslug: got 'a/b\\n', expected a slug"),
        (docs_with(total_tokens="NaN"), "data[0].total_tokens: got 'NaN', expected a count of tokens"),
        (docs_with(total_tokens=float("nan")), "expected JSON (NaN is no JSON)"),
        (docs_with(total_tokens="-5"), "data[0].total_tokens: got '-5', expected a count of tokens"),
        (docs_with(total_tokens="1.5"), "data[0].total_tokens: got '1.5', expected a count of tokens"),
        (docs_with(total_tokens="1e9"), "data[0].total_tokens: got '1e9', expected a count of tokens"),
        (docs_with(total_tokens="١٢"), "data[0].total_tokens: got '١٢', expected a count of tokens"),
        (docs_with(total_tokens=str(2**63)), "data[0].total_tokens: got '9223372036854775808', expected"),
        (docs_with(total_tokens=1.5), "data[0].total_tokens: got 1.5, expected a text"),
        (
            docs_with(data=[_FIRST, _FIRST]),
            "data[1].model_permaslug: got 'openai/gpt-4o-2024-05-13', expected one row for openai/gpt-4o-2024-05-13 on",
        ),
        (
            docs_with(data=[{**_FIRST, "model_permaslug": slug} for slug in ("other", "Others")]),
            "expected one row for other on 2026-05-11, not two",
        ),
        (
            docs_with(data=[{**_FIRST, "model_permaslug": f"a/b{number}"} for number in range(52)]),
            "data[51].date: got '2026-05-11', expected at most 51 rows for 2026-05-11",
        ),
    ],
)
def test_a_broken_answer_is_refused_with_field_got_and_expected(body: bytes, told: str) -> None:
    """Nothing half-read: one wrong field refuses the answer, and the message says which."""
    with pytest.raises(SourceError) as caught:
        parse(body, DOCS, Bar.DAY)
    assert caught.value.message.startswith(f"{KIND}: ")
    assert told in caught.value.message


def test_a_week_starts_on_monday() -> None:
    """A Tuesday in a weekly answer is no week."""
    body = docs_with(date="2026-05-05")
    assert parse(body, DOCS, Bar.DAY).rows[0].date == date(2026, 5, 5)
    with pytest.raises(SourceError, match="expected a Monday"):
        parse(body, DOCS, Bar.WEEK)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("2026-05-11"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_ROWS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "date": st.just("2026-05-11") | _VALUES,
            "model_permaslug": st.just("a/b") | _VALUES,
            "total_tokens": st.just("5") | _VALUES,
        },
    )
    | _VALUES,
    max_size=3,
)
_ANSWERS = _VALUES | st.fixed_dictionaries(
    {
        "data": _ROWS | _VALUES,
        "meta": _VALUES | st.fixed_dictionaries({"as_of": st.just("2026-05-12T02:00:00Z") | _VALUES}),
    }
)


@given(_ANSWERS.map(lambda answer: json.dumps(answer).encode()) | st.binary(max_size=60))
def test_no_answer_breaks_the_parser(body: bytes) -> None:
    """Whatever a server sends, it is either read or refused with a SourceError."""
    try:
        ranking = parse(body, DOCS, Bar.DAY)
    except SourceError as error:
        assert error.message.startswith(f"{KIND}: ")  # noqa: PT017
    else:
        assert ranking.rows


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": ""},
        {"keys": "x"},
        {"url": "ftp://example.org"},
        {"url": "https://me:pw@example.org"},
        {"period": "month"},
        {"schedule": "daily"},
        {"history_from": "2024-12-31"},
        {"weekly_days": "6"},
        {"daily_days": "367"},
    ],
)
def test_wrong_settings_are_refused_and_the_key_is_not_shown(wrong: dict[str, str]) -> None:
    """Unknown names and impossible values are errors at start, not at the first poll."""
    with pytest.raises(ValidationError) as caught:
        Config.model_validate({"key": KEY, **wrong})
    assert KEY not in str(caught.value)


@pytest.mark.asyncio
async def test_the_key_stands_in_no_text(
    httpserver: HTTPServer, fetch: Fetch, caplog: pytest.LogCaptureFixture, clock: Clock
) -> None:
    """Not in the settings' repr, the source's repr, an error or a log; a line end pasted with it does no harm."""
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request(PATH, headers={"Authorization": f"Bearer {KEY}"}).respond_with_data(b"{}", status=401)
    settings = config(httpserver, key=SecretStr(f"{KEY}\n"))
    with pytest.raises(SourceError, match="got HTTP 401") as caught:
        await poll(fetch, settings, clock.at)
    told = (repr(settings), str(settings), repr(build(settings, fetch)), caplog.text)
    assert_hidden([KEY], texts=[*told, *chained(caught.value)])
