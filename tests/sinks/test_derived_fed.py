"""Derived streams in a real InfluxDB 1.8 and 2.7: exactly the points derived, also after everything was fed twice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from monitor.catalog import shipped
from monitor.compose import streams
from monitor.feed import Feed, Pace
from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.model.copying import Stream
from monitor.sinks.influxdb import build
from monitor.sinks.truth_lines import truth_lines
from tests.servers import InfluxDB
from tests.shared import SHARED
from tests.sinks.test_alert_lines import config


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with recorded usage and prices."""
    path = tmp_path_factory.mktemp("recorded") / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        import_files([SHARED / "data" / name for name in ("usage/usage.csv.gz", "prices/prices.csv.gz")], ledger)
    return path


async def fed_twice(path: Path, server: InfluxDB, stream: Stream) -> list[Any]:
    """Feed from the start to the end, twice; everything that was derived."""
    catalog = shipped()
    made = build(config(server), stream)
    with Ledger.open(path) as ledger:
        kept = streams(ledger, lambda: catalog)[stream]
        for name in (server.url, f"{server.url} again"):
            feed = Feed(name, made, kept, pace=Pace(batch=200))
            while feed.lag():
                await feed.step()
        found = [each for _, item in kept.after(0, 10**9) for each in item]
    made.close()
    return found


@pytest.mark.asyncio
async def test_shares_are_there_once(recorded: Path, influxdb: InfluxDB) -> None:
    """Law: by tags and time the numbers derived, and no other point."""
    shares = await fed_twice(recorded, influxdb, Stream.SHARES)
    held = {
        (row["source"], row["bar"], row["by"], row["name"], row["time"]): (
            row["metric"],
            row["share"],
            row["amount"],
            row["rank"],
            row["sealed"],
        )
        for row in rows(influxdb, "shares")
    }
    assert len(shares) > 20_000
    assert held == {
        (each.source, each.bar.value, each.by, each.name, each.at * 10**9): (
            each.metric,
            each.share,
            each.amount,
            each.rank,
            True,
        )
        for each in shares
    }


@pytest.mark.asyncio
async def test_words_of_prices_are_there_once(recorded: Path, influxdb: InfluxDB) -> None:
    """Law: a point for each word, with its numbers and its text."""
    words = await fed_twice(recorded, influxdb, Stream.PRICE_TRUTH)
    held = sorted(
        (row["time"], row["metric"], row["offer"], row["source"], row["status"], row["before"], row["after"])
        for row in rows(influxdb, "price_truth")
    )
    assert len(words) > 7_000
    times = [int(line.rpartition(" ")[2]) for line in truth_lines([words])]
    assert held == sorted(
        (
            at,
            said.event.key.metric,
            said.event.key.offer.model + (f"@{said.event.key.offer.host}" if said.event.key.offer.host else ""),
            said.event.source,
            said.word.status.value,
            said.event.old,
            said.event.new,
        )
        for at, said in zip(times, words, strict=True)
    )
    assert {row["kind"] for row in rows(influxdb, "price_truth")} == {said.word.reading.kind.value for said in words}


def rows(server: InfluxDB, measurement: str) -> Sequence[dict[str, Any]]:
    """Every point, its time in nanoseconds."""
    return server.rows(f"SELECT * FROM {measurement}", epoch="ns")  # noqa: S608 - our own word
