"""`monitor notify`: messages; a command a file."""

from __future__ import annotations

import click

from monitor.cli.notify import preview


@click.group()
def command() -> None:
    """See what a message looks like before it is sent."""


command.add_command(preview.command)
