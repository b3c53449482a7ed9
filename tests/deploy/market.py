"""A ledger of real records, and an InfluxDB that was fed from it as a daemon feeds it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from monitor.asking import Failure
from monitor.backtest import Mode, judgements
from monitor.catalog import Join
from monitor.feed import Feed
from monitor.files import load_catalog, load_rules
from monitor.health import Health
from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.model.bar import instant, seconds
from monitor.model.copying import Stream
from monitor.model.history import Remembered
from monitor.model.sample import Snapshot
from monitor.settings import shipped_rules
from monitor.sinks.influxdb import Config, build
from tests.deploy.grafana import FROM
from tests.servers import InfluxDB
from tests.shared import SHARED

FILES = [SHARED / "data" / name for name in ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz")]
SOURCE = "Kenneth-Top/workflows-:history_database.csv"
"""It recorded tokens by model and day."""
DOWN_AT = FROM + timedelta(days=40)
SHARES = {"CN": (0.5, 0.6), "US": (0.4, 0.3), "EU": (0.1, 0.1)}
"""By origin: its shares of the tokens of DAYS."""
DAYS = (FROM + timedelta(days=7), FROM + timedelta(days=8))
SAID = (("claimed", 0), ("confirmed", 90))
"""What was said of one cut of a price, and how many minutes after it began."""


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
    health = Health(ledger, ())
    for poll in ("litellm", "openrouter_rankings"):
        snapshot = Snapshot(poll, FROM - timedelta(days=1), (), (), entries=1, digest=poll)
        ledger.learn(snapshot)
        health.went_well(snapshot, snapshot.fetched_at)
    health.failed("litellm", Failure("no answer"), DOWN_AT)
    return ledger


def fill(server: InfluxDB, ledger: Ledger) -> None:
    """Feed every stream until nothing is left, and what no stream feeds yet."""
    config = Config(url=server.url, bucket=server.bucket, org=server.org, token=SecretStr(server.token))
    asyncio.run(_feed(config, Stream.SAMPLES, ledger.cursors))
    asyncio.run(_feed(config, Stream.ALERTS, ledger.transition_cursors))
    for line in by_hand():
        server.write(line)


async def _feed(config: Config, stream: Stream, cursors: Any) -> None:  # noqa: ANN401 - of either stream
    sink = build(config, stream)
    feed = Feed(f"influxdb {stream}", sink, cursors)
    while feed.lag():
        await feed.step()
    sink.close()


def by_hand() -> Iterator[str]:
    """Points of `shares` and `price_truth`, until streams of their own feed these."""
    for name, shares in SHARES.items():
        for number, day in enumerate(DAYS):
            rank = 1 + sorted((each[number] for each in SHARES.values()), reverse=True).index(shares[number])
            tags = f"source={SOURCE},metric=tokens,bar=day,by=origin,name={name}"
            fields = f"share={shares[number]},amount={shares[number] * 1e12},rank={rank}i,sealed=t"
            yield f"shares,{tags} {fields} {nanoseconds(day)}"
    for status, minutes in SAID:
        said = FROM + timedelta(days=3, minutes=minutes)
        tags = f"metric=price_output,model=deepseek/deepseek-v4-pro,source=litellm,status={status}"
        fields = f'before=3.48,after=0.87,change=-0.75,kind="cut",evidence="seen",first_at={seconds(FROM)}i'
        yield f"price_truth,{tags} {fields} {nanoseconds(said) + 7}"


def nanoseconds(at: datetime) -> int:
    return seconds(at) * 10**9
