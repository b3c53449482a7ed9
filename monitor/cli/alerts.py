"""`monitor alerts`: what fires, who knows of it, what holds it back."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from monitor.adapters import adapters
from monitor.cli.options import Options
from monitor.cli.output import finite, iso, json_line, lines
from monitor.compose import desk_over
from monitor.desk.alerts import OpenAlert, open_alerts
from monitor.desk.answers import alert_lines
from monitor.ledger import Ledger


@click.command()
@click.option("--json", "as_json", is_flag=True, help="one object a line for each")
@click.pass_obj
def command(options: Options, *, as_json: bool) -> None:
    """List what fires, the newest first. Only reads, also beside a running monitor."""
    settings = options.settings()
    found = adapters(settings)
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        desk = desk_over(settings, ledger, found)
        now = desk.judging.round(desk.rules(), datetime.now(UTC))
        alerts = open_alerts(now, found.routes.inhibitions)
        if not as_json:
            lines(alert_lines(alerts, now))
        for each in alerts if as_json else ():
            json_line(_fields(each, now.at))


def _fields(alert: OpenAlert, at: int) -> dict[str, object]:
    told = alert.told
    return {
        "alert": alert.episode.alert,
        "labels": alert.episode.labels.as_dict(),
        "severity": alert.seen.get("severity"),
        "since": iso(alert.episode.start),
        "age_seconds": at - alert.episode.start,
        "value": None if told is None else finite(told.value),
        "reference": None if told is None else finite(told.reference),
        "silent": told is None,
        "held": list(alert.held),
    }
