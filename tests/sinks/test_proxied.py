"""A network that cuts, delays, refuses and loses answers between feed and server: the copy is the same."""

from __future__ import annotations

import random

import pytest

from monitor.errors import SinkError
from monitor.feed import Feed
from monitor.model.bar import seconds
from tests.servers import InfluxDB
from tests.sinks.fakes import FakeCursors, learnt
from tests.sinks.proxy import Fault, proxied
from tests.sinks.test_influxdb_server import by_time, feed_all, sink, stored

GIVES_UP = 0.5  # seconds


@pytest.mark.asyncio
async def test_a_bad_network_loses_nothing(influxdb: InfluxDB) -> None:
    """Every third request meets a fault: none missing, none twice, the newest is the newest, nothing kept aside.

    A connection that ends early is how InfluxDB 1.8 refuses a large body, so those are halved and asked again at once.
    """
    chance = random.Random(20260209)  # noqa: S311 - seeded
    faults = [fault for fault in Fault if fault is not Fault.NONE]
    cursors = FakeCursors(learnt(20_000, models=400))
    async with proxied(influxdb.port, lambda: chance.choice([*faults, *[Fault.NONE] * 10])) as proxy:
        with sink(influxdb, url=proxy.url, timeout=GIVES_UP) as made:
            failures = await feed_all(made, cursors, lambda: None, batch=500)
    assert proxy.met[Fault.BUSY] + proxy.met[Fault.LATE] <= failures
    assert all(proxy.met[fault] for fault in Fault)
    assert cursors.moves == list(range(500, 20_001, 500))
    assert cursors.rejected == []
    assert by_time(stored(influxdb)) == by_time(cursors.samples)
    newest = {(s.series.labels.get("model"), seconds(s.valid_at)): s.value for s in cursors.samples}
    rows = influxdb.rows("SELECT model, value FROM tokens")
    assert {(row["model"], row["time"]): row["value"] for row in rows} == newest


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", [fault for fault in Fault if fault is not Fault.NONE])
async def test_the_cursor_moves_only_after_the_204(influxdb_1: InfluxDB, fault: Fault) -> None:
    """Whatever the server has taken already: as long as no answer came, the ledger does not rely on it."""
    cursors = FakeCursors(learnt(20))
    faults = iter([fault])
    async with proxied(influxdb_1.port, lambda: next(faults, Fault.NONE)) as proxy:
        with sink(influxdb_1, url=proxy.url, timeout=GIVES_UP) as made:
            feed = Feed("influxdb", made, cursors)
            with pytest.raises(SinkError) as caught:
                await feed.step()
            assert cursors.moves == []
            assert not caught.value.permanent
            assert caught.value.not_before == (7.0 if fault is Fault.BUSY else None)
            taken = len(list(stored(influxdb_1)))
            assert taken == (20 if fault in {Fault.LOST, Fault.LATE} else 0)
            await feed.step()
    assert cursors.moves == [20]
    assert by_time(stored(influxdb_1)) == by_time(cursors.samples)
