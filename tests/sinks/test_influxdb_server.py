"""The sink and the feed with a real InfluxDB 1.8 and 2.7: what was learnt is there, whatever happened on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from pydantic import SecretStr

from monitor.errors import SinkError
from monitor.feed import Feed, Pace
from monitor.model.bar import Bar, instant, seconds
from monitor.model.copying import Stream
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Series
from monitor.sinks.influxdb import Config, InfluxSink, build
from tests.servers import ADMIN, InfluxDB, InfluxDB1
from tests.sinks.fakes import MONDAY, FakeCursors, learnt

NASTY = (
    "plain/model:free",
    "a b, c=d",
    '"quoted"',
    " edges ",
    "ends in \\",
    "in\\side\\ and",
    "two\nlines\r\tand \x00",
    "100% %0A",
    "通义/千问🙂 \u2028",
    "#1",
)


@contextmanager
def sink(
    server: InfluxDB, *, bucket: str = "", token: str = "", url: str = "", timeout: float = 10.0
) -> Iterator[InfluxSink[Sample]]:
    """A sink before a server, or before what stands at `url` in its place."""
    secret, bucket = SecretStr(token or server.token), bucket or server.bucket
    config = Config(url=url or server.url, bucket=bucket, org=server.org, token=secret, timeout=timeout)
    made = build(config, Stream.SAMPLES)
    try:
        yield made
    finally:
        made.close()


def stored(server: InfluxDB, metric: str = "tokens") -> Iterator[Sample]:
    """Every sample, restored from the points of <metric>_as_known."""
    found = f'SELECT known_at, gone, value FROM "{metric}_as_known" GROUP BY *'  # noqa: S608
    for group in server.series(found, epoch="ns"):
        tags = {name: unquote(text) for name, text in group["tags"].items() if text}
        series = Series(metric, Labels.of(tags).without({"bar"}), Bar(tags["bar"]))
        for at, known_at, gone, value in group["values"]:
            valid_at = instant(at // 10**9)
            yield Sample(series, valid_at, instant(known_at), None if gone else float(value))


def by_time(samples: Iterable[Sample]) -> list[tuple[object, ...]]:
    """Comparable and in one order."""
    return sorted(
        (seconds(s.valid_at), seconds(s.known_at), s.series.labels.pairs, s.series.bar, s.value) for s in samples
    )


def test_every_value_is_there(influxdb: InfluxDB) -> None:
    """Nasty labels and extreme numbers come back as they were, read by the server's own query language."""
    numbers = (0.0, -1.5, 0.1 + 0.2, 1e300, 5e-324, 2.0**53 + 2, 1e-7, 123456789.125, 4.119e12, 1e22)
    samples = [
        Sample(Series("tokens", Labels.of(source="a b", model=model), Bar.DAY), MONDAY, MONDAY + timedelta(1), number)
        for model, number in zip(NASTY, numbers, strict=True)
    ]
    with sink(influxdb) as made:
        made.write(samples)
    assert by_time(stored(influxdb)) == by_time(samples)


def test_newest_and_as_known(influxdb: InfluxDB) -> None:
    """<metric> has the value learnt last and can be summed as it is; <metric>_as_known has each with its time."""
    series = Series("tokens", Labels.of(source="openrouter", model="m"), Bar.DAY)
    first = Sample(series, MONDAY, MONDAY + timedelta(days=1), 100.0)
    revision = Sample(series, MONDAY, MONDAY + timedelta(days=2), 101.0)
    with sink(influxdb) as made:
        made.write([first])
        made.write([revision])
        made.write([first, revision])  # as after a lost answer
    newest = influxdb.rows("SELECT value, known_at FROM tokens")
    assert newest == [{"time": seconds(MONDAY), "value": 101, "known_at": seconds(revision.known_at)}]
    assert by_time(stored(influxdb)) == by_time([first, revision])


def test_the_documented_query(influxdb: InfluxDB) -> None:
    """Decision 0003 shows how to ask what was known at a moment: without what was learnt later, nothing twice."""
    text = (Path(__file__).parents[2] / "docs/decisions/0003-influx-layout.md").read_text()
    query = " ".join(line for line in text.split("```sql")[1].split("```")[0].splitlines() if line[:2] != "--")
    day, moment = datetime(2026, 7, 18, tzinfo=UTC), datetime(2026, 7, 20, tzinfo=UTC)
    series = [Series("tokens", Labels.of(source="openrouter", model=model), Bar.DAY) for model in "ab"]
    learnt_when = ((1.0, timedelta(hours=-3)), (2.0, timedelta(0)), (1000.0, timedelta(seconds=1)))
    with sink(influxdb) as made:
        made.write([Sample(one, day, moment + late, value) for one in series for value, late in learnt_when])
    sums = [row for row in influxdb.rows(query) if row["sum"] is not None]
    assert sums == [{"time": seconds(day), "sum": 4}]


def test_gone_and_not_a_number(influxdb: InfluxDB) -> None:
    """A model that left its source is marked; NaN and infinity leave a point without value, never a wrong number."""
    series = Series("price_output", Labels.of(source="openrouter", model="m"), Bar.HOUR)
    values = (0.87, None, float("nan"), float("inf"))
    looks = [Sample(series, at, at, v) for n, v in enumerate(values) for at in [MONDAY + timedelta(hours=n)]]
    with sink(influxdb) as made:
        made.write(looks)
    rows = influxdb.rows("SELECT value, gone, known_at FROM price_output")
    assert [(row["value"], row["gone"]) for row in rows] == [(0.87, False), (None, True), (None, False), (None, False)]
    assert [row["known_at"] for row in rows] == [row["time"] for row in rows] == [seconds(s.known_at) for s in looks]


def test_wrong_password_and_right_one(influxdb_1_auth: InfluxDB1) -> None:
    """InfluxDB 1.8 takes user:password as token."""
    with sink(influxdb_1_auth, token="admin:wrong-secret") as made, pytest.raises(SinkError) as caught:
        made.write(learnt(3))
    assert "answered 401" in str(caught.value)
    assert "check `token`" in str(caught.value)
    assert "wrong-secret" not in str(caught.value)
    with sink(influxdb_1_auth, token=":".join(ADMIN)) as made:
        made.write(learnt(3))
    assert by_time(stored(influxdb_1_auth)) == by_time(learnt(3))


def test_a_wrong_token(influxdb_2: InfluxDB) -> None:
    """Held, with what to do, and the token is not told."""
    with sink(influxdb_2, token="wrong-secret") as made, pytest.raises(SinkError, match="check `token`") as caught:
        made.write(learnt(3))
    assert "answered 401" in str(caught.value)
    assert caught.value.permanent
    assert "wrong-secret" not in str(caught.value)


def test_an_unknown_bucket(influxdb: InfluxDB) -> None:
    """Held, with what to do."""
    with (
        sink(influxdb, bucket="nowhere/autogen") as made,
        pytest.raises(SinkError, match="create the bucket") as caught,
    ):
        made.write(learnt(3))
    assert "answered 404" in str(caught.value)
    assert caught.value.permanent


@pytest.mark.asyncio
async def test_refused_lines_are_kept_aside(influxdb: InfluxDB) -> None:
    """A field whose type the bucket holds otherwise: in the server's words, and what it takes is there."""
    influxdb.write(f'tokens,bar=day value="text" {seconds(MONDAY)}000000000')
    cursors = FakeCursors(learnt(3))
    with sink(influxdb) as made:
        await Feed("influxdb", made, cursors).step()
    assert [(each.seq, each.line.partition(",")[0]) for each in cursors.rejected] == [(n, "tokens") for n in (1, 2, 3)]
    assert all("field type conflict" in each.said for each in cursors.rejected)
    assert cursors.moves == [3]
    assert by_time(stored(influxdb)) == by_time(learnt(3))


async def feed_all(
    made: InfluxSink[Sample], cursors: FakeCursors, on_failure: Callable[[], None], batch: int = 2_500
) -> int:
    """Run a feed until nothing is left, calling `on_failure` in place of each wait after a failure; their number."""
    stop = asyncio.Event()
    failures = 0

    async def sleep(wait: float) -> None:
        nonlocal failures
        if wait > 0.0 and feed.lag():
            failures += 1
            on_failure()
        elif not feed.lag():
            stop.set()
        await asyncio.sleep(0)

    feed = Feed("influxdb", made, cursors, sleep=sleep, pace=Pace(batch=batch))
    async with asyncio.timeout(120):
        await feed.run(stop)
    return failures


@pytest.mark.asyncio
async def test_an_outage_loses_nothing(influxdb: InfluxDB) -> None:
    """The server is down while more is learnt; once it is back on the same files, everything is there."""
    everything = learnt(9_000)
    cursors = FakeCursors(everything[:3_000])
    turns = iter(range(3_000, 9_000, 1_000))

    def wait() -> None:
        turn = next(turns, None)
        if turn is None:
            influxdb.start()
        else:
            cursors.samples.extend(everything[turn : turn + 1_000])

    with sink(influxdb) as made:
        assert await feed_all(made, cursors, wait) == 0
        influxdb.stop()
        wait()
        assert await feed_all(made, cursors, wait) == 6
    assert cursors.position("influxdb") == 9_000
    assert by_time(stored(influxdb)) == by_time(everything)
