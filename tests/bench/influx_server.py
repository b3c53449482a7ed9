"""What the copy costs with a real server: `python -m tests.bench.influx_server`, five minutes; needs `make servers`.

Ratios of one run, each the best of some rounds in turns, for each version that is there.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import urllib3
from influxdb_client import InfluxDBClient, WriteOptions
from pydantic import SecretStr

from monitor.feed import Feed
from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.model.copying import Stream
from monitor.sinks.influxdb import Config, build
from monitor.sinks.line_protocol import MAX_LINES, LineWriter, bodies
from tests.bench.importing import FILES
from tests.bench.processes import idling
from tests.daemon.fakes import DEAR, HOUR, MONDAY, PRICES, Script, World, price_poll, prices
from tests.servers import InfluxDB, InfluxDB1, InfluxDB2
from tests.sinks.copied import config, copy, restored, verified

_ROUNDS = 4
_CYCLES, _MODELS = 60, 300
_FULL = 2_500  # samples of a full request


def main() -> None:
    """Print a row a figure."""
    for version in (InfluxDB1, InfluxDB2):
        with tempfile.TemporaryDirectory() as folder, started(version, Path(folder)) as server:
            for row in (*copying(server, Path(folder)), *reading(server, Path(folder)), *standing(server)):
                print(f"| {version.__name__}: {row} |", flush=True)  # noqa: T201
    for row in hanging():
        print(f"| {row} |", flush=True)  # noqa: T201


@contextmanager
def started(version: type[InfluxDB], folder: Path) -> Iterator[InfluxDB]:
    """A running server with an empty database."""
    server = version(version.binary(), folder / "influxdb")
    try:
        server.start()
        server.empty()
        yield server
    finally:
        server.kill()


def copying(server: InfluxDB, folder: Path) -> Iterator[str]:
    """All recorded history by our feed, as ready bytes, and by the client's batching WriteApi."""
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        import_files(FILES, ledger)
        lines = LineWriter().lines([sample for _, sample in ledger.cursors.after(0, ledger.cursors.newest())])
        ready = [gzip.compress(body, compresslevel=1) for body in bodies(lines)]
        ways: dict[str, Callable[[], None]] = {
            "bare posting of ready bytes": lambda: _post(server, ready),
            "feed, from the ledger to the server": lambda: _feed(server, ledger),
            "batching WriteApi, the same lines": lambda: _batch(server, lines),
        }
        rates = dict.fromkeys(ways, 0.0)
        for _ in range(_ROUNDS):
            for name, way in ways.items():
                server.empty()
                rates[name] = max(rates[name], len(lines) / _seconds(way))
    for name, rate in rates.items():
        yield f"{name} | {rate:,.0f} lines/s"
    bare, ours, batching = rates.values()
    yield f"feed against bare posting | {ours / bare:.2f} | goal 0.9"
    yield f"feed against batching WriteApi | {ours / batching:.2f}"


def reading(server: InfluxDB, folder: Path) -> Iterator[str]:
    """The recorded history compared with the ledger, and made a ledger again."""
    server.empty()
    with Ledger.open(folder / "ledger.sqlite") as ledger, Ledger.open(folder / "new" / "ledger.sqlite") as other:
        ledger.cursors.move("influxdb", 0)
        asyncio.run(copy(ledger, config(server)))
        compared = verified(ledger, config(server)).compared
        comparing = _seconds(lambda: verified(ledger, config(server)))
        restoring = _seconds(lambda: restored(other, config(server)))
        rows = other.cursors.newest() + other.remark_cursors.newest()
    yield f"verify | {compared / comparing:,.0f} points/s"
    yield f"restore | {rows / restoring:,.0f} rows/s"


def standing(server: InfluxDB) -> Iterator[str]:
    """What an idle daemon needs with the sink and without."""
    settings = {"URL": server.url, "BUCKET": server.bucket, "ORG": server.org, "TOKEN": server.token}
    sink = {f"MONITOR_INFLUXDB__{name}": text for name, text in settings.items() if text}
    for name, given in (("without the sink", {}), ("with the sink", sink)):
        memory, ready = idling(given)
        yield f"idle daemon {name} | {memory:.0f} MB, ready in {ready:.2f} s"


def hanging() -> Iterator[str]:
    """Cycles (poll, learn, judge, deliver) beside a server that accepts and never answers, against cycles without."""
    with socket.create_server(("127.0.0.1", 0)) as server:  # the system accepts, nobody reads
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        found: dict[str, list[float]] = {"": [], url: []}
        for _ in range(_ROUNDS):
            for each, times in found.items():
                times.append(statistics.median(asyncio.run(_cycles(each))))
    alone, beside = (min(times) for times in found.values())
    yield f"cycle without a sink | {alone * 1000:.2f} ms"
    yield f"cycle beside a hanging server | {beside * 1000:.2f} ms, {beside / alone:.2f} times"


async def _cycles(url: str) -> list[float]:
    """Seconds of each cycle. `url`: of the sink's server, empty = there is no sink."""
    looks = [prices(**{f"m{n}": 1.0 + (n + at) % 7 for n in range(_MODELS)}) for at in range(_CYCLES)]
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "ledger.sqlite") as ledger:
        world = World(ledger, [price_poll(Script(looks))], (DEAR,))
        daemon, stop = await world.started(), asyncio.Event()
        feeds = [Feed("influxdb", build(Config(url=url, bucket="b"), Stream.SAMPLES), ledger.cursors)] if url else []
        running = [asyncio.create_task(feed.run(stop)) for feed in feeds]
        for number in range(_CYCLES):
            world.clock.at = MONDAY + number * HOUR + timedelta(minutes=5)
            began = time.perf_counter()
            await daemon.poll(PRICES)
            await daemon.deliver()
            times.append(time.perf_counter() - began)
        stop.set()
        await asyncio.gather(*running)
    return times


def _post(server: InfluxDB, ready: Sequence[bytes]) -> None:
    address = f"{server.url}/api/v2/write?org={server.org}&bucket={server.bucket}&precision=ns"
    headers = {"Content-Encoding": "gzip", "Authorization": f"Token {server.token}"}
    with urllib3.PoolManager() as pool:
        for body in ready:
            assert pool.request("POST", address, body=body, headers=headers).status == 204


def _feed(server: InfluxDB, ledger: Ledger) -> None:
    secret = SecretStr(server.token)
    config = Config(url=server.url, bucket=server.bucket, org=server.org, token=secret)

    async def all_of_it() -> None:
        with closing(build(config, Stream.SAMPLES)) as sink:
            feed = Feed("influxdb", sink, ledger.cursors)
            while await feed.step() == _FULL:
                pass

    ledger.cursors.move("influxdb", 0)
    asyncio.run(all_of_it())


def _batch(server: InfluxDB, lines: Sequence[str]) -> None:
    options = WriteOptions(batch_size=MAX_LINES)
    with (
        InfluxDBClient(server.url, server.token, org=server.org, enable_gzip=True, timeout=60_000) as client,
        client.write_api(options) as batching,
    ):
        for start in range(0, len(lines), MAX_LINES):
            batching.write(server.bucket, record=lines[start : start + MAX_LINES])


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
