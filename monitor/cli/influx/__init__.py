"""`monitor influx`: the copy in InfluxDB; a command a file."""

from __future__ import annotations

import click

from monitor.cli.influx import rejected, restore, status, verify


@click.group()
def command() -> None:
    """The copy in InfluxDB: how it stands, whether it is whole, and a ledger made of it."""


command.add_command(status.command)
command.add_command(rejected.command)
command.add_command(verify.command)
command.add_command(restore.command)
