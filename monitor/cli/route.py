"""`monitor route`: which receivers an alert would reach."""

from __future__ import annotations

from collections.abc import Iterator

import click

from monitor.adapters import Adapters, adapters
from monitor.cli.options import Options
from monitor.cli.output import lines
from monitor.model.labels import Labels
from monitor.model.matcher import labels_written
from monitor.model.notification import Reason
from monitor.settings import Settings


@click.group()
def command() -> None:
    """Ask the routes of the settings."""


@command.command("test")
@click.argument("labels")
@click.pass_obj
def test(options: Options, labels: str) -> int:
    """Say which route an alert with LABELS takes, such as 'severity="critical",vendor="openai"', and whom it reaches.

    For the monitor's own notices give their reason: 'reason="feed"'. The exit code is 1 if nobody is reached.
    """
    settings = options.settings()
    found = adapters(settings)
    wanted = Labels.of(reason=Reason.TRANSITION.word).merged(_written(labels))
    reached = found.routes.reached(wanted)
    lines(_taken(settings, found, wanted))
    told = (f"{name} ({found.receivers[name].module.KIND})" for name in reached)
    click.echo(f"reaches {', '.join(told) or 'nobody'}")
    return 0 if reached else 1


def _written(labels: str) -> Labels:
    try:
        return labels_written(labels)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="LABELS") from None


def _taken(settings: Settings, found: Adapters, labels: Labels) -> Iterator[str]:
    """A line for each route that is taken."""
    taken = found.routes.taken(labels)
    for number in taken:
        match = settings.routes[number].match.strip() or "everything"
        yield f"{settings.where(('routes', str(number)))}: {match}"
    if not taken:
        yield f"{'no route takes it' if settings.routes else 'there are no routes'}, so that every receiver gets it"
