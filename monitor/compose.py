"""From settings to what a daemon is given of the world: builds what is switched on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from monitor import ports
from monitor.adapters import Adapter, Adapters, may_be_named
from monitor.amiss import amiss
from monitor.backups import Backups
from monitor.catalog import Catalog
from monitor.daemon import Daemon, Outside, Poll
from monitor.delivery import Delivery, Receiver
from monitor.derived.price_truth import PriceTruth
from monitor.derived.shares import METRIC, Shares
from monitor.desk import Desk
from monitor.desk.control import Control
from monitor.digest import closed
from monitor.digest.period import WORDS
from monitor.digesting import digest_said
from monitor.dispatch import Routes, Timeliness
from monitor.dispatch.plan import for_all
from monitor.feed import Feed, Pace
from monitor.files import load_catalog, load_rules, rules_look
from monitor.heartbeat import Heartbeat
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.bar import Bar, seconds
from monitor.model.copying import Stream
from monitor.model.notification import Notification
from monitor.nightly import Nightly, Plan
from monitor.noise import worded
from monitor.noise.report import NAME
from monitor.noisiness import SECONDS, noise_of
from monitor.ports import Copies, Listener, Source
from monitor.reporting import Report
from monitor.rules.merge import compiled
from monitor.settings import HttpSettings, Settings
from monitor.sources.fetch import Fetch
from monitor.status import Names, status, summary
from monitor.truth.looks import READ
from monitor.web import Surface, Web, app
from monitor.web.guard import LOOPBACK
from monitor.web.metrics import Figures

_PACES = {Stream.SHARES: Pace(batch=32)}  # bars: some hundred points each, more where old ones are learnt all at once


def daemon(settings: Settings, found: Adapters, ledger: Ledger, fetch: Fetch, now: Callable[[], datetime]) -> Daemon:
    """A monitor over a ledger; raises CatalogError, and in its start RuleError."""
    judging = judging_for(settings, ledger, found.routes)
    copied = streams(ledger, lambda: judging.catalog)
    outside = Outside(
        polls=polls(found, fetch),
        delivery=Delivery(ledger.outbox, receivers(found), found.routes),
        feeds=tuple(feeds(found, copied, now)),
        load_rules=lambda: load_rules(settings.rules),
        accept=fetch.accept,
        now=now,
        look_at_rules=lambda: rules_look(settings.rules),
        watch_rules=settings.watch_rules,
        keep_bodies=settings.ledger.keep_bodies,
        reports=tuple(reports(settings, found.routes, ledger.path)),
    )
    made = Daemon(ledger, judging, outside)
    desk = Desk(judging, lambda: made.rules, now, made.wake, lambda: status_lines(found, ledger, now()))
    made.listen(Control(desk, settings.ledger.path), *listeners(found, desk))
    if settings.ledger.backup:
        plan = Plan(settings.ledger.backup, settings.ledger.keep_backups)
        made.listen(Nightly(ledger, backups(settings), plan, found.routes, now))

    def wrong() -> list[str]:
        return amiss(made.steps, ledger, now())

    if settings.http.enabled:
        figures = partial(figures_of, settings, found, made, now)
        made.listen(web(settings.http, Surface(made.answers, wrong, figures)))
    if settings.heartbeat.url is not None:
        told = settings.heartbeat.url.get_secret_value()
        made.listen(Heartbeat(told, settings.heartbeat.every, made.answers, wrong))
    return made


def web(http: HttpSettings, surface: Surface) -> Web:
    """What a running monitor serves, and where."""
    host = http.listen[0]
    hosts = {*LOOPBACK, f"[{host}]" if ":" in host else host, *http.hosts}
    return Web(app(surface, hosts), http.listen)


def figures_of(settings: Settings, found: Adapters, made: Daemon, now: Callable[[], datetime]) -> Figures:
    """What Prometheus is told, read beside the monitor; raises LedgerError."""
    with Ledger.open(settings.ledger.path, owner=False) as reader:
        standing = status(reader, Names(found.sources, found.off, found.sinks), now())
        queues = reader.outbox.queues()
    newest = next(iter(backups(settings).all()), None)
    backup = None if newest is None else newest.at.timestamp()
    return Figures(
        standing, dict(made.steps.counts), dict(made.runs), queues, backup
    )  # copies: the loop goes on counting


def backups(settings: Settings) -> Backups:
    """The backups of the ledger."""
    ledger = settings.ledger.path.absolute()
    return Backups(ledger, settings.ledger.backups or ledger.parent / "backups")


def status_lines(found: Adapters, ledger: Ledger, at: datetime) -> list[str]:
    """How things stand, in few lines."""
    standing = status(ledger, Names(found.sources, found.off, found.sinks), at)
    return list(summary(standing))


def judging_for(settings: Settings, ledger: Ledger, routes: Routes) -> Judging:
    """What judges, and what is said of it by these routes; raises CatalogError."""
    return Judging(ledger, load_catalog(settings.catalog), routes, timeliness(settings), settings.page_url)


def desk_over(settings: Settings, ledger: Ledger, found: Adapters) -> Desk:
    """The desk over a ledger that no monitor runs over, by the rules that were taken over last; raises CatalogError."""
    rules = compiled(ledger.rulebook.accepted())
    return Desk(judging_for(settings, ledger, found.routes), lambda: rules, lambda: datetime.now(UTC))


def timeliness(settings: Settings) -> Timeliness:
    """What is called late, and what is too late to be told by itself."""
    return Timeliness(settings.late_after, settings.late_notice)


def reports(settings: Settings, routes: Routes, ledger: Path) -> Iterator[Report]:
    """Every report that has a schedule; each reads the ledger beside whoever owns it."""

    def digest(bar: Bar, at: datetime) -> tuple[Notification, ...]:
        with Ledger.open(ledger, owner=False) as reader:
            _, said = digest_said(reader, load_catalog(settings.catalog), closed(bar, seconds(at)))
        return for_all(replace(said, link=settings.page_url), routes)

    def noise(at: datetime) -> tuple[Notification, ...]:
        with Ledger.open(ledger, owner=False) as reader:
            found = noise_of(reader, load_catalog(settings.catalog), seconds(at), SECONDS)
        return for_all(worded(found), routes)

    written = {name: partial(digest, bar) for bar, name in WORDS.items()} | {NAME: noise}
    for name, write in written.items():
        if schedule := getattr(settings.digest, name):
            yield Report(name, schedule, write)


def polls(found: Adapters, fetch: Fetch) -> tuple[Poll, ...]:
    """Every source that is on, ready to be polled."""
    return tuple(_poll(name, adapter, fetch) for name, adapter in found.sources.items())


def source_of(name: str, adapter: Adapter, fetch: Fetch) -> Source:
    """The source itself; one of the user's own goes by its name."""
    own = (name,) if may_be_named(adapter.module) else ()
    source: Source = adapter.module.build(adapter.config, fetch, *own)
    return source


def receivers(found: Adapters) -> dict[str, Receiver]:
    """Every receiver with its pace."""
    return {
        name: Receiver(
            adapter.module.build(adapter.config), adapter.module.GAP, edits=getattr(adapter.module, "EDITS", False)
        )
        for name, adapter in found.receivers.items()
    }


def listeners(found: Adapters, desk: ports.Desk) -> tuple[Listener, ...]:
    """What waits for people to act, at the receivers where they can."""
    kinds = {each.module for each in found.receivers.values() if hasattr(each.module, "listen")}
    return tuple(
        listener
        for kind in kinds
        for listener in kind.listen(
            {name: each.config for name, each in found.receivers.items() if each.module is kind}, desk
        )
    )


def feeds(found: Adapters, copied: Mapping[Stream, Copies[Any]], now: Callable[[], datetime]) -> Iterator[Feed]:
    """A worker for each sink and stream; of what lasts people are told once of all streams of a sink."""
    for name, adapter in found.sinks.items():
        for stream, kept in copied.items():
            first = stream is Stream.SAMPLES
            sink = adapter.module.build(adapter.config, stream)
            pace = _PACES.get(stream, Pace())
            yield Feed(stream.cursor(name), sink, kept, routes=found.routes, now=now, tells_outages=first, pace=pace)


def streams(ledger: Ledger, catalog: Callable[[], Catalog]) -> dict[Stream, Copies[Any]]:
    """What is copied, and where the ledger keeps how far. `catalog` is asked for when something is derived."""
    return {
        Stream.SAMPLES: ledger.cursors,
        Stream.ALERTS: ledger.transition_cursors,
        Stream.REMARKS: ledger.remark_cursors,
        Stream.SHARES: ledger.derived((METRIC,), Shares(ledger, catalog)),
        Stream.PRICE_TRUTH: ledger.derived(READ, PriceTruth(ledger, catalog)),
    }


def _poll(name: str, adapter: Adapter, fetch: Fetch) -> Poll:
    history: date | None = getattr(adapter.config, "history_from", None)
    since = None if history is None else datetime.combine(history, time.min, UTC)
    schedule: str = getattr(adapter.config, "schedule", "")
    return Poll(name, source_of(name, adapter, fetch), schedule, since)
