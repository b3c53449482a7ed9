"""`monitor influx`: how the copy stands, beside a running monitor; refused lines, and how they are written again."""

from __future__ import annotations

import gzip
import json

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import SinkError
from monitor.feed import Feed
from monitor.ledger import Ledger
from monitor.model.copying import Stream
from monitor.sinks.influxdb import Config, build
from tests.cli.conftest import Program

USAGE = """period_start,period,model,tokens,source,recorded_at
2026-01-19,week,lab/good,2000000000,openrouter,2026-01-26T01:00:00Z
2026-01-19,week,lab/bad,1000000000,openrouter,2026-01-26T01:00:00Z
2026-01-19,week,lab/bad,1000000001,openrouter,2026-01-27T01:00:00Z
"""
SAID = "answered 400: unable to parse: missing tag value"


class Server:
    """Refuses every body with a line of `bad` tokens."""

    def __init__(self) -> None:
        self.bad = "lab/bad"
        self.status = 400
        self.stored: list[str] = []

    def __call__(self, request: Request) -> Response:
        lines = gzip.decompress(request.data).decode().split("\n")
        if any(self.bad in line and line.startswith("tokens,") for line in lines) and self.bad:
            body = '{"code": "invalid", "message": "unable to parse: missing tag value"}'
            return Response(body, self.status, content_type="application/json", headers={"Retry-After": "60"})
        self.stored.extend(lines)
        return Response(status=204)


@pytest.fixture
def server(httpserver: HTTPServer) -> Server:
    made = Server()
    httpserver.expect_request("/api/v2/write", method="POST").respond_with_handler(made)
    return made


@pytest.fixture
def filled(monitor: Program, httpserver: HTTPServer, server: Server) -> Program:  # noqa: ARG001 - it answers
    """A ledger with three samples, and InfluxDB in the settings."""
    monitor.write("usage.csv", USAGE)
    monitor.write("monitor.toml", f"[influxdb]\nurl = '{httpserver.url_for('')}'\nbucket = 'market'\n")
    assert monitor("import", "usage.csv").code == 0
    return monitor


async def feed(program: Program, httpserver: HTTPServer) -> None:
    made = build(Config(url=httpserver.url_for(""), bucket="market"), Stream.SAMPLES)
    with Ledger.open(program.ledger) as ledger:
        await Feed("influxdb", made, ledger.cursors).step()
    made.close()


def test_before_the_first_write(filled: Program) -> None:
    """Case: all waits, nothing was said."""
    ended = filled("influx", "status")
    assert (ended.code, ended.err) == (0, "")
    title, behind, said, *others = ended.out.splitlines()
    assert title.endswith(", bucket 'market'")
    assert behind.startswith("influxdb: 3 behind, the oldest recorded ")
    assert said == "  nothing was sent yet"
    assert others[:2] == ["influxdb alerts: 0 behind", "  nothing was sent yet"]
    assert others[2].startswith("influxdb remarks: 2 behind")
    assert others[4].startswith("influxdb shares: 3 behind, the oldest recorded ")
    assert others[5:] == ["  nothing was sent yet", "influxdb price truth: 0 behind", "  nothing was sent yet"]


@pytest.mark.asyncio
async def test_what_is_refused_is_counted_and_listed(filled: Program, httpserver: HTTPServer) -> None:
    """Case: two lines of one bar are kept aside with the server's words, the others are there."""
    await feed(filled, httpserver)
    shown = filled("influx", "status").out.splitlines()
    assert shown[1:4] == [
        "influxdb: 0 behind",
        shown[2],
        "  2 lines kept aside: `monitor influx rejected` lists them",
    ]
    assert shown[2].endswith(": takes")
    status = json.loads(filled("influx", "status", "--json").out)["copies"][0]
    assert (status["behind"], status["waiting_since"], status["rejected"]) == (0, None, 2)
    assert status["answer"]["standing"] == "takes"
    listed = filled("influx", "rejected").out.splitlines()
    assert len(listed) == 4
    assert listed[0].endswith(f"influxdb  {SAID}")
    assert listed[1].startswith("  tokens,bar=week,model=lab/bad,source=openrouter value=1000000000.0,")
    fields = [json.loads(line) for line in filled("influx", "rejected", "--json").out.splitlines()]
    assert [(each["seq"], each["said"]) for each in fields] == [(2, SAID), (3, SAID)]


@pytest.mark.asyncio
async def test_a_server_that_is_busy_is_shown_with_its_words(
    filled: Program, httpserver: HTTPServer, server: Server
) -> None:
    """Case: all waits; what it said, and until when it wants to be left alone."""
    server.status = 503
    with pytest.raises(SinkError):
        await feed(filled, httpserver)
    shown = filled("influx", "status").out
    assert "influxdb: 3 behind" in shown
    assert ": waits, for " in shown
    assert "answered 503: unable to parse" in shown
    assert "asked to be left alone until " in shown


@pytest.mark.asyncio
async def test_writing_again(filled: Program, httpserver: HTTPServer, server: Server) -> None:
    """Law: nothing older takes the place of the newest; what is still refused stays, and the exit code says so."""
    await feed(filled, httpserver)
    refused = filled("influx", "rejected", "--resend")
    assert refused.code == 1
    assert refused.out.startswith("2 lines written again, 2 still refused\n")
    server.bad, server.stored = "", []
    taken = filled("influx", "rejected", "--resend")
    assert (taken.code, taken.out) == (0, "2 lines written again, 0 still refused\nno line is kept aside\n")
    newest = [line for line in server.stored if line.startswith("tokens,")]
    assert "value=1000000001.0" in newest[-1]
    assert filled("influx", "rejected").out == "no line is kept aside\n"


@pytest.mark.asyncio
async def test_writing_again_needs_the_ledger_for_itself(filled: Program, httpserver: HTTPServer) -> None:
    """Case: beside a running monitor it is refused, while looking is not."""
    await feed(filled, httpserver)
    with Ledger.open(filled.ledger):
        assert filled("influx", "rejected").code == 0
        ended = filled("influx", "rejected", "--resend")
    assert (ended.code, ended.out) == (1, "")
    assert "already in use" in ended.err


def test_without_a_sink(monitor: Program) -> None:
    """Case: what to add to the settings."""
    ended = monitor("influx", "status")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "nothing is copied to InfluxDB\n    add [influxdb] with url, bucket and token\n"
