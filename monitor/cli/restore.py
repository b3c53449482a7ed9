"""`monitor restore`: a backup becomes the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.backups import Restored, restore_backup
from monitor.cli.options import Options
from monitor.cli.output import counted, iso, json_line, lines
from monitor.compose import backups
from monitor.errors import LedgerError
from monitor.model.bar import seconds
from monitor.model.quantity import moment


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="one object with everything")
@click.pass_obj
def command(options: Options, file: Path | None, *, as_json: bool) -> None:
    """Put the backup FILE in the ledger's place; without FILE the newest one that is sound.

    Refused while a monitor runs. The ledger of now is set aside, never deleted. For InfluxDB as the origin see
    `monitor influx restore`.
    """
    kept = backups(options.settings())
    if file is None:
        newest = kept.newest_sound()
        if newest is None:
            raise LedgerError(f"{kept.folder}: there is no sound backup here", hint="name a file")
        file = newest.path
    restored = restore_backup(kept.ledger, file.absolute(), datetime.now(UTC))
    if as_json:
        json_line(_fields(restored, kept.ledger))
    else:
        lines(_report(restored, kept.ledger))


def _report(restored: Restored, ledger: Path) -> Iterator[str]:
    newest = restored.owed.newest
    yield f"{ledger}: is {restored.backup} now, as of {'its making' if newest is None else moment(seconds(newest))}"
    if restored.before is not None:
        yield f"the ledger of before is kept: {restored.before}"
    if restored.owed.messages:
        owed = counted(restored.owed.messages, "message")
        yield f"{owed} owed, which may have arrived since: looked up in Slack, else marked as possible repeat"
    yield "what came later is learnt from the sources again, as far as they still show it: `monitor run`"


def _fields(restored: Restored, ledger: Path) -> dict[str, object]:
    newest = restored.owed.newest
    return {
        "ledger": str(ledger),
        "backup": str(restored.backup),
        "newest": None if newest is None else iso(seconds(newest)),
        "before": None if restored.before is None else str(restored.before),
        "owed": restored.owed.messages,
    }
