"""`monitor influx status`: how the copy in InfluxDB stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import click

from monitor.cli.influx.copies import copies, switched_on
from monitor.cli.options import Options
from monitor.cli.output import counted, iso, json_line, lines
from monitor.copies import Copy
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.quantity import ago, duration, moment


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="one object with everything")
@click.pass_obj
def command(options: Options, *, as_json: bool) -> None:
    """How far it is behind, in number and time, what the server said last, and how many lines were kept aside.

    Only reads, also beside a running monitor; the server is not asked.
    """
    settings = options.settings()
    config = switched_on(settings).config
    at = seconds(datetime.now(UTC))
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        found = copies(ledger, settings)
    if as_json:
        json_line({"at": iso(at), "copies": [_fields(copy, at) for copy in found]})
    else:
        click.echo(f"InfluxDB at {getattr(config, 'url', '')}, bucket {getattr(config, 'bucket', '')!r}")
        for copy in found:
            lines(_report(copy, at))


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
