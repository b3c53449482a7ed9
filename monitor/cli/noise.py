"""`monitor noise`: which rules spoke how often, and what would calm them."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from monitor.cli.options import MOMENT, Options
from monitor.cli.output import iso, json_line
from monitor.files import load_catalog
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.noise import Noise, Saving, Spoken, worded
from monitor.noisiness import SECONDS, noise_of
from monitor.notifiers.console import block


@click.command()
@click.option("--at", type=MOMENT, metavar="DATE", help="up to then; now without it")
@click.option("--json", "as_json", is_flag=True, help="one object with every number")
@click.pass_obj
def command(options: Options, at: datetime | None, *, as_json: bool) -> None:
    """Tell how often each rule spoke in 7 and 28 days, and try small changes of the noisiest over stored history.

    Only reads, also beside a running monitor; nothing is sent.
    """
    settings = options.settings()
    until = datetime.now(UTC) if at is None else at.replace(tzinfo=UTC)
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        noise = noise_of(ledger, load_catalog(settings.catalog), seconds(until), SECONDS)
    if as_json:
        json_line(_fields(noise))
    else:
        click.echo(block(worded(noise)).rstrip())


def _fields(noise: Noise) -> dict[str, object]:
    return {"at": iso(noise.at), "rules": [_rule(each, noise) for each in noise.spoken]}


def _rule(each: Spoken, noise: Noise) -> dict[str, object]:
    tried = noise.savings.get(each.alert)
    return {
        "alert": each.alert,
        "messages": {"7d": each.recent_messages, "28d": each.messages},
        "changes": {"7d": each.recent_changes, "28d": each.changes},
        "episodes": each.episodes,
        "dominant": each.dominant and {"labels": each.dominant[0].as_dict(), "part": each.dominant[1]},
        "flapping": [{"labels": labels.as_dict(), "changes": count} for labels, count in each.flapping.items()],
        "acknowledged": each.acknowledged,
        "silenced": each.silenced,
        "tried": each.alert in noise.savings,
        "saving": tried and _saving(tried),
    }


def _saving(saving: Saving) -> dict[str, object]:
    return {"change": saving.change, "told": saving.told, "instead": saving.instead, "lasting": saving.lasting}
