"""`monitor backtest`: what rules would have said over stored history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from monitor.backtest import ALL_TIME, Mode, backtest
from monitor.catalog import Join
from monitor.cli.options import Options
from monitor.cli.output import aligned, counted, episode_fields, iso, json_line, lines, transition_fields
from monitor.cli.screen import columns, show
from monitor.errors import RuleError
from monitor.files import load_catalog, load_rules, rule_texts
from monitor.ledger import Ledger
from monitor.model.bar import DAY, seconds
from monitor.model.fact import Texts
from monitor.model.history import Remembered
from monitor.model.transition import Transition
from monitor.report.compare import compare
from monitor.report.outcome import Outcome, outcome
from monitor.report.page import Page
from monitor.report.sweep import Sweep, awaited, sweep_of, tallies, variants
from monitor.report.tables import comparison, comparison_fields, swept, tally_fields
from monitor.report.text import Report, looked_at
from monitor.report.wording import bar_at, labelled, number
from monitor.rules.rule import Rule
from monitor.rules.trace import tracing

_DATE = click.DateTime(formats=["%Y-%m-%d"])
_NEWEST = 20
_FORMS = {"as_list": "--list", "other": "--compare", "sweep": "--sweep", "html": "--html"}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked of history, and how to ask it."""

    ledger: Ledger
    history: Remembered
    join: Join
    mode: Mode
    within: tuple[int, int]

    def transitions(self, rules: Sequence[Rule]) -> list[Transition]:
        """Every transition over all of history."""
        return backtest(self.history, rules, self.join, self.mode)

    def outcome(self, rules: Sequence[Rule]) -> Outcome:
        """The episodes that touch the time that was asked for."""
        return outcome(rules, self.history, self.transitions(rules), self.mode, self.within, self.ledger.texts())


@click.command()
@click.option("--rules", multiple=True, type=click.Path(path_type=Path), help="a rule file or folder; may be repeated")
@click.option("--from", "first", type=_DATE, metavar="YYYY-MM-DD", help="the first day of bars, UTC")
@click.option("--to", "last", type=_DATE, metavar="YYYY-MM-DD", help="the last day of bars, UTC")
@click.option(
    "--as-known/--as-final",
    "as_known",
    default=False,
    help="judge as it was learnt, corrections included, or by the newest values in one go (the default)",
)
@click.option("--most", metavar="N", type=click.IntRange(0), default=_NEWEST, help="rows of each rule, 0 = all [20]")
@click.option("--list", "as_list", is_flag=True, help="every transition in a line of its own")
@click.option(
    "--compare", "other", type=click.Path(path_type=Path), help="what this rule file or folder would find instead"
)
@click.option("--sweep", metavar="ALERT.KEY=VALUES", help="how often it fires by value: Low.below=0.5%..3%/0.25%")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="write a page with charts to this file")
@click.option("--json", "as_json", is_flag=True, help="one object a line: each transition, alert, value")
@click.option("--episodes", is_flag=True, help="with --json: one object for each episode")
@click.pass_obj
def command(  # noqa: PLR0913 - one for each option
    options: Options,
    *,
    rules: tuple[Path, ...],
    first: datetime | None,
    last: datetime | None,
    as_known: bool,
    most: int,
    as_list: bool,
    other: Path | None,
    sweep: str | None,
    html: Path | None,
    as_json: bool,
    episodes: bool,
) -> None:
    """Judge stored history by rules, exactly as a monitor running at the time would have.

    Tells what history there is, and of each rule its episodes and a timeline. Reads the ledger only; a running monitor
    is not disturbed.
    """
    _one_form(as_list=as_list, other=other, sweep=sweep, html=html)
    within = _within(first, last)
    asked_sweep = None if sweep is None else _wanted(sweep)
    settings = options.settings(rules)
    files = dict(rule_texts(settings.rules).files)
    loaded = _rules(settings.rules)
    others = None if other is None else _rules((other,))
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        join = Join(load_catalog(settings.catalog), ledger.aliases())
        asked = _Asked(ledger, Remembered(ledger), join, Mode.AS_KNOWN if as_known else Mode.AS_FINAL, within)
        if others is not None:
            _compare(asked, loaded, others, None if as_json else most)
        elif asked_sweep is not None:
            _sweep(asked, asked_sweep, loaded, files, as_json=as_json)
        elif html is not None:
            _page(asked, loaded, files, html)
        elif as_list or (as_json and not episodes):
            _list(asked, loaded, as_json=as_json)
        elif as_json:
            for episode in asked.outcome(loaded).every:
                json_line(episode_fields(episode))
        else:
            show(Report(asked.outcome(loaded), ledger.citations(), files, columns(), most).blocks())


def _one_form(**given: object) -> None:
    """The forms of the report exclude each other."""
    named = [_FORMS[name] for name, value in given.items() if value]
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)} do not go together")


def _within(first: datetime | None, last: datetime | None) -> tuple[int, int]:
    begin = ALL_TIME[0] if first is None else seconds(first.replace(tzinfo=UTC))
    end = ALL_TIME[1] if last is None else seconds(last.replace(tzinfo=UTC)) + DAY - 1
    if end < begin:
        raise click.BadParameter("is before --from", param_hint="--to")
    return begin, end


def _wanted(text: str) -> Sweep:
    try:
        return sweep_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--sweep") from None


def _rules(paths: Iterable[Path]) -> tuple[Rule, ...]:
    loaded = load_rules(paths)
    if loaded.problems:
        raise RuleError(loaded.problems)
    return loaded.rules


def _compare(asked: _Asked, rules: Sequence[Rule], others: Sequence[Rule], most: int | None) -> None:
    """`most`: differences shown of each rule, 0 = all; None = as JSON."""
    before, after = asked.outcome(rules), asked.outcome(others)
    bars = {rule.name: rule.bar.width for rule in rules}, {rule.name: rule.bar.width for rule in others}
    found = compare(before.every, after.every, bars)
    if most is None:
        for each in found:
            json_line(comparison_fields(each, episode_fields))
    else:
        show((*looked_at(before), *comparison(found, before, after, most)))


def _sweep(asked: _Asked, sweep: Sweep, rules: Iterable[Rule], files: Mapping[str, str], *, as_json: bool) -> None:
    try:
        tried = variants(sweep, files.items())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--sweep") from None
    needed = awaited(sweep.alert, files.items())
    found = asked.outcome([*(rule for rule in rules if rule.name in needed), *(each.rule for each in tried)])
    told = list(tallies(found, tried))
    if as_json:
        for each in told:
            json_line(tally_fields(sweep, each, iso))
    else:
        judged = f"{counted(len(tried), 'value')} of one rule, by the {tried[0].rule.bar}"
        show((*looked_at(found, judged), *swept(sweep, told, columns())))


def _page(asked: _Asked, rules: Sequence[Rule], files: Mapping[str, str], path: Path) -> None:
    traced = tracing(asked.history.columns, asked.join)
    page = Page(asked.outcome(rules), asked.ledger.citations(), files, traced)
    text = page.html()
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from None
    drawn = text.count("<figure>")
    click.echo(f"{path}: {counted(len(rules), 'rule')}, {counted(drawn, 'chart')}")


def _list(asked: _Asked, rules: Sequence[Rule], *, as_json: bool) -> None:
    found = backtest(asked.history, rules, asked.join, asked.mode, asked.within)
    if as_json:
        for transition in found:
            json_line(transition_fields(transition))
    else:
        lines(_listed(found, {rule.name: rule for rule in rules}, asked.ledger.texts()))


def _listed(found: Iterable[Transition], rules: dict[str, Rule], texts: Texts) -> Iterator[str]:
    rows = []
    for each in found:
        rule = rules[each.alert]
        numbers = (number(value, rule.alert.unit, texts) for value in (each.value, each.reference))
        at = bar_at(each.valid_at, rule.bar)
        rows.append((at, each.alert, each.kind.value, *numbers, labelled(each.labels)))
    return aligned(rows) if rows else iter(())
