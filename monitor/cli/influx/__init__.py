"""`monitor influx`: the copy in InfluxDB; a command a file."""

from __future__ import annotations

import click

from monitor.cli.influx import rejected, setup, status


@click.group()
def command() -> None:
    """Set InfluxDB up, how the copy there stands, and what it refuses."""


command.add_command(setup.command)
command.add_command(status.command)
command.add_command(rejected.command)
