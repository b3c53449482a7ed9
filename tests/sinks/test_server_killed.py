"""A server that is killed while it writes: what is promised of the copy, and what the server itself does not keep.

Both versions open the last segment of their write-ahead log, note its end, and only then cut off an entry that a kill
left half written. What they acknowledge next is written behind a hole, and the start after that one cuts it off as
well. docs/influxdb.md says what to do; `File corrupt` in the server's log says when.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.model.bar import seconds
from monitor.model.sample import Sample
from tests.servers import InfluxDB, InfluxDB1, InfluxDB2
from tests.sinks.fakes import FakeCursors, learnt
from tests.sinks.test_influxdb_server import by_time, feed_all, sink, stored

KILLS = 20
BATCH, MODELS = 1_000, 200
CORRUPT = "File corrupt"
LONGEST = 0.06  # seconds; a batch of this size takes about half of it


@pytest.fixture(params=[InfluxDB1, InfluxDB2])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InfluxDB]:
    """A running server of its own: what it has said is of this test alone."""
    made: InfluxDB = request.param(request.param.binary(), tmp_path / "influxdb")
    try:
        made.start()
        made.empty()
        yield made
    finally:
        made.kill()


class Dangerous(FakeCursors):
    """With every second batch a kill is on its way, to arrive while that batch is written."""

    def __init__(self, server: InfluxDB) -> None:
        super().__init__(learnt(2 * (KILLS + 1) * BATCH, models=MODELS))
        self.kills: dict[int, threading.Timer] = {}
        self._server = server
        self._chance = random.Random(20260209)  # noqa: S311 - seeded

    def after(self, seq: int, limit: int, /) -> list[tuple[int, Sample]]:
        if seq and seq % (2 * BATCH) == 0 and seq < len(self.samples) and seq not in self.kills:
            self.kills[seq] = threading.Timer(self._chance.uniform(0.0, LONGEST), self._server.kill)
            self.kills[seq].start()
        return super().after(seq, limit)

    def start_again(self) -> None:
        """Start the server, once no kill is on its way any more."""
        for kill in self.kills.values():
            kill.join()
        self._server.start()


def tear(server: InfluxDB) -> None:
    """Leave it as a kill in the middle of its second write does: one entry whole, one without its end."""
    server.write("m v=1 1000000000")
    server.kill()
    (segment,) = server.segments()
    entry = segment.read_bytes()
    segment.write_bytes(entry + entry[:-3])


def restart(server: InfluxDB) -> None:
    """End it cleanly and start it again."""
    server.stop()
    server.start()


@pytest.mark.asyncio
async def test_a_server_killed_in_the_middle(server: InfluxDB) -> None:
    """SIGKILL twenty times: nothing twice, nothing wrong; what it lost it says, and copying again puts that right."""
    cursors = Dangerous(server)
    expected = by_time(cursors.samples)
    with sink(server) as made:
        failures = await feed_all(made, cursors, cursors.start_again, batch=BATCH)
        cursors.start_again()
        restart(server)  # whatever the last kill tore is cut off now, and nothing was written behind it
        found = by_time(stored(server))
        assert len(cursors.kills) == KILLS
        assert failures >= KILLS // 2
        assert len(found) == len(set(found))
        assert set(found) <= set(expected)
        assert found == expected or CORRUPT in server.log()
        cursors.move("influxdb", 0)
        assert await feed_all(made, cursors, server.start) == 0
    restart(server)
    assert by_time(stored(server)) == expected
    newest = {(sample.series.labels, seconds(sample.valid_at)) for sample in cursors.samples}
    assert server.rows("SELECT count(value) FROM tokens")[0]["count"] == len(newest)


def test_a_torn_entry_costs_what_is_acknowledged_next(server: InfluxDB) -> None:
    """The server's own fault: a kill tears an entry, a write gets its 204, a clean restart, and the write is gone."""
    tear(server)
    server.start()
    server.write("m v=2 2000000000")
    assert [row["v"] for row in server.rows("SELECT v FROM m")] == [1, 2]
    restart(server)
    assert [row["v"] for row in server.rows("SELECT v FROM m")] == [1]
    assert server.log().count(CORRUPT) == 2


def test_a_second_restart_before_anything_is_written_mends_it(server: InfluxDB) -> None:
    """The way out: the first start cuts the torn entry off, the second notes the right end."""
    tear(server)
    server.start()
    restart(server)
    server.write("m v=2 2000000000")
    restart(server)
    assert [row["v"] for row in server.rows("SELECT v FROM m")] == [1, 2]
    assert server.log().count(CORRUPT) == 1
