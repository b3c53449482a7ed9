"""A ledger that is copied to a real server, as the daemon copies it: every stream that leads back to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from pydantic import SecretStr

from monitor.catalog import shipped
from monitor.compose import streams
from monitor.feed import Feed
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.copying import Stream
from monitor.restore import RESTORED, Restored, restore
from monitor.sinks.influxdb import KIND, Config, build, contents
from monitor.verify import Verified, Way, verify
from tests.servers import InfluxDB
from tests.sinks.fakes import MONDAY

NOW = seconds(MONDAY) + 400 * 86_400


def config(server: InfluxDB, *, bucket: str = "") -> Config:
    """Access to everything of a server."""
    return Config(url=server.url, bucket=bucket or server.bucket, org=server.org, token=SecretStr(server.token))


@contextmanager
def ways(ledger: Ledger, settings: Config) -> Iterator[dict[Stream, Way]]:
    """How each stream is copied there."""
    kept = streams(ledger, shipped)
    with ExitStack() as stack:
        yield {
            each: Way(each.cursor(KIND), kept[each], stack.enter_context(closing(build(settings, each))))
            for each in RESTORED
        }


async def copy(ledger: Ledger, settings: Config) -> None:
    """Feed until nothing is left."""
    with ways(ledger, settings) as copied:
        for way in copied.values():
            feed = Feed(way.cursor, way.sink, way.kept)
            while await feed.step():
                pass


def verified(ledger: Ledger, settings: Config, at: int = NOW) -> Verified:
    """What differs."""
    with ways(ledger, settings) as copied, closing(contents(settings)) as there:
        return verify(ledger, there, copied, at)


def restored(ledger: Ledger, settings: Config) -> Restored:
    """Into an empty ledger."""
    with closing(contents(settings)) as there:
        return restore(ledger, there, streams(ledger, shipped), KIND, NOW)
