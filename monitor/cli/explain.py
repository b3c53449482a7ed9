"""`monitor explain`: why a rule fired at a bar, or what is missing for it to fire."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.catalog import Join
from monitor.cli.choice import named
from monitor.cli.options import MOMENT, Options
from monitor.cli.output import finite, iso, json_line, transition_fields
from monitor.cli.output import lines as printed
from monitor.errors import MonitorError, RuleError
from monitor.explain.answer import Answer, Instance, explain, judged_range, matching
from monitor.explain.part import Part
from monitor.explain.text import lines
from monitor.files import load_catalog, load_rules
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.frame import FALSE, TRUE
from monitor.model.history import Remembered
from monitor.model.labels import Labels
from monitor.model.quantity import date
from monitor.rules.rule import Rule
from monitor.rules.words import nearest


@click.command()
@click.argument("alert")
@click.argument("labels", nargs=-1, metavar="[LABEL=VALUE]...")
@click.option("--at", type=MOMENT, metavar="TIME", help="a UTC day or time; the newest judged bar without it")
@click.option(
    "--as-known/--as-final",
    "as_known",
    default=False,
    help="by the figures known when the bar was judged, or by the newest ones (the default)",
)
@click.option("--rules", multiple=True, type=click.Path(path_type=Path), help="a rule file or folder; may be repeated")
@click.option("--json", "as_json", is_flag=True, help="one object a line for each instance")
@click.pass_obj
def command(  # noqa: PLR0913 - one for each option
    options: Options,
    *,
    alert: str,
    labels: tuple[str, ...],
    at: datetime | None,
    as_known: bool,
    rules: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Say why ALERT fired at a bar, or what is missing for it to fire.

    Judges stored history with the engine of `monitor run`, and takes the verdicts of one bar apart. LABEL=VALUE chooses
    instances, also by labels of the catalogue, such as vendor=deepseek.
    """
    wanted, settings = labels_given(labels), options.settings(rules)
    loaded = load_rules(settings.rules)
    if loaded.problems:
        raise RuleError(loaded.problems)
    rule = named(alert, loaded.rules)
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        join = Join(load_catalog(settings.catalog), ledger.aliases())
        instant = None if at is None else seconds(at.replace(tzinfo=UTC))
        answers = list(explain(loaded.rules, alert, Remembered(ledger), join, instant, as_known=as_known))
        if not answers:
            raise _no_bar(rule, ledger, join)
    chosen = [(answer, matching(answer.instances, wanted)) for answer in answers]
    if not any(instances for _, instances in chosen):
        raise _nobody(wanted, answers)
    for answer, instances in chosen:
        _print(answer, instances, as_json=as_json)


def _print(answer: Answer, instances: list[Instance], *, as_json: bool) -> None:
    if as_json:
        for each in instances:
            json_line(_fields(answer, each))
    elif instances:
        printed((*lines(answer, instances), ""))


def labels_given(written: Iterable[str]) -> Labels:
    """LABEL=VALUE as labels; raises BadParameter."""
    pairs = [each.partition("=") for each in written]
    wrong = next((name for name, sign, value in pairs if not (name and sign and value)), None)
    if wrong is not None:
        raise click.BadParameter(f"got '{wrong}', expected label=value", param_hint="LABEL=VALUE")
    return Labels.of({name: value for name, _, value in pairs})


def _no_bar(rule: Rule, ledger: Ledger, join: Join) -> Exception:
    found = judged_range(rule, ledger, join)
    if not found.last:
        return MonitorError(f"{rule.name}: no bar of it is sealed", hint="`monitor status` says what was learnt")
    bars = f"bars of one {rule.bar} from {date(found.first)} to {date(found.last)}"
    return click.BadParameter(f"{rule.name} has {bars}", param_hint="--at")


def _nobody(wanted: Labels, answers: Iterable[Answer]) -> Exception:
    known = {f"{name}={value}" for answer in answers for each in answer.instances for name, value in each.joined}
    hints = "; ".join(nearest(f"{name}={value}", known) for name, value in wanted if f"{name}={value}" not in known)
    return click.BadParameter(f"no instance has {wanted}" + (f"; {hints[:300]}" if hints else ""), param_hint="LABEL")


def _fields(answer: Answer, instance: Instance) -> dict[str, object]:
    return {
        "alert": answer.rule.name,
        "labels": instance.labels.as_dict(),
        "bar": iso(answer.bar),
        "judged_at": iso(answer.judged_at),
        "phase": instance.state.phase.value,
        "since": iso(instance.state.since) if instance.state.since else None,
        "level": instance.state.level or None,
        "changes": [each.kind.value for each in instance.changes],
        "after": None if instance.fired is None else transition_fields(instance.fired),
        "conditions": [_part_fields(part) for part in instance.parts],
        "unknown": list(instance.unknown),
    }


def _part_fields(part: Part) -> dict[str, object]:
    return {
        "role": part.role,
        "condition": part.words,
        "truth": {int(TRUE): True, int(FALSE): False}.get(part.truth),
        "value": finite(part.value),
        "reference": finite(part.reference),
        "remembered": {each.name: [finite(each.before), finite(each.after)] for each in part.remembered},
        "notes": list(part.notes),
        "parts": [_part_fields(each) for each in part.parts],
    }
