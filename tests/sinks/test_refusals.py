"""Refusals by class, as real servers make them: the bad line alone is kept aside, and nothing lost."""

from __future__ import annotations

import asyncio
import gzip
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.dispatch import Routes
from monitor.errors import RefusedError, SinkError
from monitor.feed import Feed, Pace
from monitor.ledger import Ledger
from monitor.model.copying import Standing, Stream
from monitor.model.sample import Sample, Snapshot
from monitor.sinks.influxdb import Config, InfluxSink, build
from monitor.sinks.line_protocol import LineWriter
from monitor.sinks.refusals import MOST_REJECTED, write_apart
from tests.sinks.fakes import FakeCursors, FakeSleep, learnt

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOST_REQUESTS = math.floor(2 * math.log2(5_000) + 2)


class Server:
    """Answers as one of the real ones does. `bad`: whether it refuses a line; `most`: bytes of a body it reads."""

    def __init__(self, version: str, bad: Callable[[str], bool], most: int = 10**9) -> None:
        self.version = version
        self.stored: list[str] = []
        self.requests = 0
        self._bad = bad
        self._most = most

    def __call__(self, request: Request) -> Response:
        self.requests += 1
        body = gzip.decompress(request.data).decode()
        if len(body) > self._most:
            return Response(status=413)
        lines = body.split("\n")
        good = [line for line in lines if not self._bad(line)]
        if len(good) == len(lines) or self.version != "2.7 malformed":
            self.stored.extend(good)
        if len(good) == len(lines):
            return Response(status=204)
        said = {
            "2.7 malformed": (400, "unable to parse: missing tag value"),
            "2.7 conflict": (422, "failure writing points: field type conflict dropped=1"),
            "1.8": (400, "partial write: unable to parse dropped=0"),
        }
        status, message = said[self.version]
        field = "error" if self.version == "1.8" else "message"
        return Response(f'{{"{field}": "{message}"}}', status, content_type="application/json")


@contextmanager
def sink_of(httpserver: HTTPServer, server: Callable[[Request], Response]) -> Iterator[InfluxSink[Sample]]:
    httpserver.expect_request("/api/v2/write", method="POST").respond_with_handler(server)
    made = build(Config(url=httpserver.url_for(""), bucket="b", token=SecretStr("t0k3n"), timeout=10), Stream.SAMPLES)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("version", ["2.7 malformed", "2.7 conflict", "1.8"])
@pytest.mark.parametrize("at", [0, 1, 1_777, 2_499])
def test_one_bad_line_among_five_thousand(httpserver: HTTPServer, version: str, at: int) -> None:
    """The good ones are there in their order, the bad one is returned with the server's words."""
    samples = learnt(2_500)
    lines = LineWriter().lines(samples)
    bad = lines[2 * at]
    server = Server(version, lambda line: line == bad)
    with sink_of(httpserver, server) as made:
        (rejection,) = made.write(samples)
    assert (rejection.index, rejection.line) == (at, bad)
    assert (
        rejection.said
        == {
            "2.7 malformed": "answered 400: unable to parse: missing tag value",
            "2.7 conflict": "answered 422: failure writing points: field type conflict dropped=1",
            "1.8": "answered 400: partial write: unable to parse dropped=0",
        }[version]
    )
    assert list(dict.fromkeys(server.stored)) == [line for line in lines if line != bad]
    assert server.requests <= MOST_REQUESTS


def refusing(bad: frozenset[str], asked: list[Sequence[str]]) -> Callable[[bytes], None]:
    def post(body: bytes) -> None:
        lines = body.decode().split("\n")
        asked.append(lines)
        if bad & set(lines):
            raise RefusedError("no", said="no")

    return post


def test_wherever_the_bad_line_is_it_costs_few_requests() -> None:
    """Every place among 5,000."""
    lines = [str(number) for number in range(5_000)]
    most = 0
    for number in range(5_000):
        asked: list[Sequence[str]] = []
        assert write_apart(lines, refusing(frozenset({str(number)}), asked)) == [(number, "no")]
        most = max(most, len(asked))
    assert most <= MOST_REQUESTS


@pytest.mark.parametrize("bad", [{0, 1}, {0, 4_999}, {2_499, 2_500}, set(range(17, 5_000, 400))])
def test_several_bad_lines(bad: set[int]) -> None:
    """Each by itself; all others are taken, and none before one that was learnt earlier."""
    lines = [str(number) for number in range(5_000)]
    asked: list[Sequence[str]] = []
    names = frozenset(map(str, bad))
    assert write_apart(lines, refusing(names, asked)) == [(number, "no") for number in sorted(bad)]
    taken = [line for body in asked if not names & set(body) for line in body]
    assert taken == [line for line in lines if line not in names]


def test_a_server_that_refuses_everything_is_held() -> None:
    """A bucket that is at fault puts nothing aside, and costs no request a line."""
    asked: list[Sequence[str]] = []
    lines = [str(number) for number in range(5_000)]
    with pytest.raises(SinkError, match=f"so with {MOST_REJECTED} other lines") as caught:
        write_apart(lines, refusing(frozenset(lines), asked))
    assert caught.value.permanent
    assert len(asked) < 4 * MOST_REJECTED


def broken(bad: Callable[[str], bool]) -> Callable[[Request], Response]:
    """A server that breaks over some lines."""

    def answer(request: Request) -> Response:
        lines = gzip.decompress(request.data).decode().split("\n")
        return Response("panic", 500) if any(map(bad, lines)) else Response(status=204)

    return answer


def test_a_server_that_breaks_over_a_line_is_found_out(httpserver: HTTPServer) -> None:
    """A 500 looks transient: only after ten alike at the same place it is bisected."""
    samples = learnt(2_500)
    with sink_of(httpserver, broken(lambda line: "1000000777.0" in line and line.startswith("tokens,"))) as made:
        for _ in range(10):
            with pytest.raises(SinkError, match="answered 500") as caught:
                made.write(samples)
            assert not caught.value.permanent
        assert [samples[each.index].value for each in made.write(samples)] == [1_000_000_777.0]


@pytest.mark.parametrize("number", [1, 8, 2_500])
def test_a_server_that_is_broken_keeps_nothing_aside(httpserver: HTTPServer, number: int) -> None:
    """However often it is tried, few lines or many: it waits, and when the server is back all is taken."""
    answers = iter([500] * 2_000)
    with sink_of(httpserver, lambda _: Response(status=next(answers))) as made:
        for _ in range(15):
            with pytest.raises(SinkError, match="answered 500") as caught:
                made.write(learnt(number))
            assert not caught.value.permanent
    httpserver.clear()
    with sink_of(httpserver, broken(lambda _: False)) as made:
        assert made.write(learnt(number)) == []


def test_a_too_large_body_is_halved(httpserver: HTTPServer) -> None:
    """413: nothing is at fault, all is written."""
    server = Server("2.7 malformed", lambda _: False, most=50_000)
    with sink_of(httpserver, server) as made:
        assert made.write(learnt(2_500)) == []
    assert len(server.stored) == len(set(server.stored)) == 5_000


def test_a_single_line_that_is_too_large_is_put_aside(httpserver: HTTPServer) -> None:
    """It can not be halved."""
    with sink_of(httpserver, Server("2.7 malformed", lambda _: False, most=1)) as made:
        rejections = made.write(learnt(1))
    assert [each.said.partition(":")[0] for each in rejections] == ["answered 413"] * 2


async def cut_above(most: int, seen: list[int]) -> asyncio.Server:
    """A server that hangs up on bodies of more than so many bytes before it answers, as InfluxDB 1.8 does."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with_length = await reader.readuntil(b"\r\n\r\n")
        length = int(with_length.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        if length <= most:
            body = gzip.decompress(await reader.readexactly(length))
            seen.append(body.count(b"\n") + 1)
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


@pytest.mark.asyncio
async def test_a_body_that_cuts_the_connection_is_halved() -> None:
    """A broken pipe in place of a 413."""
    seen: list[int] = []
    server = await cut_above(20_000, seen)
    port = server.sockets[0].getsockname()[1]
    made = build(Config(url=f"http://127.0.0.1:{port}", bucket="b"), Stream.SAMPLES)
    assert await asyncio.to_thread(made.write, learnt(2_500)) == []
    made.close()
    server.close()
    assert sum(seen) == 5_000
    assert len(seen) > 1


def snapshot(samples: Sequence[Sample]) -> Snapshot:
    return Snapshot("openrouter_rankings", NOON, tuple(samples), (), entries=len(samples), digest="d")


@pytest.mark.asyncio
async def test_a_bad_line_is_in_the_ledger_and_told_once(httpserver: HTTPServer, tmp_path: Path) -> None:
    """The cursor goes on; the line with the server's words survives a restart; two bad batches are told once."""
    server = Server("2.7 malformed", lambda line: "m-3" in line and line.startswith("tokens,"))
    path = tmp_path / "ledger.sqlite"
    with sink_of(httpserver, server) as made, Ledger.open(path) as ledger:
        ledger.learn(snapshot([sample for sample in learnt(30) if sample.known_at < sample.valid_at + timedelta(2)]))
        feed = Feed("influxdb", made, ledger.cursors, routes=Routes(("slack",)), now=lambda: NOON, pace=Pace(batch=2))
        while await feed.step():
            pass
        assert feed.lag() == 0
        (told,) = ledger.outbox.due(NOON)
    assert told.title == "Copies: influxdb refuses 1 line; the rest is written"
    assert told.lines[0] == "answered 400: unable to parse: missing tag value"
    with Ledger.open(path, owner=False) as ledger:
        rejected = ledger.cursors.rejected("influxdb")
        answer = ledger.cursors.answer("influxdb")
    assert rejected
    assert all("model=lab/m-3" in each.line for each in rejected)
    assert {each.said for each in rejected} == {"answered 400: unable to parse: missing tag value"}
    assert answer is not None
    assert (answer.standing, answer.said) == (Standing.TAKES, "")


def stored_bytes(folder: Path) -> bytes:
    """All that a ledger left there."""
    return b"".join(file.read_bytes() for file in folder.iterdir())


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [400, 401, 503])
async def test_the_token_is_not_in_the_ledger(httpserver: HTTPServer, tmp_path: Path, status: int) -> None:
    """Not in what is kept of an answer, of a refused line, nor in a notice, should the server repeat it."""
    path = tmp_path / "ledger.sqlite"
    with sink_of(httpserver, lambda _: Response("bad token t0k3n here", status)) as made, Ledger.open(path) as ledger:
        ledger.learn(snapshot(learnt(1)))
        feed = Feed("influxdb", made, ledger.cursors, routes=Routes(("slack",)), now=lambda: NOON)
        with suppress(SinkError):
            await feed.step()
        answer = ledger.cursors.answer("influxdb")
        assert answer is not None
        told = [answer.said, *(each.said for each in ledger.cursors.rejected("influxdb"))]
        assert any("bad token *** here" in each for each in told)
    assert b"t0k3n" not in stored_bytes(tmp_path)


class Clock:
    """Seconds since noon."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=self.passed)


async def steps(status: int, times: Sequence[float], httpserver: HTTPServer) -> list[str]:
    """Titles of what is told when a server answers so at each time, and 204 ten seconds after the last."""
    clock, cursors = Clock(), FakeCursors(learnt(3))
    answers = iter([status] * len(times))
    with sink_of(httpserver, lambda _: Response(status=next(answers, 204))) as made:
        feed = Feed("influxdb", made, cursors, routes=Routes(("slack",)), now=clock)
        for at in times:
            clock.passed = at
            with pytest.raises(SinkError):
                await feed.step()
        clock.passed += 10
        await feed.step()
    assert cursors.position("influxdb") == 3
    return [notice.title for notice in {notice.id: notice for notice in reversed(cursors.owed)}.values()][::-1]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [401, 403, 404])
async def test_what_a_person_must_act_on_is_told_at_once_and_once(httpserver: HTTPServer, status: int) -> None:
    """And that it is over."""
    assert await steps(status, [0, 300, 90_000], httpserver) == [
        "Copies: influxdb takes nothing, a person must act",
        "Copies: influxdb takes again what it is sent",
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_passes_is_told_after_an_hour(httpserver: HTTPServer, status: int) -> None:
    """A short outage is nobody's business."""
    assert await steps(status, [0, 1, 3_599], httpserver) == []
    httpserver.clear()
    assert await steps(status, [0, 3_600, 7_200], httpserver) == [
        "Copies: influxdb takes nothing for 1 hour",
        "Copies: influxdb takes again what it is sent",
    ]


@pytest.mark.asyncio
async def test_retry_after_is_honoured_over_a_restart(httpserver: HTTPServer, tmp_path: Path) -> None:
    """The next process waits for what is left of it; one that comes later does not wait."""
    clock, busy = Clock(), Response(status=503, headers={"Retry-After": "120"})
    path = tmp_path / "ledger.sqlite"
    with sink_of(httpserver, lambda _: busy) as made:
        with Ledger.open(path) as ledger:
            ledger.learn(snapshot(learnt(1)))
            with pytest.raises(SinkError):
                await Feed("influxdb", made, ledger.cursors, now=clock).step()
        for passed, first in [(50.0, 70.0), (121.0, 120.0)]:
            clock.passed, sleep = passed, FakeSleep(1)
            with Ledger.open(path) as ledger:
                await Feed("influxdb", made, ledger.cursors, now=clock, sleep=sleep).run(sleep.stop)
            assert sleep.slept == [first]
