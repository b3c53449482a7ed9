"""A ledger of real records, and an InfluxDB that was fed from it as a daemon feeds it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from monitor.asking import Failure
from monitor.backtest import Mode, judgements
from monitor.catalog import Join, shipped
from monitor.compose import streams
from monitor.dispatch import Routes
from monitor.feed import Feed, Pace
from monitor.files import load_catalog, load_rules
from monitor.health import Health
from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.model.bar import instant
from monitor.model.copying import Stream
from monitor.model.history import Remembered
from monitor.model.sample import Snapshot
from monitor.ports import Copies
from monitor.settings import shipped_rules
from monitor.sinks.influxdb import KIND, Config, build
from tests.deploy.grafana import FROM
from tests.servers import InfluxDB
from tests.shared import SHARED

FILES = [SHARED / "data" / name for name in ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz")]
SOURCE = "Kenneth-Top/workflows-:history_database.csv"
"""It recorded tokens by model and day."""
DOWN_AT = FROM + timedelta(days=40)


def learn(path: Path) -> Ledger:
    """A ledger of the recorded history, judged by the rules about the market as it was learnt, with two sources."""
    ledger = Ledger.open(path)
    import_files(FILES, ledger)
    rules = load_rules([shipped_rules() / "market-share.yaml"]).rules
    join = Join(load_catalog(None), ledger.aliases())
    with ledger.transaction():
        for each in judgements(Remembered(ledger), rules, join, Mode.AS_KNOWN):
            at = max((transition.judged_at for transition in each.transitions), default=each.through)
            ledger.record([each], (), at=instant(at + 60))
    health = Health(ledger, Routes(()))
    for poll in ("litellm", "openrouter_rankings"):
        snapshot = Snapshot(poll, FROM - timedelta(days=1), (), (), entries=1, digest=poll)
        ledger.learn(snapshot)
        health.went_well(snapshot, snapshot.fetched_at)
    health.failed("litellm", Failure("no answer"), DOWN_AT)
    return ledger


def fill(server: InfluxDB, ledger: Ledger) -> None:
    """Feed every stream until nothing is left."""
    config = Config(url=server.url, bucket=server.bucket, org=server.org, token=SecretStr(server.token))
    for stream, kept in streams(ledger, shipped).items():
        asyncio.run(_feed(config, stream, kept))


async def _feed(config: Config, stream: Stream, cursors: Copies[Any]) -> None:
    sink = build(config, stream)
    feed = Feed(stream.cursor(KIND), sink, cursors, pace=Pace(batch=500))
    while await feed.step():
        pass
    sink.close()


def derived(ledger: Ledger, stream: Stream) -> Iterator[Any]:
    """Every point of a derived stream; of one that is there twice the last."""
    kept, seq = streams(ledger, shipped)[stream], 0
    while items := kept.after(seq, 500):
        for _, points in items:
            yield from points
        seq = items[-1][0]
