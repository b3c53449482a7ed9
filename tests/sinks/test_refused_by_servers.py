"""Every kind of line that a real server refuses, by itself among 5,000 good ones: the good ones are there."""

from __future__ import annotations

import asyncio
import math
import random
from functools import partial

import pytest
from pydantic import SecretStr

from monitor.dispatch import Routes
from monitor.errors import SinkError
from monitor.feed import Feed
from monitor.model.bar import seconds
from monitor.sinks.connection import Access, Server
from monitor.sinks.line_protocol import MAX_LINES, LineWriter
from monitor.sinks.refusals import MOST_REJECTED, write_apart
from tests.servers import InfluxDB
from tests.sinks.fakes import MONDAY, FakeCursors, learnt
from tests.sinks.proxy import proxied
from tests.sinks.test_influxdb_server import by_time, sink, stored

AT = f"{seconds(MONDAY)}000000000"
BAD = {
    "malformed": f"bad,bar=day value=1.0 {AT} and more",
    "type conflict": f"typed value=1.0 {AT}",
    "empty tag value": f"bad,bar=day,model= value=1.0 {AT}",
    "NaN": f"bad,bar=day value=NaN {AT}",
    "Inf": f"bad,bar=day value=+Inf {AT}",
    "no field": f"bad,bar=day {AT}",
    "integer overflow": f"bad,bar=day known_at=9223372036854775808i {AT}",
    "time out of range": "bad,bar=day value=1.0 9223372036854775808",
    "trailing backslash in a tag": f"bad,model=x\\ value=1.0 {AT}",
    "tag key time": f"bad,time=x value=1.0 {AT}",
}
MOST_REQUESTS = math.floor(2 * math.log2(MAX_LINES) + 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_line_is_kept_aside_by_itself(influxdb: InfluxDB, kind: str) -> None:
    """The good ones are there, the bad one is named with the server's words, and few requests found it."""
    influxdb.write(f'typed value="text" {AT}')
    samples = learnt(MAX_LINES // 2 - 1, models=400)
    lines = LineWriter().lines(samples)
    at = random.Random(kind).randrange(len(lines))  # noqa: S311 - seeded
    lines.insert(at, BAD[kind])
    async with proxied(influxdb.port) as proxy:
        access = Access(proxy.url, influxdb.bucket, influxdb.org, SecretStr(influxdb.token), 10.0)
        server = Server(access)
        refused = await asyncio.to_thread(write_apart, lines, partial(server.post, place=lines[0]))
        server.close()
    ((number, said),) = refused
    assert (number, said.partition(":")[0] in {"answered 400", "answered 422"}) == (at, True)
    assert proxy.met.total() <= MOST_REQUESTS
    assert by_time(stored(influxdb)) == by_time(samples)
    newest = {(sample.series.labels, seconds(sample.valid_at)) for sample in samples}
    assert influxdb.rows("SELECT count(value) FROM tokens")[0]["count"] == len(newest)
    assert influxdb.rows("SELECT * FROM bad") == []


@pytest.mark.asyncio
async def test_a_type_conflict_is_told_with_what_to_do(influxdb: InfluxDB) -> None:
    """A few lines: the notice has the server's words, the line, and the way out."""
    influxdb.write(f'tokens,bar=day value="text" {AT}')
    cursors = FakeCursors(learnt(3))
    with sink(influxdb) as made:
        await Feed("influxdb", made, cursors, routes=Routes(("slack",))).step()
    (notice,) = cursors.owed
    assert notice.title == "Copies: influxdb refuses 3 lines; the rest is written"
    said, line, kept, way_out = notice.lines
    assert "field type conflict" in said
    assert line.startswith("the line: tokens,bar=day,model=lab/m-0")
    assert "`monitor influx rejected` lists all" in kept
    assert way_out.startswith("If the bucket has a field as another type: drop it there, or use another bucket.")
    assert way_out.endswith("stop the monitor and run `monitor influx rejected --resend`.")


@pytest.mark.asyncio
async def test_a_type_conflict_of_a_whole_metric_is_held(influxdb: InfluxDB) -> None:
    """The bucket is at fault: nothing is kept aside, a person is told at once what to change."""
    influxdb.write(f'tokens,bar=day value="text" {AT}')
    cursors = FakeCursors(learnt(MOST_REJECTED + 20))
    with sink(influxdb) as made, pytest.raises(SinkError) as caught:
        await Feed("influxdb", made, cursors, routes=Routes(("slack",))).step()
    assert caught.value.permanent
    assert (cursors.moves, cursors.rejected) == ([], [])
    (notice,) = cursors.owed
    assert notice.title == "Copies: influxdb takes nothing, a person must act"
    assert "field type conflict" in notice.lines[0]
    assert "If a field has another type in the bucket" in notice.lines[1]
    assert "use another bucket, or change this one" in notice.lines[1]
