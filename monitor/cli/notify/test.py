"""`monitor notify test`: speaks to receivers, past the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import click

from monitor import log
from monitor.adapters import Adapters, adapters
from monitor.cli.options import Options
from monitor.compose import receivers
from monitor.delivery import Receiver
from monitor.dispatch import trial_notice
from monitor.errors import DeliveryError
from monitor.model.bar import seconds
from monitor.model.notification import Notification
from monitor.rules.words import nearest


@click.command("test")
@click.argument("names", nargs=-1, metavar="[RECEIVER]...")
@click.pass_obj
def command(options: Options, names: tuple[str, ...]) -> int:
    """Send a test notification to each RECEIVER, or to all, and say what came of it.

    Nothing is tried twice or kept in the ledger. The exit code is 1 if one did not arrive.
    """
    settings = options.settings()
    found = adapters(settings)
    wanted = _chosen(names, found)
    log.set_up("error", settings.log.format, secrets=found.secrets)
    reached = receivers(found)
    notices = trial_notice(wanted, at=seconds(datetime.now(UTC)))
    arrived = [_arrives(reached[each.receiver], each, found) for each in notices]
    return 0 if all(arrived) else 1


def _chosen(names: Sequence[str], found: Adapters) -> Sequence[str]:
    for name in names:
        if name not in found.receivers:
            told = f"no receiver is called '{name[:40]}'; {nearest(name, found.receivers)}"
            raise click.BadParameter(told, param_hint="RECEIVER")
    return tuple(dict.fromkeys(names)) or tuple(found.receivers)


def _arrives(receiver: Receiver, notification: Notification, found: Adapters) -> bool:
    name = notification.receiver
    told = f"{name} ({found.receivers[name].module.KIND})"
    try:
        receipt = receiver.notifier.send(notification)
    except DeliveryError as error:
        doubt = "nobody knows whether it arrived" if error.outcome_unknown else "not delivered"
        click.echo(f"{told}: {doubt}: {error}")
        return False
    click.echo(f"{told}: delivered" + (f", {receipt.reference}" if receipt.reference else ""))
    return True
