"""`monitor uninstall-service`: no service of systemd any more."""

from __future__ import annotations

import click

from monitor.cli.output import lines
from monitor.service import uninstall


@click.command()
@click.option("--purge", is_flag=True, help="remove the ledger too: all that was learnt, for good")
def command(*, purge: bool) -> None:
    """Stop the service and remove its unit. Ledger, settings and secrets stay where they are. Needs root."""
    lines(uninstall(purge=purge))
