"""The real daemon beside a server that is down or hangs: it learns, judges, tells and ends as if there were none."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from monitor.catalog import shipped
from monitor.compose import streams
from monitor.dispatch import Routes
from monitor.dispatch.holding import FLAPS
from monitor.feed import Feed
from monitor.ledger import Ledger
from monitor.model.copying import Stream
from monitor.sinks.influxdb import Config, build
from tests.acceptance.process import PATIENCE
from tests.daemon.fakes import DEAR, HOUR, MONDAY, PRICES, Clock, Script, World, price_poll, prices
from tests.servers import InfluxDB
from tests.sinks.copying import copying
from tests.sinks.same import check_same
from tests.sources.fakes import misbehaving, say_nothing

HOURS = 24
AT = timedelta(minutes=5)
DEARER, CHEAPER = "Dear: a: $6 against $5", "Resolved: Dear: a: $4 against $5"


@dataclass
class Time:
    """A clock whose sleepers wake when it is set past their time."""

    clock: Clock = field(default_factory=Clock)
    sleeping: list[tuple[datetime, asyncio.Event]] = field(default_factory=list)

    async def sleep(self, span: float) -> None:
        """Until the clock is set so far."""
        woken = asyncio.Event()
        self.sleeping.append((self.clock.at + timedelta(seconds=span), woken))
        await woken.wait()

    def pass_to(self, at: datetime) -> None:
        """Set the clock, and wake whose time has come."""
        self.clock.at = at
        for due, woken in self.sleeping:
            if due <= at:
                woken.set()
        self.sleeping = [each for each in self.sleeping if each[0] > at]


def feeds(ledger: Ledger, config: Config, time: Time) -> list[Feed]:
    """One for each stream, as the program makes them."""
    return [
        Feed(
            stream.cursor("influxdb"),
            build(config, stream),
            kept,
            routes=Routes(("slack",)),
            now=time.clock.now,
            sleep=time.sleep,
            tells_outages=stream is Stream.SAMPLES,
        )
        for stream, kept in streams(ledger, shipped).items()
    ]


async def until(holds: Callable[[], bool]) -> None:
    """Let the threads of the feeds work."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.001)


async def an_hour(world: World, time: Time, number: int, workers: list[Feed]) -> list[str]:
    """Poll and tell in that hour, then let every feed come to rest; what a person is told."""
    time.pass_to(MONDAY + number * HOUR + AT)
    daemon = await world.started()
    await daemon.poll(PRICES)
    titles = await world.titles(daemon)
    for minutes in range(10, 55, 5):
        await until(lambda: len(time.sleeping) == len(workers))
        time.pass_to(MONDAY + number * HOUR + timedelta(minutes=minutes))
    await until(lambda: len(time.sleeping) == len(workers))
    return titles


@pytest.mark.asyncio
async def test_an_outage_of_a_day_delays_nobody_and_loses_nothing(influxdb: InfluxDB, tmp_path: Path) -> None:
    """Every hour is learnt, judged and told while the server is down; once it is back it has what the ledger has."""
    looks = [prices(a=4.0 + 2 * (number % 2), **{f"m{number}": 1.0}) for number in range(HOURS + 6)]
    secret = SecretStr(influxdb.token)
    config = Config(url=influxdb.url, bucket=influxdb.bucket, org=influxdb.org, token=secret)
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        time = Time()
        world = World(ledger, [price_poll(Script(looks))], (DEAR,), time.clock)
        workers = feeds(ledger, config, time)
        stop = asyncio.Event()
        running = [asyncio.create_task(worker.run(stop)) for worker in workers]
        said = [await an_hour(world, time, number, workers) for number in (0, 1)]
        influxdb.stop()
        said += [await an_hour(world, time, 2 + number, workers) for number in range(HOURS)]
        assert all(worker.lag() for worker in workers[:2])  # of samples and alerts
        influxdb.start()
        said += [await an_hour(world, time, 2 + HOURS + number, workers) for number in range(4)]
        stop.set()
        await asyncio.gather(*running)
        assert [worker.lag() for worker in workers] == [0] * len(Stream)
        samples, transitions = check_same(ledger, influxdb)
        held = len(ledger.withholding.waiting())
    own = [[title for title in titles if not title.startswith("Copies: ")] for titles in said]
    told = [[], *([DEARER if number % 2 else CHEAPER] for number in range(1, HOURS + 6))]
    assert own == [each if number <= FLAPS + 1 else [] for number, each in enumerate(told)]
    assert held == HOURS + 6 - 1 - (FLAPS + 1)  # what flaps is told together, once it is calm
    assert [title for titles in said for title in titles if title.startswith("Copies: ")] == [
        "Copies: influxdb takes nothing for 1 hour",
        "Copies: influxdb takes again what it is sent",
    ]
    assert samples > 2 * HOURS
    assert transitions == HOURS + 6 - 1


@pytest.mark.asyncio
async def test_a_server_that_hangs_delays_nobody(tmp_path: Path) -> None:
    """It accepts and never answers: what is learnt meanwhile is judged and told, and a stop waits for no answer."""
    async with misbehaving(say_nothing) as (url, asked):
        with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
            time = Time()
            world = World(ledger, [price_poll(Script([prices(a=4.0), prices(a=6.0)]))], (DEAR,), time.clock)
            world.feeds = feeds(ledger, Config(url=url, bucket="b", timeout=300), time)
            daemon, stop = world.daemon(), asyncio.Event()
            running = asyncio.create_task(daemon.run(stop, lambda: None, timedelta(hours=1)))
            await until(lambda: bool(ledger.snapshots(PRICES, 1)))
            time.pass_to(MONDAY + HOUR + AT)
            await until(lambda: bool(asked))
            await daemon.poll(PRICES)
            await until(lambda: bool(world.inbox.sent))
            stop.set()
            await asyncio.wait_for(running, 60)
    assert [each.title for each in world.inbox.sent] == [DEARER]


def test_a_process_ends_although_its_server_hangs(tmp_path: Path) -> None:
    """SIGTERM while a write has no answer: a clean end, long before the request's time-out."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        monitor = copying(tmp_path, "team", f"http://127.0.0.1:{server.getsockname()[1]}", "b", timeout=300)
        with monitor.running("run") as running:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(100).startswith(b"POST /api/v2/write")
                assert running.stop(signal.SIGTERM) == 0
