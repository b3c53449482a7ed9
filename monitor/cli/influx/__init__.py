"""`monitor influx`: the copy in InfluxDB; a command a file."""

from __future__ import annotations

import click

from monitor.cli.influx.rejected import command as rejected
from monitor.cli.influx.restore import command as restore
from monitor.cli.influx.setup import command as setup
from monitor.cli.influx.status import command as status
from monitor.cli.influx.verify import command as verify


@click.group()
def command() -> None:
    """Set InfluxDB up, see how the copy there stands and whether it is whole, and make a ledger of it."""


command.add_command(setup)
command.add_command(status)
command.add_command(rejected)
command.add_command(verify)
command.add_command(restore)
