from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

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
from monitor.sources.openrouter_apps import KIND, App, Config, build, parse, spans
from monitor.sources.span import Span, midnight
from tests.shared import payload
from tests.sources.fakes import Clock, Memory
from tests.sources.judged import told

PATH = "/api/v1/datasets/app-rankings"
KEY = "sk-or-v1-topsecret"
EXAMPLE = payload("openrouter-app-rankings/docs-example.json")
EXAMPLE_SPAN = Span(date(2026, 4, 12), date(2026, 5, 11))
NOW = datetime(2026, 8, 19, 0, 35, tzinfo=UTC)  # a Wednesday


def config(server: HTTPServer | None = None, **settings: object) -> Config:
    url = {} if server is None else {"url": server.url_for(PATH)}
    return Config.model_validate({"key": KEY, **url, **settings})


def serve(server: HTTPServer, apps: Mapping[int, tuple[str, int]], growth: int = 0) -> list[Request]:
    """Answers with these apps for any days: (name, tokens a day), so many more each day since the last of July."""
    asked: list[Request] = []

    def respond(request: Request) -> Response:
        asked.append(request)
        first, last = (date.fromisoformat(request.args[name]) for name in ("start_date", "end_date"))
        grown = growth * (last - date(2026, 7, 31)).days
        rows = [
            {"app_id": number, "app_name": name, "rank": 1, "total_requests": 1, "total_tokens": str(tokens + grown)}
            for number, (name, tokens) in apps.items()
        ]
        meta = {"as_of": f"{last}T23:00:00Z", "version": "v1", "start_date": str(first), "end_date": str(last)}
        return Response(json.dumps({"data": rows, "meta": meta}))

    server.expect_request(PATH, headers={"Authorization": f"Bearer {KEY}"}).respond_with_handler(respond)
    return asked


async def poll(
    server: HTTPServer, fetch: Fetch, clock: Clock, since: date | None = None, **settings: object
) -> Snapshot:
    window = Window(clock.at, None if since is None else midnight(since))
    return await build(config(server, **settings), fetch).poll(window)


def test_the_documented_answer() -> None:
    """Apps by their numbers, with names and whole tokens."""
    found = parse(EXAMPLE, EXAMPLE_SPAN)
    assert found.apps == (App(12345, "Cline", 12345678), App(67890, "Roo Code", 9876543))
    assert found.stamp.as_of == "2026-05-12T02:00:00.000Z"


@pytest.mark.asyncio
async def test_each_day_is_asked_for_by_itself(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, memory: Memory
) -> None:
    """An answer is one sum, so a day is a request; the key is the number, and the name is kept beside it."""
    asked = serve(httpserver, {7: ("Cline", 100), 9: ("Roo Code", 50)}, growth=1)
    clock.at = NOW
    snapshot = await poll(httpserver, fetch, clock)
    assert [dict(request.args) for request in asked] == [
        {"sort": "popular", "start_date": day, "end_date": day, "limit": "100"}
        for day in ("2026-08-16", "2026-08-17", "2026-08-18")
    ]
    assert [
        (str(sample.valid_at.date()), sample.series.labels.get("app"), sample.value) for sample in snapshot.samples
    ] == [
        ("2026-08-16", "7", 116),
        ("2026-08-16", "9", 66),
        ("2026-08-17", "7", 117),
        ("2026-08-17", "9", 67),
        ("2026-08-18", "7", 118),
        ("2026-08-18", "9", 68),
    ]
    assert {sample.series.labels.without(["app"]) for sample in snapshot.samples} == {
        Labels.of(source="openrouter/apps")
    }
    assert snapshot.seals == (Seal("openrouter/apps", "tokens", Bar.DAY, datetime(2026, 8, 19, tzinfo=UTC), clock.at),)
    assert dict(snapshot.aliases) == {"openrouter/apps:7": "Cline", "openrouter/apps:9": "Roo Code"}
    assert len(memory.spent["openrouter-data-api"]) == 3
    assert (snapshot.source, snapshot.entries, snapshot.complete) == (KIND, 2, False)
    assert snapshot.citation == (
        "Source: OpenRouter (openrouter.ai/apps), as of 2026-08-18T23:00:00Z. Licensed under CC BY 4.0."
    )


@pytest.mark.parametrize(
    ("since", "settings", "first", "last", "count"),
    [
        (None, {}, "2026-08-16", "2026-08-18", 3),
        (None, {"bars": 1}, "2026-08-18", "2026-08-18", 1),
        ("2026-08-10", {}, "2026-08-10", "2026-08-18", 9),
        ("2026-08-18", {}, "2026-08-16", "2026-08-18", 3),
        ("2025-01-01", {}, "2026-07-15", "2026-08-18", 35),
        (None, {"period": "week"}, "2026-07-27", "2026-08-16", 3),
        ("2026-07-23", {"period": "week"}, "2026-07-20", "2026-08-16", 4),
    ],
)
def test_the_bars_of_a_poll(since: str | None, settings: dict[str, Any], first: str, last: str, count: int) -> None:
    """The last three; all since the last good poll, but never more than 35 requests."""
    window = Window(NOW, None if since is None else midnight(date.fromisoformat(since)))
    found = spans(window, config(**settings))
    assert (str(found[0].first), str(found[-1].last), len(found)) == (first, last, count)


@given(
    now=st.datetimes(datetime(2025, 2, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    back=st.none() | st.integers(0, 400),
    period=st.sampled_from(["day", "week"]),
)
def test_every_span_is_one_closed_bar(now: datetime, back: int | None, period: str) -> None:
    """Whatever is asked: whole days or weeks that are over, without gaps."""
    found = spans(Window(now, None if back is None else now - timedelta(days=back)), config(period=period))
    width = {"day": 1, "week": 7}[period]
    assert found[-1].last < now.date()
    assert (now.date() - found[-1].last).days <= width
    for number, span in enumerate(found):
        assert span.last - span.first == timedelta(days=width - 1)
        assert span.first == found[0].first + timedelta(days=number * width)
        assert period == "day" or span.first.weekday() == 0


def changed(field: str, value: object) -> bytes:
    """The documented answer with a field of its first row, its meta or the whole replaced (None = left out)."""
    answer = json.loads(EXAMPLE)
    holder = answer["meta"] if field in answer["meta"] else answer if field in answer else answer["data"][0]
    holder[field] = value
    if value is None:
        del holder[field]
    return json.dumps(answer).encode()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "the answer: got 6 bytes beginning '<html>', expected JSON (it looks like HTML)"),
        (b"[]", "the answer: got [], expected an object"),
        (changed("meta", None), "the answer: got an object with the keys ['data'], expected the key 'meta'"),
        (changed("version", "v2"), "meta.version: got 'v2', expected 'v1', the only version this program knows"),
        (changed("as_of", "now"), "meta.as_of: got 'now', expected an instant as YYYY-MM-DDThh:mm:ssZ"),
        (
            changed("start_date", "2026-04-13"),
            "meta.start_date: got '2026-04-13', expected 2026-04-12, as asked for: the figures are sums over these",
        ),
        (
            changed("end_date", "2026-05-10"),
            "meta.end_date: got '2026-05-10', expected 2026-05-11, as asked for: the figures are sums over these days",
        ),
        (changed("end_date", "2026-02-30"), "meta.end_date: got '2026-02-30', expected a date that exists"),
        (changed("data", []), "data: got [], expected at least one entry"),
        (changed("data", [5]), "data[0]: got 5, expected an object"),
        (changed("app_id", None), "data[0]: got an object with the keys"),
        (changed("app_id", "12345"), "data[0].app_id: got '12345', expected the number of an app"),
        (changed("app_id", value=True), "data[0].app_id: got True, expected the number of an app"),
        (changed("app_id", -1), "data[0].app_id: got -1, expected the number of an app"),
        (changed("app_id", 67890), "data[1].app_id: got 67890, expected an app that stands once in the list"),
        (changed("app_name", 5), "data[0].app_name: got 5, expected a text"),
        (changed("app_name", "x" * 201), "expected a name of at most 200 characters"),
        (changed("total_tokens", 5), "data[0].total_tokens: got 5, expected a text"),
        (changed("total_tokens", "1e9"), "data[0].total_tokens: got '1e9', expected a count of tokens"),
        (changed("total_tokens", str(2**63)), "data[0].total_tokens: got '9223372036854775808', expected a count"),
    ],
)
def test_a_broken_answer_is_refused_with_field_got_and_expected(body: bytes, says: str) -> None:
    """Nothing half-read; a window that the source moved is no day of ours."""
    with pytest.raises(SourceError) as caught:
        parse(body, EXAMPLE_SPAN)
    assert caught.value.message.startswith(f"{KIND}: ")
    assert says in caught.value.message


@pytest.mark.parametrize("wrong", [{"key": ""}, {"bars": 0}, {"bars": 36}, {"apps": 101}, {"period": "month"}])
def test_wrong_settings_are_refused_and_the_key_is_not_shown(wrong: dict[str, Any]) -> None:
    """Impossible values are errors at start."""
    with pytest.raises(ValidationError) as caught:
        config(**wrong)
    assert KEY not in str(caught.value)


RULES = """
groups:
  - name: apps
    every: day
    rules:
      - alert: AppGrows
        watch: tokens(app="*")
        crosses_above: 117
      - alert: Cline
        watch: tokens(app="7")
        crosses_above: 117
        annotations:
          summary: "{{ labels.name }} (app {{ labels.app }}): {{ value }}"
"""


@pytest.mark.asyncio
async def test_a_person_reads_the_newest_name_of_an_app(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, tmp_path: Path
) -> None:
    """A new name is no new app: the series goes on, and messages say what it is called today."""
    polls = []
    for clock.at, name in ((NOW, "Cline"), (NOW + timedelta(days=1), "Cline Next")):
        httpserver.clear()
        serve(httpserver, {7: (name, 99), 9: ("Roo Code", 50)}, growth=1)
        polls.append(await poll(httpserver, fetch, clock))
    said = [notice.title for notice in told(tmp_path / "ledger", polls, RULES)]
    assert said == ["AppGrows: Cline Next (7): 118 against 117", "Cline Next (app 7): 118"]
