"""`monitor history`: who did what."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from monitor.cli.options import MOMENT, Options
from monitor.cli.output import aligned, iso, json_line, lines
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.quantity import moment

_MOST = 200


@click.command()
@click.option("--since", type=MOMENT, metavar="TIME", help="a UTC day or time; everything without it")
@click.option("--json", "as_json", is_flag=True, help="one object a line")
@click.pass_obj
def command(options: Options, *, since: datetime | None, as_json: bool) -> None:
    """List what people did: silences, acknowledgements, edits of rules, starts with their settings; oldest first.

    The newest 200, or all with --json.
    """
    begin = 0 if since is None else seconds(since.replace(tzinfo=UTC))
    with Ledger.open(options.settings().ledger.path, owner=False) as ledger:
        deeds = ledger.deeds.since(begin, -1 if as_json else _MOST)
    if as_json:
        for each in deeds:
            fields = {"actor": each.actor, "via": each.via, "deed": each.deed, "about": each.about}
            json_line({"at": iso(each.at), **fields, "alert": each.alert or None})
    elif deeds:
        lines(aligned([(moment(each.at), each.actor, each.via, each.deed, each.about) for each in deeds]))
    else:
        click.echo("nothing is on record")
