"""`monitor influx restore`: a new ledger from what InfluxDB holds."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import click

from monitor.cli.influx.copies import copied, switched_on
from monitor.cli.options import Options
from monitor.cli.output import aligned, counted, json_line, lines
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.restore import Restored, restore
from monitor.sinks import influxdb


@click.command("restore")
@click.option("--json", "as_json", is_flag=True, help="one object with everything")
@click.pass_obj
def command(options: Options, *, as_json: bool) -> None:
    """Make a new ledger of what InfluxDB holds: samples with both their times, seals, names and alerts.

    The ledger of the settings must not be there, or be empty; all is taken back or nothing. It knows what the copy had
    taken. Rules judge it from the beginning, and nobody is told of that; what InfluxDB has is not copied again.
    """
    settings = options.settings()
    adapter = switched_on(settings)
    at = seconds(datetime.now(UTC))
    with Ledger.open(settings.ledger.path) as ledger, closing(adapter.module.contents(adapter.config)) as contents:
        restored = restore(ledger, contents, copied(ledger, settings), influxdb.KIND, at)
    if as_json:
        json_line(
            {
                "ledger": str(settings.ledger.path),
                "samples": dict(restored.samples),
                "remarks": restored.remarks,
                "transitions": restored.transitions,
                "unknown_metrics": list(restored.unknown),
            }
        )
    else:
        _tell(restored, str(settings.ledger.path))


def _tell(restored: Restored, path: str) -> None:
    lines(aligned([(metric, f"{count:,}") for metric, count in restored.samples.items()]))
    samples = counted(sum(restored.samples.values()), "sample")
    beside = f"{restored.remarks:,} seals and names, {counted(restored.transitions, 'transition')}"
    click.echo(f"{path}: {samples}, {beside}")
    if restored.unknown:
        click.echo(f"left out, as this program does not know them: {', '.join(restored.unknown)}")
