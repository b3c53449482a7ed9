"""`monitor backtest`: what rules would have said over stored history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import click

from monitor.backtest import ALL_TIME, Mode, backtest
from monitor.catalog import Join
from monitor.cli.options import Options
from monitor.cli.output import aligned, counted, json_line, lines, transition_fields
from monitor.errors import RuleError
from monitor.files import load_catalog, load_rules
from monitor.ledger import Ledger
from monitor.model.alert import Alert
from monitor.model.bar import DAY, seconds
from monitor.model.quantity import date, moment, written
from monitor.model.transition import Transition
from monitor.rules.rule import Rule

_DATE = click.DateTime(formats=["%Y-%m-%d"])


@click.command()
@click.option("--rules", multiple=True, type=click.Path(path_type=Path), help="a rule file or folder; may be repeated")
@click.option("--from", "first", type=_DATE, metavar="YYYY-MM-DD", help="the first day of bars, UTC")
@click.option("--to", "last", type=_DATE, metavar="YYYY-MM-DD", help="the last day of bars, UTC")
@click.option(
    "--as-known/--as-final",
    "as_known",
    default=False,
    help="judge each bar by what was known when it was sealed, or by the newest values (the default)",
)
@click.option("--json", "as_json", is_flag=True, help="one object a line for each transition")
@click.pass_obj
def command(  # noqa: PLR0913 - one for each option
    options: Options,
    *,
    rules: tuple[Path, ...],
    first: datetime | None,
    last: datetime | None,
    as_known: bool,
    as_json: bool,
) -> None:
    """Judge stored history by rules, exactly as a monitor running at the time would have.

    Reads the ledger only; a running monitor is not disturbed.
    """
    within = _within(first, last)
    settings = options.settings(rules)
    loaded = load_rules(settings.rules)
    if loaded.problems:
        raise RuleError(loaded.problems)
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        join = Join(load_catalog(settings.catalog), ledger.aliases())
        mode = Mode.AS_KNOWN if as_known else Mode.AS_FINAL
        found = backtest(ledger, loaded.rules, join, mode, within)
    if as_json:
        for transition in found:
            json_line(transition_fields(transition))
    else:
        lines(_report(found, loaded.rules))


def _within(first: datetime | None, last: datetime | None) -> tuple[int, int]:
    begin = ALL_TIME[0] if first is None else seconds(first.replace(tzinfo=UTC))
    end = ALL_TIME[1] if last is None else seconds(last.replace(tzinfo=UTC)) + DAY - 1
    if end < begin:
        raise click.BadParameter("is before --from", param_hint="--to")
    return begin, end


def _report(found: Iterable[Transition], rules: Iterable[Rule]) -> Iterator[str]:
    alerts = {rule.name: rule.alert for rule in rules}
    by_alert = {
        name: list(each) for name, each in groupby(sorted(found, key=lambda one: one.alert), lambda one: one.alert)
    }
    for name, transitions in by_alert.items():
        yield click.style(f"{name} ({alerts[name].bar})", bold=True) + f": {counted(len(transitions), 'transition')}"
        yield from (f"  {line}" for line in aligned([_row(each, alerts[name]) for each in transitions]))
        yield ""
    quiet = [name for name in alerts if name not in by_alert]
    if quiet:
        yield f"nothing from {counted(len(quiet), 'rule')}: {', '.join(quiet)}"


def _row(transition: Transition, alert: Alert) -> tuple[str, ...]:
    at = moment(transition.valid_at) if alert.bar.width < DAY else date(transition.valid_at)
    numbers = (written(number, alert.unit) for number in (transition.value, transition.reference))
    names = " ".join(f"{name}={value}" for name, value in transition.labels)
    return (at, transition.kind.value, *numbers, names)
