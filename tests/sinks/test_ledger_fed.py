"""The feed over the real ledger: samples reach a real InfluxDB 1.8 and 2.7, across a restart of both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from monitor.feed import Feed, Pace
from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.history import Batch
from monitor.model.sample import Sample, Snapshot
from monitor.ports import Cursors
from tests.servers import InfluxDB
from tests.shared import SHARED
from tests.sinks.fakes import MONDAY, learnt
from tests.sinks.test_influxdb_server import by_time, sink, stored


def columns(samples: Sequence[Sample]) -> Batch:
    series = tuple(dict.fromkeys(sample.series for sample in samples))
    numbers = {one: number for number, one in enumerate(series)}
    return Batch(
        series=series,
        index=np.array([numbers[sample.series] for sample in samples], np.int64),
        valid_at=np.array([seconds(sample.valid_at) for sample in samples], np.int64),
        known_at=np.array([seconds(sample.known_at) for sample in samples], np.int64),
        values=np.array([sample.value for sample in samples], np.float64),
        seals=(),
        citations={},
    )


async def feed(path: Path, server: InfluxDB, *, batch: int = 2_500) -> tuple[int, int]:
    """A daemon's life with this ledger: feed until nothing is left; how many steps and samples it took."""
    taken = []
    with Ledger.open(path) as ledger, sink(server) as made:
        cursors: Cursors[Sample] = ledger.cursors
        worker = Feed("influxdb", made, cursors, pace=Pace(batch=batch))
        while worker.lag():
            taken.append(await worker.step())
    return len(taken), sum(taken)


@pytest.mark.asyncio
async def test_what_the_ledger_learns_is_in_influxdb(influxdb: InfluxDB, tmp_path: Path) -> None:
    """Import, feed, restart, poll, feed: each sample is written once and all are there with both their times."""
    path = tmp_path / "ledger.sqlite"
    imported = learnt(4_500)
    with Ledger.open(path) as ledger:
        ledger.absorb(columns(imported))
    assert await feed(path, influxdb, batch=1_000) == (5, 4_500)
    assert await feed(path, influxdb) == (0, 0)

    at = MONDAY + timedelta(days=200)
    polled = tuple(Sample(sample.series, sample.valid_at, at, 7.0) for sample in learnt(30)[::3])
    with Ledger.open(path) as ledger:
        ledger.learn(Snapshot("openrouter_rankings", at, polled, (), entries=len(polled), digest="d"))
    assert await feed(path, influxdb) == (1, len(polled))

    assert by_time(stored(influxdb)) == by_time([*imported, *polled])
    revised = influxdb.rows("SELECT value FROM tokens WHERE value = 7")
    assert len(revised) == len(polled)


@pytest.mark.asyncio
async def test_all_imported_history_is_in_influxdb(influxdb: InfluxDB, tmp_path: Path) -> None:
    """The recorded history of usage and prices, its restatements included: equal, sample for sample."""
    path = tmp_path / "ledger.sqlite"
    files = [SHARED / "data" / name for name in ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz")]
    with Ledger.open(path) as ledger:
        import_files(files, ledger)
        learnt_by_metric: dict[str, list[Sample]] = {}
        for _, sample in ledger.cursors.after(0, ledger.cursors.newest()):
            learnt_by_metric.setdefault(sample.series.metric, []).append(sample)
    await feed(path, influxdb)
    assert len(learnt_by_metric["tokens"]) > 70_000
    for metric, samples in learnt_by_metric.items():
        assert by_time(stored(influxdb, metric)) == by_time(samples)
