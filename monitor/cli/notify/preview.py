"""`monitor notify preview`: the message that a firing in the ledger makes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.chart.message import attachment, file_name
from monitor.cli.choice import named
from monitor.cli.options import MOMENT, Options
from monitor.cli.output import lines
from monitor.compose import judging_for
from monitor.dispatch import Routes
from monitor.dispatch.wording import bar_in_words
from monitor.errors import MonitorError, RuleError
from monitor.files import load_rules
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.notification import Notification
from monitor.model.transition import Change, Transition
from monitor.notifiers.console import block
from monitor.notifiers.slack.blocks import Message, message
from monitor.rules.rule import Rule

_EVER = -(2**62)


@click.command("preview")
@click.argument("alert")
@click.option("--at", type=MOMENT, metavar="TIME", help="a UTC day or time in the bar; the newest firing without it")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="a folder for the message as files")
@click.option("--rules", multiple=True, type=click.Path(path_type=Path), help="a rule file or folder; may be repeated")
@click.pass_obj
def command(options: Options, *, alert: str, at: datetime | None, out: Path | None, rules: tuple[Path, ...]) -> None:
    """Show the message that the newest firing of ALERT in the ledger makes; nothing is sent.

    Prints it as plain text. With --out it is also written as Slack's blocks (ALERT.json) and, where the extra `chart`
    is installed, with its picture (ALERT.png). The texts are those of the rule as it is now.
    """
    settings = options.settings(rules)
    loaded = load_rules(settings.rules)
    if loaded.problems:
        raise RuleError(loaded.problems)
    rule = named(alert, loaded.rules)
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        told = _evaluation(rule, ledger, at)
        (notification,) = judging_for(settings, ledger, Routes(("preview",))).telling((rule,), told, {})
    click.echo(block(notification), nl=False)
    if out is not None:
        lines(f"written: {path}" for path in _written(notification, out))


def _evaluation(rule: Rule, ledger: Ledger, at: datetime | None) -> list[Transition]:
    """All that changed where it fired: in the bar that holds `at`, or last."""
    recorded = ledger.recorded(rule.name, None, _EVER)
    fired = [each for each in recorded if each.kind is Change.FIRING]
    if not fired:
        raise MonitorError(f"{rule.name} has never fired", hint="`monitor backtest` says when it would have")
    bars = {each.valid_at for each in fired}
    bar = max(bars) if at is None else rule.bar.start_of(seconds(at.replace(tzinfo=UTC)))
    here = [each for each in fired if each.valid_at == bar]
    if not here:
        newest = ", ".join(bar_in_words(rule.bar, each) for each in sorted(bars)[-5:])
        raise click.BadParameter(f"{rule.name} did not fire in {bar_in_words(rule.bar, bar)}; last: {newest}")
    judged_at = max(each.judged_at for each in here)
    return [each for each in recorded if (each.valid_at, each.judged_at) == (bar, judged_at)]


def _written(notification: Notification, folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    document = folder / f"{file_name(notification)}.json"
    document.write_text(json.dumps(_fields(message(notification, threads=True)), ensure_ascii=False, indent=2) + "\n")
    yield document
    attached = attachment(notification)
    if attached is not None:
        picture = folder / attached.name
        picture.write_bytes(attached.png)
        yield picture


def _fields(said: Message) -> Mapping[str, object]:
    reply = {} if said.overflow is None else {"reply": _fields(said.overflow)}
    return {"text": said.text, "blocks": list(said.blocks), **reply}
