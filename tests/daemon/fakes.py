"""A market in miniature: sources that follow a script, a clock that is a value, a receiver that keeps what it gets.

Around them the real daemon, delivery, rules, catalogue and ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.catalog import shipped
from monitor.daemon import Daemon, Outside, Poll
from monitor.delivery import Delivery, Receiver
from monitor.dispatch import Routes, Timeliness
from monitor.feed import Feed
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.model.transition import Transition
from monitor.ports import Source, Window
from monitor.reporting import Report
from monitor.rules.load import load
from tests.delivery.fakes import FakeNotifier

ONE = Routes(("slack",))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2026, 2, 2, tzinfo=UTC)
USAGE, PRICES = "openrouter_rankings", "openrouter_models"
USAGE_LINE, PRICES_LINE = "Source: usage, CC BY 4.0", "Prices: list"
RULES = """
groups:
  - name: usage
    every: day
    rules:
      - alert: Busy
        watch: tokens(model="a")
        above: 100
"""
DOWN = """
groups:
  - name: sources
    every: hour
    rules:
      - alert: SourceDown
        watch: source_up
        below: 1
        for: 3 bars
"""
DEAR = """
groups:
  - name: prices
    every: hour
    rules:
      - alert: Dear
        watch: price_output
        above: 5
"""
LONG_DEAR = f"{DEAR}        for: 3 bars\n"


@dataclass
class Clock:
    """Stands still until it is set."""

    at: datetime = MONDAY

    def now(self) -> datetime:
        """The time."""
        return self.at


Answer = Callable[[Window], Snapshot]


@dataclass
class Script:
    """A source that answers, poll by poll, what is written; the last line for ever."""

    lines: Sequence[Answer | Exception]
    windows: list[Window] = field(default_factory=list)

    async def poll(self, window: Window) -> Snapshot:
        """The next line."""
        line = self.lines[min(len(self.windows), len(self.lines) - 1)]
        self.windows.append(window)
        if isinstance(line, Exception):
            raise line
        return line(window)


@dataclass
class World:
    """One ledger and what surrounds it; every `daemon()` is a process of its own over them."""

    ledger: Ledger
    polls: Sequence[Poll]
    rules: tuple[str, ...] = (RULES,)
    clock: Clock = field(default_factory=Clock)
    inbox: FakeNotifier = field(default_factory=FakeNotifier)
    accepted: list[str] = field(default_factory=list)
    feeds: Sequence[Feed] = ()
    routes: Routes = ONE
    reports: Sequence[Report] = ()

    def daemon(self) -> Daemon:
        """A monitor that has not started."""
        outside = Outside(
            polls=self.polls,
            delivery=Delivery(self.ledger.outbox, {name: Receiver(self.inbox) for name in self.routes.receivers}),
            feeds=self.feeds,
            load_rules=lambda: load((f"rules/{number}.yaml", text) for number, text in enumerate(self.rules, 1)),
            accept=self.accepted.append,
            now=self.clock.now,
            look_at_rules=lambda: self.rules,
            reports=self.reports,
        )
        return Daemon(self.ledger, Judging(self.ledger, shipped(), self.routes, Timeliness(DAY, DAY)), outside)

    async def started(self) -> Daemon:
        """One that has."""
        daemon = self.daemon()
        await daemon.start()
        return daemon

    async def titles(self, daemon: Daemon) -> list[str]:
        """Deliver what is owed and due; the titles of what arrived by it."""
        before = len(self.inbox.sent)
        await daemon.deliver()
        return [notification.title for notification in self.inbox.sent[before:]]


def usage_poll(source: Source) -> Poll:
    """Polled every day, with history from the first day of the tests."""
    return Poll(USAGE, source, "20 0 * * *", history_from=MONDAY - 60 * DAY)


def price_poll(source: Source) -> Poll:
    """Polled every hour."""
    return Poll(PRICES, source, "5 * * * *")


def days(first: datetime, **tokens: Sequence[float]) -> Answer:
    """An answer with tokens of each model on days from `first` on, sealed through the last of them."""
    return bars(first, Bar.DAY, **tokens)


def bars(first: datetime, bar: Bar, **tokens: Sequence[float]) -> Answer:
    """The same in bars of any length."""
    step = timedelta(seconds=bar.width)

    def answer(window: Window) -> Snapshot:
        samples = tuple(_flows(first, bar, tokens, window.now))
        through = first + step * max(map(len, tokens.values()))
        seal = Seal("openrouter", "tokens", bar, through, window.now)
        return Snapshot(
            USAGE, window.now, samples, (seal,), len(tokens), f"at {window.now}", USAGE_LINE, body=b'{"data": []}'
        )

    return answer


def prices(**usd: float) -> Answer:
    """An answer with output prices of models, believed for three hours."""

    def answer(window: Window) -> Snapshot:
        samples = tuple(
            Sample(
                Series("price_output", Labels.of(source="openrouter", model=model), Bar.HOUR),
                window.now,
                window.now,
                price,
            )
            for model, price in usd.items()
        )
        digest = f"prices {sorted(usd.items())}"
        return Snapshot(
            PRICES, window.now, samples, _look(window.now), len(usd), digest, PRICES_LINE, complete=True, body=b"{}"
        )

    return answer


def unchanged(window: Window) -> Snapshot:
    """What a source makes of a 304: a look that found nothing else than before."""
    return Snapshot(PRICES, window.now, (), _look(window.now), 0, "", PRICES_LINE, unchanged=True)


def told(transitions: Sequence[Transition]) -> list[tuple[str, str, int]]:
    """(alert, kind, day of the month of its bar) of each, oldest first."""
    ordered = sorted(transitions, key=lambda each: (each.valid_at, each.kind.value))
    return [(each.alert, each.kind.value, datetime.fromtimestamp(each.valid_at, UTC).day) for each in ordered]


def _flows(first: datetime, bar: Bar, tokens: Mapping[str, Sequence[float]], known_at: datetime) -> Iterator[Sample]:
    for model, values in tokens.items():
        series = Series("tokens", Labels.of(source="openrouter", model=model), bar)
        for number, value in enumerate(values):
            yield Sample(series, first + number * timedelta(seconds=bar.width), known_at, value)


def _look(at: datetime) -> tuple[Seal, ...]:
    hour = at.replace(minute=0, second=0, microsecond=0) + HOUR
    return (Seal("openrouter", "price_output", Bar.HOUR, hour, at, at + 3 * HOUR),)
