"""A Flux query as a source: what a server answers is read, whatever tables it comes in; what fails is told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import ContractError, SourceError
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Seal, Snapshot
from monitor.ports import Window
from monitor.sources import influxdb
from monitor.sources.fetch import Body, Fetch
from tests.sources.fakes import Clock

NAME = "our_metrics"
NOW = datetime(2026, 2, 12, 9, 30, tzinfo=UTC)
SECRET = "s3cret-token"
QUERY = 'from(bucket: "llm") |> range(start: {since}) |> filter(fn: (r) => r._measurement == "tokens")'
TOKENS = {"metric": "tokens", "value": "_value", "unit": "tokens", "labels": {"model": "model"}}
LATENCY = {
    "metric": "figure",
    "value": "p95",
    "unit": "number",
    "labels": {"model": "model"},
    "fixed": {"what": "p95_seconds"},
}
DAILY = {"time": "_time", "bar": "day", "series": (TOKENS,)}

DAYS = (
    "#datatype,string,long,dateTime:RFC3339,string,double",
    "#group,false,false,false,true,false",
    "#default,_result,,,,",
    ",result,table,_time,model,_value",
    ",,0,2026-02-10T00:00:00Z,a/b,1500000",
    ",,0,2026-02-11T00:00:00Z,a/b,1.6e+06",
    ",,1,2026-02-10T00:00:00Z,c,",
    ",,1,2026-02-11T00:00:00Z,c,250",
    "",
)
LEVELS = (
    "#datatype,string,long,dateTime:RFC3339Nano,string,double",
    "#group,false,false,false,true,false",
    "#default,latency,,,,",
    ",result,table,_time,model,p95",
    ",,0,2026-02-12T09:12:13.123456789Z,a/b,2.25",
    "",
)
FAILED = ("#datatype,string,string", "#group,true,true", "#default,,", ",error,reference", ",division by zero,")


def settings(**changed: Any) -> dict[str, object]:  # noqa: ANN401
    return {"url": "http://127.0.0.1:8086", "query": QUERY, "token": SECRET, **DAILY, **changed}


def body(*lines: str) -> bytes:
    """As the server writes it."""
    return "".join(f"{line}\r\n" for line in lines).encode()


def read(*lines: str, **changed: Any) -> Snapshot:  # noqa: ANN401
    answer = Body(body(*lines), "d", not_modified=False, fetched_at=NOW)
    return influxdb.parse(NAME, influxdb.Config.model_validate(settings(**changed)), answer)


def test_days_of_tokens() -> None:
    """Each window is a bar, an empty field no value; all that are over are sealed."""
    snapshot = read(*DAYS)
    assert [(each.series.labels, each.series.bar, each.valid_at.day, each.value) for each in snapshot.samples] == [
        (Labels.of(source=NAME, model="a/b"), Bar.DAY, 10, 1_500_000.0),
        (Labels.of(source=NAME, model="a/b"), Bar.DAY, 11, 1_600_000.0),
        (Labels.of(source=NAME, model="c"), Bar.DAY, 11, 250.0),
    ]
    assert snapshot.seals == (Seal(NAME, "tokens", Bar.DAY, datetime(2026, 2, 12, tzinfo=UTC), NOW),)


def test_several_tables_of_one_answer() -> None:
    """Two yields with columns of their own: each metric is read where its column is; instants have nine digits."""
    snapshot = read(*DAYS, *LEVELS, series=(TOKENS, LATENCY))
    (level,) = [each for each in snapshot.samples if each.series.metric == "figure"]
    assert (level.value, level.valid_at) == (2.25, datetime(2026, 2, 12, 9, 12, 13, tzinfo=UTC))
    assert len(snapshot.samples) == 4


def test_the_same_columns_in_several_tables() -> None:
    """A label that is the default of its column stands in no row."""
    other = [line.replace("#default,_result,,,,", "#default,_result,,,d,").replace(",c,", ",,") for line in DAYS]
    found = {each.series.labels.get("model") for each in read(*DAYS[:6], "", *other[:4], *other[6:]).samples}
    assert found == {"a/b", "d"}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("",), "our_metrics: got an answer without rows, expected at least one\n    try the query by itself"),
        (DAYS[:4], "our_metrics: got an answer without rows"),
        (FAILED, "our_metrics: the query failed: division by zero"),
        ((*DAYS, *FAILED), "our_metrics: the query failed: division by zero"),
        (LEVELS, "row 4: got the columns ['', 'result', 'table', '_time', 'model', 'p95'], expected '_value' once"),
        ((*DAYS[:5], ",,0,2026-02-11T00:00:00Z,a/b"), "row 6: got 5 fields, expected 6 as in row 4"),
        (("#default,_result", *DAYS[3:]), "row 1: got 2 fields, expected 6 as in row 2"),
        (
            (*DAYS[:5], ",,0,2026-02-12T09:30:00Z,a/b,1"),
            "row 6, column _time: got '2026-02-12T09:30:00Z', expected the start of a day in UTC",
        ),
        (
            (*DAYS[:6], ",,1,2026-02-11T00:00:00Z,a/b,2"),
            "row 7, column _value: got '2', expected one value of tokens{model=\"a/b\"} at a time, not two",
        ),
        ((*DAYS[:5], ",,0,2026-02-11T00:00:00Z,a/b,+Inf"), "row 6, column _value: got '+Inf', expected a number"),
        (("<html>",), "our_metrics: got an answer without rows"),
    ],
)
def test_what_is_no_such_answer_is_refused(lines: tuple[str, ...], told: str) -> None:
    """A query that fails when it has begun to answer says so in a table, with HTTP 200."""
    with pytest.raises(SourceError) as caught:
        read(*lines)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "since", "start"),
    [
        ({}, None, "2026-02-05T00:00:00Z"),
        ({"window": timedelta(hours=12)}, None, "2026-02-11T00:00:00Z"),
        ({}, NOW - timedelta(hours=1), "2026-02-05T00:00:00Z"),
        ({}, NOW - timedelta(days=30), "2026-01-13T00:00:00Z"),
        ({"bar": "week"}, None, "2026-02-02T00:00:00Z"),
        ({"bar": None, "time": None, "series": (LATENCY,)}, None, "2026-02-05T09:00:00Z"),
    ],
)
def test_a_poll_begins_at_the_start_of_a_bar(changed: dict[str, object], since: datetime | None, start: str) -> None:
    """Otherwise the first bar would be a part of one. After a long stop nothing is left out."""
    config = influxdb.Config.model_validate(settings(**changed))
    assert influxdb.asked(config, Window(NOW, since)) == QUERY.replace("{since}", start)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"url": "/var/lib/influxdb"}, "url"),
        ({"url": "http://me:secret@host"}, "url"),
        ({"url": "http://host/?org=x"}, "url"),
        (
            {"query": 'from(bucket: "llm") |> range(start: -7d)', "window": "P3D"},
            "got window and a query without {since}",
        ),
        ({"query": "q", "history_from": "2026-01-01"}, "got history_from and a query without {since}"),
        ({"bar": None}, "got tokens without bar and time"),
        ({"headers": {}}, "headers"),
    ],
)
def test_settings_that_can_not_be_meant_are_refused(changed: dict[str, object], told: str) -> None:
    """Before anything is asked."""
    with pytest.raises(ValidationError) as caught:
        influxdb.Config.model_validate(settings(**changed))
    assert told in str(caught.value)


@dataclass
class Server:
    """Answers well, once it has given all `refusals`; `asked`: every request."""

    url: str
    fetch: Fetch
    clock: Clock
    refusals: list[Response] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        return self.refusals.pop(0) if self.refusals else Response(body(*DAYS), content_type="text/csv; charset=utf-8")

    async def poll(self, path: str = "", **changed: object) -> Snapshot:
        config = influxdb.Config.model_validate(settings(url=self.url + path, **changed))
        return await influxdb.build(config, self.fetch, NAME).poll(Window(NOW))

    async def refused(self, path: str = "") -> SourceError:
        with pytest.raises(SourceError) as caught:
            await self.poll(path)
        return caught.value


@pytest.fixture
def server(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> Server:
    made = Server(httpserver.url_for(""), fetch, clock)
    httpserver.expect_request("/api/v2/query", method="POST").respond_with_handler(made.answer)
    return made


@pytest.mark.asyncio
async def test_what_is_asked(server: Server) -> None:
    """The query with its start, the token, and an answer with annotations; with our own User-Agent."""
    snapshot = await server.poll("/", org="ours")
    (request,) = server.asked
    assert json.loads(request.data) == {
        "query": QUERY.replace("{since}", "2026-02-05T00:00:00Z"),
        "type": "flux",
        "dialect": {"header": True, "delimiter": ",", "annotations": ["datatype", "group", "default"]},
    }
    assert request.args.to_dict() == {"org": "ours"}
    assert request.headers["Authorization"] == f"Token {SECRET}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"].startswith("model-market-monitor/")
    assert len(snapshot.samples) == 3


@pytest.mark.asyncio
async def test_without_token_and_org(server: Server) -> None:
    """Case: an InfluxDB 1.8 that lets everybody in."""
    await server.poll(token="")
    assert "Authorization" not in server.asked[0].headers
    assert not server.asked[0].args


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "said", "told"),
    [
        (
            400,
            '{"code": "invalid", "message": "compilation failed: error @1:1:\\n undefined x"}',
            "got HTTP 400, expected 200: compilation failed: error @1:1: undefined x\n    the source refused",
        ),
        (
            401,
            '{"message": "unauthorized access"}',
            "200: unauthorized access\n    check `key` (or `token`, `headers`)",
        ),
        (
            403,
            '{"error": "Flux query service disabled."}',
            "expected 200: Flux query service disabled.\n    check `key`",
        ),
        (
            404,
            '{"message": "could not\\u001b[2J find\\tbucket"}',
            "got HTTP 404, expected 200: could not [2J find bucket",
        ),
        (404, '{"message": "could not find bucket"}', "got HTTP 404, expected 200: could not find bucket"),
        (403, 'error\n"no ""x"""\n', 'got HTTP 403, expected 200: no "x"\n    check'),
        (404, "", "got HTTP 404, expected 200\n    the address may have moved"),
        (401, f'{{"message": "bad token {SECRET}"}}', "got HTTP 401, expected 200: bad token ***"),
        (400, '{"message": 5}', "got HTTP 400, expected 200\n"),
        (403, "<html>the page of a proxy</html>", "got HTTP 403, expected 200\n"),
    ],
)
async def test_a_refusal_is_told_in_the_words_of_the_server(server: Server, status: int, said: str, told: str) -> None:
    """What a person has to put right is asked for once, and the token is not told."""
    server.refusals.append(Response(said, status))
    error = await server.refused()
    assert told in str(error)
    assert SECRET not in str(error)
    assert isinstance(error, ContractError) is (status == 404)
    assert len(server.asked) == 1


@pytest.mark.asyncio
async def test_a_server_that_is_busy_is_asked_again(server: Server) -> None:
    """The same request, in the manners of every other: a query changes nothing there."""
    server.refusals += [Response("", 503, {"Retry-After": "2"}), Response('{"message": "panic"}', 500)]
    assert len((await server.poll()).samples) == 3
    assert server.clock.slept == [2.0, 1.0]
    assert len({request.data for request in server.asked}) == 1
    assert len(server.asked) == 3


@pytest.mark.asyncio
async def test_1_8_answers_500_to_a_query_that_is_wrong(server: Server) -> None:
    """Which looks like a fault of the server; its words are told."""
    server.refusals += [Response('error\n"type error 3:66-3:70: undefined identifier ""summ"""\n', 500)] * 3
    assert str(await server.refused()).endswith('200: type error 3:66-3:70: undefined identifier "summ"')


@pytest.mark.asyncio
async def test_a_redirect_keeps_the_question(server: Server, httpserver: HTTPServer) -> None:
    """To the same host it is asked again with its body; the token never reaches another one."""
    for path, target in (("/old", f"{server.url}/api/v2/query"), ("/away", "http://other.test/")):
        httpserver.expect_request(f"{path}/api/v2/query").respond_with_data("", 308, {"Location": target})
    assert len((await server.poll("/old")).samples) == 3
    assert json.loads(server.asked[0].data)["type"] == "flux"
    assert "to host other.test, which is refused" in str(await server.refused("/away"))
