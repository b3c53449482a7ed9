from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import SourceError
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Seal, Snapshot
from monitor.ports import Window
from monitor.sources.fetch import Fetch
from monitor.sources.openrouter_categories import KIND, Category, Config, build, parse, spans
from monitor.sources.span import Span, midnight
from tests.shared import payload
from tests.sources.fakes import Clock, Memory
from tests.sources.judged import told

PATH = "/api/v1/datasets/rankings-daily"
KEY = "sk-or-v1-topsecret"
WEDNESDAY = datetime(2026, 8, 19, 0, 50, tzinfo=UTC)
NEWEST = date(2026, 8, 10)
EVERY = get_args(Category)
_ROWS = json.loads(payload("openrouter-rankings-daily/rankings-30d-end-2026-08-18.json"))["data"]
Tokens = Callable[[str, date], Mapping[str, int]]
"""By category and week: tokens by model."""


def real(_category: str, week: date) -> Mapping[str, int]:
    """The recorded days of a week as if they were a sample: no weekly answer was recorded."""
    found: Counter[str] = Counter()
    for row in _ROWS:
        if week <= date.fromisoformat(row["date"]) < week + timedelta(days=7):
            found[row["model_permaslug"]] += int(row["total_tokens"])
    return dict(found.most_common(51))


def answer(category: str, weeks: Sequence[date], tokens: Tokens, **meta: object) -> bytes:
    rows = [
        {"date": str(week), "model_permaslug": model, "total_tokens": str(count)}
        for week in weeks
        for model, count in tokens(category, week).items()
    ]
    return json.dumps({"data": rows, "meta": {"as_of": "2026-08-19T00:50:01Z", "version": "v1", **meta}}).encode()


def serve(server: HTTPServer, tokens: Tokens, refused: Mapping[str, tuple[bytes, int]] | None = None) -> list[Request]:
    """Answers every category; of those `refused` with a body and a status. Notes what was asked."""
    asked: list[Request] = []

    def respond(request: Request) -> Response:
        asked.append(request)
        category = request.args["category"]
        if category in (refused or {}):
            body, status = (refused or {})[category]
            return Response(body, status)
        first, last = (date.fromisoformat(request.args[name]) for name in ("start_date", "end_date"))
        weeks = [first + timedelta(days=7 * lag) for lag in range(((last - first).days + 1) // 7)]
        return Response(answer(category, weeks, tokens))

    server.expect_request(PATH, headers={"Authorization": f"Bearer {KEY}"}).respond_with_handler(respond)
    return asked


def config(server: HTTPServer | None = None, **settings: object) -> Config:
    url = {} if server is None else {"url": server.url_for(PATH)}
    return Config.model_validate({"key": KEY, **url, **settings})


async def poll(
    server: HTTPServer, fetch: Fetch, clock: Clock, since: date | None = None, **settings: object
) -> Snapshot:
    window = Window(clock.at, None if since is None else midnight(since))
    return await build(config(server, **settings), fetch).poll(window)


@pytest.mark.asyncio
async def test_every_category_is_a_source_of_its_own(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, memory: Memory
) -> None:
    """Twelve requests, one snapshot: each category labelled, and sealed through its newest week."""
    asked = serve(httpserver, real)
    clock.at = WEDNESDAY
    snapshot = await poll(httpserver, fetch, clock, weekly_days=21)
    assert [request.args["category"] for request in asked] == list(EVERY)
    assert {(request.args["start_date"], request.args["end_date"], request.args["period"]) for request in asked} == {
        ("2026-07-27", "2026-08-16", "week")
    }
    assert len(memory.spent["openrouter-data-api"]) == 12
    assert snapshot.seals == tuple(
        Seal(f"openrouter/{category}", "tokens", Bar.WEEK, datetime(2026, 8, 17, tzinfo=UTC), clock.at)
        for category in EVERY
    )
    newest = {sample.series.labels: sample.value for sample in snapshot.samples if sample.valid_at == midnight(NEWEST)}
    expected = real("", NEWEST)
    assert newest == {
        Labels.of(source=f"openrouter/{category}", category=category, model=model): tokens
        for category in EVERY
        for model, tokens in expected.items()
    }
    assert expected["other"] > 0
    assert {sample.series.bar for sample in snapshot.samples} == {Bar.WEEK}
    assert (snapshot.source, snapshot.entries, snapshot.complete, snapshot.faults) == (KIND, len(expected), False, ())
    assert snapshot.citation == (
        "Source: OpenRouter (openrouter.ai/rankings), as of 2026-08-19T00:50:01Z. Licensed under CC BY 4.0."
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("refused", "says"),
    [
        ((b"{}", 400), "health: http"),
        ((b"{}", 404), "got HTTP 404, expected 200"),
        ((b"<html>", 200), f"health: {KIND}: the answer: got 6 bytes beginning '<html>', expected JSON"),
        ((answer("health", [], real), 200), f"health: {KIND}: data: got [], expected at least one entry"),
    ],
)
async def test_a_category_that_is_wrong_does_not_lose_the_others(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, *, refused: tuple[bytes, int], says: str
) -> None:
    """It is told and not sealed; the others are as they would be, and the guard sees no loss of entries."""
    serve(httpserver, real, {"health": refused})
    clock.at = WEDNESDAY
    snapshot = await poll(httpserver, fetch, clock)
    assert {seal.source for seal in snapshot.seals} == {f"openrouter/{each}" for each in EVERY} - {"openrouter/health"}
    assert {sample.series.labels.get("category") for sample in snapshot.samples} == {*EVERY} - {"health"}
    assert snapshot.entries == len(real("", NEWEST))
    (fault,) = snapshot.faults
    assert says in fault


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("category", "status", "requests"),
    [("programming", 401, 1), ("programming", 400, 1), ("roleplay", 500, 4), ("health", 503, 12)],
)
async def test_what_concerns_all_or_passes_fails_the_poll(  # noqa: PLR0913
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, *, category: str, status: int, requests: int
) -> None:
    """A refused key is not tried twelve times; a busy server is asked for all of them again soon."""
    asked = serve(httpserver, real, {category: (b"{}", status)})
    clock.at = WEDNESDAY
    with pytest.raises(SourceError, match=f"got HTTP {status}"):
        await poll(httpserver, fetch, clock)
    assert len(asked) == requests


@pytest.mark.asyncio
async def test_the_first_poll_reads_history_though_there_was_no_sample_yet(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock
) -> None:
    """Windows of 52 weeks; an old one may be empty, the newest may not."""
    began = date(2026, 3, 2)
    serve(httpserver, lambda _, week: {"a/b": 5, "other": 1} if week >= began else {})
    clock.at = WEDNESDAY
    snapshot = await poll(httpserver, fetch, clock, date(2025, 1, 1), categories=["programming", "legal"])
    weeks = {sample.valid_at.date() for sample in snapshot.samples}
    assert (min(weeks), max(weeks), len(weeks)) == (began, NEWEST, 24)
    assert snapshot.entries == 2


@given(
    now=st.datetimes(datetime(2025, 2, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    back=st.none() | st.integers(0, 4000),
)
def test_no_window_ever_reaches_into_a_week_that_runs(now: datetime, back: int | None) -> None:
    """Whatever is asked: whole weeks that are over, and a request never spans more than a year."""
    found = spans(Window(now, None if back is None else now - timedelta(days=back)), config())
    assert found
    assert found[-1].last < now.date() - timedelta(days=now.weekday())
    assert {(span.first.weekday(), span.last.weekday()) for span in found} == {(0, 6)}
    assert all((span.last - span.first).days < 366 for span in found)
    assert found[0].first >= date(2025, 1, 6)


@pytest.mark.parametrize(
    ("row", "told_of"),
    [
        ({"date": "2026-08-11"}, "data[0].date: got '2026-08-11', expected a Monday, the start of a week"),
        ({"date": "2026-08-17"}, "data[0].date: got '2026-08-17', expected a date from 2026-08-10 to 2026-08-16"),
        ({"date": "soon"}, "data[0].date: got 'soon', expected a date that exists"),
        ({"model_permaslug": "a b"}, "data[0].model_permaslug: got 'a b', expected a slug"),
        ({"total_tokens": 5}, "data[0].total_tokens: got 5, expected a text"),
        ({"total_tokens": "-5"}, "data[0].total_tokens: got '-5', expected a count of tokens"),
    ],
)
def test_a_broken_row_refuses_the_answer(row: Mapping[str, object], told_of: str) -> None:
    """As for the rankings over all: field, what was got, what was expected."""
    sound = json.loads(answer("legal", [NEWEST], real))
    sound["data"][0].update(row)
    with pytest.raises(SourceError) as caught:
        parse(json.dumps(sound).encode(), Span(NEWEST, date(2026, 8, 16)))
    assert caught.value.message.startswith(f"{KIND}: {told_of}")


@pytest.mark.parametrize(
    "wrong", [{"key": ""}, {"categories": []}, {"categories": ["cooking"]}, {"weekly_days": 6}, {"period": "week"}]
)
def test_wrong_settings_are_refused_and_the_key_is_not_shown(wrong: dict[str, Any]) -> None:
    """A category that does not exist is an error at start."""
    with pytest.raises(ValidationError) as caught:
        config(**wrong)
    assert KEY not in str(caught.value)


RULES = """
groups:
  - name: programming
    every: week
    rules:
      - alert: HalfOfProgramming
        watch: share(tokens(category="programming"), by="vendor")
        crosses_above: 50%
        annotations:
          summary: "{{ labels.vendor }} writes {{ value | percent }} of the code"
      - alert: Everything
        watch: sum(tokens)
        above: 1
"""


@pytest.mark.asyncio
async def test_a_rule_over_the_share_of_programming(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, tmp_path: Path
) -> None:
    """End to end: the share within that category alone, rest row included; rules over all tokens do not mean slices."""

    def tokens(category: str, week: date) -> Mapping[str, int]:
        large = category == "programming" and week == NEWEST
        return {"anthropic/claude-opus-5": 60 if large else 30, "openai/gpt-5.5": 20, "other": 20 if large else 50}

    serve(httpserver, tokens)
    polls = []
    for clock.at in (WEDNESDAY - timedelta(days=7), WEDNESDAY):
        polls.append(await poll(httpserver, fetch, clock, categories=["programming", "legal"]))
    (notice,) = told(tmp_path / "ledger", polls, RULES)
    assert notice.title == "anthropic writes 60% of the code"
    assert notice.transitions[0].labels == Labels.of(source="openrouter/programming", vendor="anthropic")
    assert notice.citations == (polls[-1].citation,)
