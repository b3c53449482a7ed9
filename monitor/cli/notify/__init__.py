"""`monitor notify`: messages; a command a file."""

from __future__ import annotations

import click

from monitor.cli.notify.preview import command as preview
from monitor.cli.notify.test import command as test


@click.group()
def command() -> None:
    """See what a message looks like before it is sent, and send a test to the receivers."""


command.add_command(preview)
command.add_command(test)
