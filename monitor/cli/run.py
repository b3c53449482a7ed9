"""`monitor run`: the daemon, with its signals."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from datetime import UTC, datetime

import click

from monitor import __version__, log
from monitor.adapters import Adapters, adapters
from monitor.cli.acting import user
from monitor.cli.options import Options
from monitor.compose import backups, daemon
from monitor.daemon import Daemon
from monitor.errors import LedgerDamagedError
from monitor.ledger import Ledger
from monitor.ledger.deeds import Deed
from monitor.model.bar import seconds
from monitor.recovery import Alarm, confirmed, recover
from monitor.settings import Settings
from monitor.shown import shown
from monitor.sources.fetch import Fetch
from monitor.systemd import Supervisor, Watchdog

_log = logging.getLogger("monitor")


@click.command()
@click.pass_obj
def command(options: Options) -> None:
    """Watch the market until stopped.

    SIGTERM or Ctrl-C stops after what is under way. Rule files are taken over when they change, or at SIGHUP.
    """
    settings = options.settings()
    found = adapters(settings)
    log.set_up(settings.log.level, settings.log.format, secrets=found.secrets | settings.secrets)
    damage = _live(settings, found)
    if damage is not None and settings.ledger.when_damaged == "restore":
        restored = recover(backups(settings), found.routes, damage, _now())
        _log.error("%s\n    %s goes on in its place; the damaged one is %s", damage, restored.backup, restored.before)
        damage = _live(settings, found)  # once: what is damaged again lies on a broken disk
    if damage is not None:
        raise damage


def _live(settings: Settings, found: Adapters) -> LedgerDamagedError | None:
    """Watch until stopped; what is wrong with the file, if it ended because of that."""
    try:
        with Ledger.open(settings.ledger.path) as ledger:
            ledger.deeds.record(_start(settings, found))
            asyncio.run(_watch(settings, found, ledger))
            met = ledger.damage
    except Exception as fault:
        damage = confirmed(backups(settings), fault)
        if damage is None:
            raise
        return damage
    return None if met is None else confirmed(backups(settings), met)


def _start(settings: Settings, found: Adapters) -> Deed:
    """With every setting that is not a default, for the record."""
    given = "; ".join(f"{each.name} = {each.value}" for each in shown(settings, found) if each.origin)
    return Deed(seconds(_now()), user(), "monitor run", f"started {__version__}", given)


async def _watch(settings: Settings, found: Adapters, ledger: Ledger) -> None:
    fetch = Fetch(ledger, contact=settings.contact, now=_now)
    watching = daemon(settings, found, ledger, fetch, _now)
    supervisor = Supervisor.of(os.environ, os.getpid())
    watching.listen(Watchdog(supervisor, watching.answers), Alarm(ledger))
    stop = asyncio.Event()
    _on_signals(stop, watching, supervisor)
    try:
        await watching.run(stop, lambda: _say_ready(settings, found, supervisor), settings.drain)
    finally:
        await fetch.aclose()
    _log.info("stopped")


def _on_signals(stop: asyncio.Event, watching: Daemon, supervisor: Supervisor) -> None:
    loop = asyncio.get_running_loop()
    reloading: set[asyncio.Task[None]] = set()

    def end() -> None:
        _log.info("stopping: what is under way is finished first; once more ends at once")
        supervisor.stopping()
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    async def reloaded() -> None:
        supervisor.reloading()
        await watching.reload()
        supervisor.ready()

    def reload() -> None:
        task = loop.create_task(reloaded())
        reloading.add(task)
        task.add_done_callback(reloading.discard)

    loop.add_signal_handler(signal.SIGINT, end)
    loop.add_signal_handler(signal.SIGTERM, end)
    loop.add_signal_handler(signal.SIGHUP, reload)


def _say_ready(settings: Settings, found: Adapters, supervisor: Supervisor) -> None:
    supervisor.ready()
    for name, why in found.off.items():
        _log.info("source %s is off: %s", name, why)
    polled, told, copied = (", ".join(names) or "none" for names in (found.sources, found.receivers, found.sinks))
    _log.info("ready: sources %s; receivers %s; sinks %s; ledger %s", polled, told, copied, settings.ledger.path)


def _now() -> datetime:
    return datetime.now(UTC)
