"""`monitor backup`: a consistent copy of the ledger, also beside a running monitor."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.backups import make
from monitor.cli.options import Options
from monitor.cli.output import iso, json_line
from monitor.compose import backups
from monitor.model.bar import seconds


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="one object with everything")
@click.pass_obj
def command(options: Options, file: Path | None, *, as_json: bool) -> None:
    """Copy the ledger to FILE, which must not be there yet; checked, and whole or not there at all.

    Without FILE: into the folder of backups, named by the time; of those the newest are kept (ledger.keep_backups).
    """
    settings = options.settings()
    at = datetime.now(UTC)
    kept = backups(settings)
    ledger = kept.ledger
    made, took = kept.make(at, settings.ledger.keep_backups) if file is None else make(ledger, file.absolute(), at)
    if as_json:
        found = {"file": str(made.path), "at": iso(seconds(made.at)), "bytes": made.size, "seconds": round(took, 3)}
        json_line({**found, "kept": len(kept.all())})
    else:
        click.echo(f"{made.path}: {made.size / 1e6:,.1f} MB in {took:.1f} s")
