"""`monitor demo`: the program at work on recorded facts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from monitor.demo import play


@click.command()
@click.option("--keep", type=click.Path(path_type=Path), help="a folder in which the ledger stays, to look at it after")
@click.option("--json", "as_json", is_flag=True, help="one object a line for each notification")
def command(*, keep: Path | None, as_json: bool) -> None:
    """Show what a receiver would have got over the spring of 2026.

    The real daemon runs on a fast clock against a local server that speaks the real formats; nothing leaves this
    machine and no setting is needed.
    """
    play(sys.stdout, as_json=as_json, keep=keep)
