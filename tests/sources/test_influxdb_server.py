"""The influxdb source with real servers: what was written is what rules see, and what they refuse is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import SourceError
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Seal, Snapshot
from monitor.ports import Window
from monitor.sources import influxdb
from monitor.sources.fetch import Fetch
from tests.servers import InfluxDB, InfluxDB1, InfluxDB2
from tests.sources.fakes import Clock

NAME = "our_metrics"
NOW = datetime(2026, 2, 12, 9, 30, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "docs/sources.md"
LINES = """\
usage,model=a/b,team=x tokens=5 {0}
usage,model=a/b,team=y tokens=7 {0}
usage,model=a/b,team=x tokens=11.5 {2}
usage,model=c tokens=1500000 {2}
usage,model=c tokens=3 {3}
latency,model=a/b p95=1.5 {1}
latency,model=a/b p95=2.25 {3}
"""
TOKENS = {"metric": "tokens", "value": "_value", "unit": "tokens", "labels": {"model": "model"}}
DAILY = {"time": "_time", "bar": "day", "series": (TOKENS,)}
PER_DAY = """\
from(bucket: "BUCKET") |> range(start: {since}, stop: 2026-02-12T09:30:00Z)
  |> filter(fn: (r) => r._measurement == "usage" and r._field == "tokens")
  |> group(columns: ["model"]) |> aggregateWindow(every: 1d, fn: sum, timeSrc: "_start")
"""
FAILS = f'{PER_DAY}  |> map(fn: (r) => ({{r with x: int(v: "x")}})) |> yield(name: "b")'
WHEN_BEGUN = f"""import "generate"
generate.from(count: 50000, fn: (n) => n, start: 2026-02-01T00:00:00Z, stop: 2026-02-02T00:00:00Z) |> yield(name: "a")
{FAILS}"""
LATEST = """\
from(bucket: "BUCKET") |> range(start: {since}) |> filter(fn: (r) => r._measurement == "latency")
  |> group(columns: ["model"]) |> last()
"""
LATENCY = {
    "metric": "figure",
    "value": "_value",
    "unit": "number",
    "labels": {"model": "model"},
    "fixed": {"what": "p95_seconds"},
}


@pytest.fixture(scope="module", params=[InfluxDB1, InfluxDB2])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    """A server of each version with a few days of usage; 1.8 with Flux switched on."""
    version: type[InfluxDB] = request.param
    more: dict[str, Any] = {"flux": True} if version is InfluxDB1 else {}
    server = version(version.binary(), tmp_path_factory.mktemp("influxdb"), **more)
    try:
        server.start()
        server.empty()
        days = [datetime(2026, 2, day, 8, tzinfo=UTC) for day in (9, 10, 11, 12)]
        for line in LINES.format(*(f"{day.timestamp():.0f}000000000" for day in days)).splitlines():
            server.write(line)
        yield server
    finally:
        server.kill()


async def poll(server: InfluxDB, fetch: Fetch, query: str, **changed: object) -> Snapshot:
    settings = {
        "url": server.url,
        "org": server.org,
        "token": server.token,
        "query": query.replace("BUCKET", server.bucket),
        **DAILY,
        **changed,
    }
    config = influxdb.Config.model_validate(settings)
    return await influxdb.build(config, fetch, NAME).poll(Window(NOW))


@pytest.mark.asyncio
async def test_days_of_tokens(server: InfluxDB, fetch: Fetch, clock: Clock) -> None:
    """The teams of a model are summed, the running day is left out, and the days before it are sealed."""
    clock.at = NOW
    snapshot = await poll(server, fetch, PER_DAY)
    found = {(each.series.labels.get("model"), each.valid_at.day): each.value for each in snapshot.samples}
    assert found == {("a/b", 9): 12.0, ("a/b", 11): 11.5, ("c", 11): 1_500_000.0}
    assert snapshot.seals == (Seal(NAME, "tokens", Bar.DAY, datetime(2026, 2, 12, tzinfo=UTC), NOW),)


@pytest.mark.asyncio
async def test_the_window(server: InfluxDB, fetch: Fetch, clock: Clock) -> None:
    """The oldest day of it is a whole one."""
    clock.at = NOW
    snapshot = await poll(server, fetch, PER_DAY, window=timedelta(days=1))
    assert sorted({each.valid_at.day for each in snapshot.samples}) == [11]
    assert {each.series.labels.get("model"): each.value for each in snapshot.samples} == {"a/b": 11.5, "c": 1_500_000.0}


@pytest.mark.asyncio
@pytest.mark.parametrize(("time", "at"), [("_time", NOW.replace(hour=8, minute=0)), (None, NOW)])
async def test_a_level(server: InfluxDB, fetch: Fetch, clock: Clock, time: str | None, at: datetime) -> None:
    """It holds from the time it was written at, or from the look."""
    clock.at = NOW
    (sample,) = (await poll(server, fetch, LATEST, series=(LATENCY,), bar=None, time=time)).samples
    assert sample.series.labels == Labels.of(source=NAME, model="a/b", what="p95_seconds")
    assert (sample.value, sample.valid_at) == (2.25, at)


@pytest.mark.asyncio
async def test_two_yields(server: InfluxDB, fetch: Fetch, clock: Clock) -> None:
    """Each metric from the tables that have its column."""
    clock.at = NOW
    query = (
        f'{PER_DAY}  |> yield(name: "tokens")\n{LATEST}  |> rename(columns: {{_value: "p95"}}) |> yield(name: "p95")'
    )
    snapshot = await poll(server, fetch, query, series=(TOKENS, {**LATENCY, "value": "p95"}))
    assert len([each for each in snapshot.samples if each.series.metric == "tokens"]) == 3
    assert [each.value for each in snapshot.samples if each.series.metric == "figure"] == [2.25]


@pytest.mark.asyncio
async def test_the_documented_query(server: InfluxDB, fetch: Fetch, clock: Clock) -> None:
    """The manual's own; its last window is that of today."""
    clock.at = NOW
    written = PAGE.read_text(encoding="utf-8").split("\n## influxdb\n")[1].split("'''")[1]
    snapshot = await poll(server, fetch, written.replace('"llm"', '"BUCKET"'))
    assert len(snapshot.samples) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("query", "told"),
    [
        (PER_DAY.replace("BUCKET", "no/where"), "200: failed to initialize execute state: "),
        (PER_DAY.replace("sum", "summ"), "undefined identifier"),
        (PER_DAY.replace('"usage"', '"nothing"'), "got an answer without rows"),
        (PER_DAY.replace(', timeSrc: "_start"', ""), "got '2026-02-12T09:30:00Z', expected the start of a day in UTC"),
        (PER_DAY.replace('["model"]', '["model", "team"]'), "got '7', expected one value of tokens{model=\"a/b\"}"),
        (FAILS, "failed to evaluate map function"),
        (WHEN_BEGUN, " failed"),  # in the answer, or before it where the server is quick to fail
    ],
    ids=["bucket", "name", "empty", "end", "groups", "while it runs", "in the middle of the answer"],
)
async def test_what_goes_wrong_is_told(server: InfluxDB, fetch: Fetch, clock: Clock, query: str, told: str) -> None:
    """In the words of the server, or with row and column."""
    clock.at = NOW
    with pytest.raises(SourceError) as caught:
        await poll(server, fetch, query)
    assert told in str(caught.value)


@pytest.mark.asyncio
async def test_a_wrong_token(server: InfluxDB, fetch: Fetch, clock: Clock) -> None:
    """The token is not told. Our 1.8 lets everybody in."""
    clock.at = NOW
    if server.token:
        with pytest.raises(
            SourceError, match=r"got HTTP 401, expected 200: unauthorized access\n    check `key`"
        ) as caught:
            await poll(server, fetch, PER_DAY, token="wrong-secret")
        assert "wrong-secret" not in str(caught.value)
    else:
        assert (await poll(server, fetch, PER_DAY, token="me:wrong-secret")).samples
