"""`monitor influx rejected`: the lines that InfluxDB refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import click

from monitor.adapters import Adapter
from monitor.cli.influx.copies import copied, copies, switched_on
from monitor.cli.options import Options
from monitor.cli.output import aligned, counted, iso, json_line, lines
from monitor.copies import resend
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.copying import Rejected, Stream
from monitor.model.quantity import moment
from monitor.ports import Copies
from monitor.settings import Settings
from monitor.sinks import influxdb

_MOST = 20  # lines that are shown; --json has all


@click.command("rejected")
@click.option("--resend", "again", is_flag=True, help="write them again; for that, stop a running monitor first")
@click.option("--json", "as_json", is_flag=True, help="one object a line for each that is kept aside")
@click.pass_obj
def command(options: Options, *, again: bool, as_json: bool) -> int:
    """List the lines that the server refused, with its words.

    With --resend they are written again, with what was learnt of the same bars since; those that are taken are kept
    aside no longer. Exit code 1 if the server still refuses any.
    """
    settings = options.settings()
    adapter = switched_on(settings)
    with Ledger.open(settings.ledger.path, owner=again) as ledger:
        before = _kept_aside(ledger, settings)
        if again:
            _resend(copied(ledger, settings), adapter)
        after = _kept_aside(ledger, settings)
    if as_json:
        for name, each in after:
            json_line(_line_fields(name, each))
        return int(again and bool(after))
    if again:
        click.echo(f"{counted(len(before), 'line')} written again, {len(after):,} still refused")
    lines(_listed(after))
    return int(again and bool(after))


def _kept_aside(ledger: Ledger, settings: Settings) -> list[tuple[str, Rejected]]:
    return [(copy.name, each) for copy in copies(ledger, settings) for each in copy.rejected]


def _resend(every: Mapping[Stream, Copies[Any]], adapter: Adapter) -> None:
    at = seconds(datetime.now(UTC))
    for stream, kept in every.items():
        with closing(adapter.module.build(adapter.config, stream)) as sink:
            resend(stream.cursor(influxdb.KIND), kept, sink, at)


def _listed(found: list[tuple[str, Rejected]]) -> Iterator[str]:
    if not found:
        yield "no line is kept aside"
        return
    for name, each in found[:_MOST]:
        yield from aligned([(moment(each.at), name, each.said)])
        yield f"  {each.line}"
    if len(found) > _MOST:
        yield f"and {len(found) - _MOST:,} more: --json has all"


def _line_fields(name: str, rejected: Rejected) -> dict[str, object]:
    return {
        "copy": name,
        "seq": rejected.seq,
        "line": rejected.line,
        "said": rejected.said,
        "at": iso(rejected.at),
    }
