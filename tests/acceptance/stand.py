"""A monitor before a server that says what it is told to say: everything real but time and receiver."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from urllib.parse import parse_qsl, urlsplit

from monitor.catalog import shipped
from monitor.daemon import Daemon, Outside, Poll
from monitor.delivery import Delivery, Receiver
from monitor.dispatch import Routes, Timeliness
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.ledger.connection import Connection
from monitor.ledger.schema import migrate
from monitor.model.history import Columns
from monitor.rules.load import load
from monitor.sources import openrouter_models, openrouter_rankings
from monitor.sources.fetch import Fetch
from tests.delivery.fakes import FakeNotifier
from tests.sources.fakes import Clock, misbehaving

RULES = """
groups:
  - name: days
    every: day
    rules:
      - {alert: Busy, watch: 'tokens(model="a/b")', above: 100}
  - name: hours
    every: hour
    rules:
      - {alert: Dear, watch: price_output, above: $5}
"""
USAGE, PRICES = openrouter_rankings, openrouter_models
FIRST = datetime(2026, 8, 12, tzinfo=UTC)
DAY = timedelta(days=1)

Reply = Callable[[bytes], bytes]
"""A whole HTTP answer, made of the good body that would have been right."""


def answer(body: bytes, *headers: bytes, length: int | None = None) -> bytes:
    """HTTP 200 with a body, said to be of that length."""
    head = (b"HTTP/1.1 200 OK", b"Content-Length: %d" % (len(body) if length is None else length), *headers)
    return b"\r\n".join((*head, b"", body))


@dataclass
class Stand:
    """A monitor before a server that says what it is told to say."""

    connection: Connection
    ledger: Ledger
    clock: Clock
    url: str
    asked: Sequence[bytes]
    fetch: Fetch
    inbox: FakeNotifier = field(default_factory=FakeNotifier)
    reply: Reply = answer

    def daemon(self, source: ModuleType) -> Daemon:
        """The real thing, with one source."""
        settings = {"url": f"{self.url}/rankings", "key": "sk-test", "history_from": FIRST.date()}
        config = source.Config.model_validate(settings if source is USAGE else {"url": f"{self.url}/models"})
        outside = Outside(
            polls=(Poll(source.KIND, source.build(config, self.fetch), config.schedule, FIRST),),
            delivery=Delivery(self.ledger.outbox, {"slack": Receiver(self.inbox)}),
            feeds=(),
            load_rules=lambda: load([("rules.yaml", RULES)]),
            accept=self.fetch.accept,
            now=self.clock.now,
        )
        return Daemon(self.ledger, Judging(self.ledger, shipped(), Routes(("slack",)), Timeliness(DAY, DAY)), outside)

    def raw(self) -> bytes:
        """The answer to what was asked last."""
        asked = urlsplit(self.asked[-1].split()[1].decode())
        query = dict(parse_qsl(asked.query))
        return self.reply(_usage(query) if query else _prices(self.clock.at))

    def room(self, *, pages: int) -> None:
        """Let the ledger's file grow by so many pages and no more."""
        count = self.connection.rows("PRAGMA page_count")[0][0]
        self.connection.execute(f"PRAGMA max_page_count = {count + pages}")

    async def titles(self, daemon: Daemon) -> list[str]:
        """What is said now."""
        before = len(self.inbox.sent)
        await daemon.deliver()
        return [notification.title for notification in self.inbox.sent[before:]]


@asynccontextmanager
async def standing_in(folder: Path) -> AsyncIterator[Stand]:
    """A stand with its files in a folder."""
    standing: list[Stand] = []

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(standing[0].raw())
        await writer.drain()

    clock = Clock(FIRST + 6 * DAY + timedelta(minutes=20))
    async with misbehaving(speak) as (url, asked):
        connection = Connection.own(folder / "ledger.sqlite")
        migrate(connection)
        with Ledger(connection) as ledger:
            fetch = Fetch(ledger, contact="test", now=clock.now, sleep=clock.sleep)
            standing.append(Stand(connection, ledger, clock, url, asked, fetch))
            yield standing[0]
            await fetch.aclose()


def many(good: bytes, count: int) -> list[dict[str, object]]:
    """The one model of a price list so many times, as a/b, a/b1, a/b2 and so on."""
    model = json.loads(good)["data"][0]
    names = ["a/b", *(f"a/b{number}" for number in range(1, count))]
    return [{**model, "id": name, "canonical_slug": name} for name in names]


def rows(columns: Columns) -> list[tuple[int, int, int, float]]:
    """All that is stored of a metric."""
    return list(
        zip(
            columns.index.tolist(),
            columns.valid_at.tolist(),
            columns.known_at.tolist(),
            columns.values.tolist(),
            strict=True,
        )
    )


def _usage(query: Mapping[str, str]) -> bytes:
    """Two rows a day; the first is 90 up to the 17th, 110 from then on."""
    first, last = (date.fromisoformat(query[name]) for name in ("start_date", "end_date"))
    days = [first + number * DAY for number in range((last - first).days + 1)]
    data = [
        {"date": str(day), "model_permaslug": model, "total_tokens": str(tokens)}
        for day in days
        for model, tokens in (("a/b", 90 if day < date(2026, 8, 18) else 110), ("other", 500))
    ]
    return json.dumps({"data": data, "meta": {"as_of": "2026-08-18T00:20:00Z", "version": "v1"}}).encode()


def _prices(at: datetime) -> bytes:
    """One model; its output costs $4 at first and $6 an hour after the second look."""
    usd = "0.000004" if at < FIRST + 7 * DAY + timedelta(hours=1) else "0.000006"
    model = {"id": "a/b", "canonical_slug": "a/b", "pricing": {"prompt": "0.000001", "completion": usd}}
    return json.dumps({"data": [model]}).encode()
