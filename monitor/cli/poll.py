"""`monitor poll`: one poll of some sources, and all that follows from it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime

import click

from monitor import log
from monitor.adapters import Adapters, adapters
from monitor.cli.choice import chosen
from monitor.cli.options import Options
from monitor.cli.output import counted, json_line, transition_fields
from monitor.compose import daemon
from monitor.daemon import Ended, Polled
from monitor.ledger import Ledger
from monitor.settings import Settings
from monitor.sources.fetch import Fetch


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it all: of each source, of what was owed, and what is owed still."""

    polled: Sequence[Polled]
    delivered: int
    pending: int


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--json", "as_json", is_flag=True, help="one object with all that happened")
@click.pass_obj
def command(options: Options, sources: tuple[str, ...], *, as_json: bool) -> int:
    """Ask sources once, now; learn, judge and deliver. Without SOURCE: all that are switched on.

    Needs the ledger for itself: stop a running monitor first.
    """
    settings = options.settings()
    found = adapters(settings)
    names = chosen(sources, found)
    log.set_up("error", settings.log.format, secrets=found.secrets)
    with Ledger.open(settings.ledger.path) as ledger, redirect_stdout(sys.stderr if as_json else sys.stdout):
        done = asyncio.run(_poll(settings, found, ledger, names))
    if as_json:
        json_line(_fields(done))
    else:
        _print(done, found)
    return 0 if all(each.ended in (Ended.LEARNT, Ended.UNCHANGED) for each in done.polled) else 1


async def _poll(settings: Settings, found: Adapters, ledger: Ledger, names: Sequence[str]) -> Done:
    fetch = Fetch(ledger, contact=settings.contact, now=_now)
    try:
        asking = daemon(settings, found, ledger, fetch, _now)
        await asking.start()
        polled = [await asking.poll(name) for name in names]
        delivered = await asking.deliver()
    finally:
        await fetch.aclose()
    return Done(polled, delivered, ledger.outbox.counts()["pending"])


def _print(done: Done, found: Adapters) -> None:
    for each in done.polled:
        why = f": {each.why}" if each.why else ""
        told = sum(len(judgement.transitions) for judgement in each.outcome.told)
        silent = sum(len(judgement.transitions) for judgement in each.outcome.silent)
        click.echo(f"{each.name}: {each.ended}{why}")
        if each.ended in (Ended.LEARNT, Ended.UNCHANGED):
            click.echo(f"    {counted(each.entries, 'entry').replace('entrys', 'entries')}; {_judged(told, silent)}")
    click.echo(f"{counted(done.delivered, 'notification')} delivered to {', '.join(found.receivers)}")
    if done.pending:
        click.echo(f"{counted(done.pending, 'notification')} still owed: `monitor status` says why")


def _judged(told: int, silent: int) -> str:
    first = f", {silent:,} in history that nobody is told of" if silent else ""
    return f"{counted(told, 'transition')}{first}"


def _fields(done: Done) -> dict[str, object]:
    return {
        "sources": [_of(each) for each in done.polled],
        "delivered": done.delivered,
        "pending": done.pending,
    }


def _of(polled: Polled) -> dict[str, object]:
    told = [transition for judgement in polled.outcome.told for transition in judgement.transitions]
    return {
        "source": polled.name,
        "ended": polled.ended.value,
        "entries": polled.entries,
        "why": polled.why,
        "transitions": [transition_fields(transition) for transition in told],
    }


def _now() -> datetime:
    return datetime.now(UTC)
