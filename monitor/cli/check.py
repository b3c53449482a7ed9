"""`monitor check`: every problem of every rule file, at once, and what most likely is not what was meant."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import click

from monitor.advice import advice
from monitor.advice.facts import Facts
from monitor.catalog import Catalog
from monitor.cli.options import Options
from monitor.cli.output import counted, json_line, lines
from monitor.errors import LedgerError, Problem, RuleError
from monitor.files import load_catalog, rule_texts
from monitor.garbage import uncollected
from monitor.layers import default_ledger
from monitor.rules.load import RuleSet, load

_SECONDS = 6.0  # for history, however many rules there are


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--strict", is_flag=True, help="exit code 1 if there are warnings")
@click.option("--history/--no-history", "history", default=True, help="compare rules with the ledger (the default)")
@click.option("--json", "as_json", is_flag=True, help="one object with all problems and warnings")
@click.pass_obj
def command(options: Options, paths: tuple[Path, ...], *, strict: bool, history: bool, as_json: bool) -> int:
    """Tell every problem of rule files, and warn of rules that most likely do not do what is meant.

    PATH is a file or a folder of *.yaml files; without any, the rules of the settings are checked. Problems make the
    exit code 2, warnings alone leave it 0. If there is a ledger, its history is asked as well, for a few seconds.
    """
    texts = rule_texts(paths or options.settings().rules)
    with uncollected():
        loaded = load(texts.files)
        catalog = load_catalog(options.path("catalog"))
        ledger = (options.path("ledger", "path") or default_ledger(os.environ)) if history else None
        warnings, note = _advised(texts.files, loaded, catalog, ledger)
    problems = (*texts.problems, *loaded.problems)
    files, rules = len(texts.files), len(loaded.rules)
    if as_json:
        counts: dict[str, object] = {"files": files, "rules": rules, "note": note}
        json_line({**counts, "problems": _fields(problems), "warnings": _fields(warnings)})
    elif problems:
        raise RuleError(tuple(sorted((*problems, *warnings), key=lambda each: (each.path, each.line, each.column))))
    else:
        lines([*map(str, warnings), *([note] if note else [])], err=True)
        but = f", {counted(len(warnings), 'warning')}" if warnings else ""
        click.echo(f"{counted(rules, 'rule')} in {counted(files, 'file')} {'is' if rules == 1 else 'are'} sound{but}")
    return 2 if problems else 1 if warnings and strict else 0


def _advised(
    files: tuple[tuple[str, str], ...], loaded: RuleSet, catalog: Catalog, path: Path | None
) -> tuple[tuple[Problem, ...], str]:
    """Every warning, and why history was not asked of all rules; empty if it was, or if there is none."""
    if path is None or not _is_there(path):
        return advice(files, loaded.rules, Facts.of(catalog, loaded.rules)), ""
    from monitor.hindsight import Hindsight  # noqa: PLC0415 - not needed where there is no ledger
    from monitor.ledger import Ledger  # noqa: PLC0415 - as above

    try:
        with Ledger.open(path, owner=False) as ledger:
            found = Hindsight(ledger, catalog, ledger.aliases(), _SECONDS).advised(files, loaded.rules)
    except LedgerError as error:
        return advice(files, loaded.rules, Facts.of(catalog, loaded.rules)), f"not compared with history: {error}"
    unheard = f"{counted(found.unheard, 'rule')} not compared with history: that takes over {_SECONDS:g} seconds"
    return found.warnings, unheard if found.unheard else ""


def _is_there(path: Path) -> bool:
    with suppress(OSError):  # a folder that may not be entered
        return path.exists()
    return False


def _fields(problems: Iterable[Problem]) -> list[dict[str, object]]:
    return [asdict(problem) for problem in problems]
