"""`monitor ack`: somebody takes care of it."""

from __future__ import annotations

import json

import click

from monitor.cli.acting import done
from monitor.cli.explain import labels_given
from monitor.cli.options import Options


@click.command()
@click.argument("alert")
@click.argument("labels", nargs=-1, metavar="[LABEL=VALUE]...")
@click.pass_obj
def command(options: Options, *, alert: str, labels: tuple[str, ...]) -> None:
    """Acknowledge what fires of ALERT: no more is sent of it until it is over or becomes graver.

    LABEL=VALUE chooses instances, also by labels of the catalogue, such as vendor=deepseek.
    """
    wanted = labels_given(labels)
    click.echo(done(options, "acknowledge", alert=alert, labels=json.dumps(wanted.as_dict())))
