"""`monitor influx`: the copy in InfluxDB; a command a file."""

from __future__ import annotations

import click

from monitor.cli.influx import rejected, restore, setup, status, verify


@click.group()
def command() -> None:
    """Set InfluxDB up, see how the copy there stands and whether it is whole, and make a ledger of it."""


command.add_command(setup.command)
command.add_command(status.command)
command.add_command(rejected.command)
command.add_command(verify.command)
command.add_command(restore.command)
