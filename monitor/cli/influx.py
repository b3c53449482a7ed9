"""`monitor influx`: how the copy in InfluxDB stands, and the lines that it refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import click

from monitor.cli.options import Options
from monitor.cli.output import aligned, counted, iso, json_line, lines
from monitor.compose import Adapter, adapters, alerts_of
from monitor.copies import Copy, copy_of, resend
from monitor.errors import SettingsError
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.copying import Rejected
from monitor.model.quantity import ago, duration, moment
from monitor.settings import Settings
from monitor.sinks import influxdb

_ALERTS = alerts_of(influxdb.KIND)
_MOST = 20  # lines that are shown; --json has all


@click.group()
def command() -> None:
    """How the copy in InfluxDB stands, and what it refuses."""


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="one object with everything")
@click.pass_obj
def status(options: Options, *, as_json: bool) -> None:
    """How far it is behind, in number and time, what the server said last, and how many lines were kept aside.

    Only reads, also beside a running monitor; the server is not asked.
    """
    settings = options.settings()
    config = _switched_on(settings).config
    at = seconds(datetime.now(UTC))
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        copies = _copies(ledger)
    if as_json:
        json_line({"at": iso(at), "copies": [_fields(copy, at) for copy in copies]})
    else:
        click.echo(f"InfluxDB at {getattr(config, 'url', '')}, bucket {getattr(config, 'bucket', '')!r}")
        for copy in copies:
            lines(_report(copy, at))


@command.command("rejected")
@click.option("--resend", "again", is_flag=True, help="write them again; for that, stop a running monitor first")
@click.option("--json", "as_json", is_flag=True, help="one object a line for each that is kept aside")
@click.pass_obj
def rejected(options: Options, *, again: bool, as_json: bool) -> int:
    """List the lines that the server refused, with its words.

    With --resend they are written again, with what was learnt of the same bars since; those that are taken are kept
    aside no longer. Exit code 1 if the server still refuses any.
    """
    settings = options.settings()
    adapter = _switched_on(settings)
    with Ledger.open(settings.ledger.path, owner=again) as ledger:
        before = _kept_aside(ledger)
        if again:
            _resend(ledger, adapter)
        after = _kept_aside(ledger)
    if as_json:
        for name, each in after:
            json_line(_line_fields(name, each))
        return int(again and bool(after))
    if again:
        click.echo(f"{counted(len(before), 'line')} written again, {len(after):,} still refused")
    lines(_listed(after))
    return int(again and bool(after))


def _switched_on(settings: Settings) -> Adapter:
    found = adapters(settings).sinks.get(influxdb.KIND)
    if found is None:
        raise SettingsError("nothing is copied to InfluxDB", hint="add [influxdb] with url, bucket and token")
    return found


def _copies(ledger: Ledger) -> list[Copy]:
    return [copy_of(influxdb.KIND, ledger.cursors), copy_of(_ALERTS, ledger.transition_cursors)]


def _kept_aside(ledger: Ledger) -> list[tuple[str, Rejected]]:
    return [(copy.name, each) for copy in _copies(ledger) for each in copy.rejected]


def _resend(ledger: Ledger, adapter: Adapter) -> None:
    at = seconds(datetime.now(UTC))
    with closing(adapter.module.build(adapter.config)) as samples:
        resend(influxdb.KIND, ledger.cursors, samples, at)
    with closing(adapter.module.build_alerts(adapter.config)) as alerts:
        resend(_ALERTS, ledger.transition_cursors, alerts, at)


def _report(copy: Copy, at: int) -> Iterator[str]:
    waits = "" if copy.waiting_since is None else f", the oldest recorded {ago(copy.waiting_since, at)}"
    yield f"{copy.name}: {copy.behind:,} behind{waits}"
    yield f"  {_said(copy, at)}"
    if copy.rejected:
        yield f"  {counted(len(copy.rejected), 'line')} kept aside: `monitor influx rejected` lists them"


def _said(copy: Copy, at: int) -> str:
    answer = copy.answer
    if answer is None:
        return "nothing was sent yet"
    told = f"last answer {ago(answer.at, at)}: {answer.standing.value}"
    if answer.said:
        told += f", for {duration(max(at - answer.since, 0))}: " + answer.said.replace("\n", "\n  ")
    if answer.not_before > at:
        told += f"\n  asked to be left alone until {moment(answer.not_before)}"
    return told


def _listed(found: list[tuple[str, Rejected]]) -> Iterator[str]:
    if not found:
        yield "no line is kept aside"
        return
    for name, each in found[:_MOST]:
        yield from aligned([(moment(each.at), name, each.said)])
        yield f"  {each.line}"
    if len(found) > _MOST:
        yield f"and {len(found) - _MOST:,} more: --json has all"


def _fields(copy: Copy, at: int) -> dict[str, object]:
    answer = copy.answer
    return {
        "copy": copy.name,
        "behind": copy.behind,
        "waiting_since": None if copy.waiting_since is None else iso(copy.waiting_since),
        "waiting_seconds": None if copy.waiting_since is None else max(at - copy.waiting_since, 0),
        "answer": answer
        and {
            "standing": answer.standing.value,
            "said": answer.said or None,
            "at": iso(answer.at),
            "since": iso(answer.since),
            "not_before": iso(answer.not_before) if answer.not_before else None,
        },
        "rejected": len(copy.rejected),
    }


def _line_fields(name: str, rejected: Rejected) -> dict[str, object]:
    return {
        "copy": name,
        "seq": rejected.seq,
        "line": rejected.line,
        "said": rejected.said,
        "at": iso(rejected.at),
    }
