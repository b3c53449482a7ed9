"""`monitor test`: rules tried on made-up and on real history, and what they say beside what was expected."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import click

from monitor.catalog import Join
from monitor.cli.options import Options
from monitor.cli.output import counted, json_line, lines
from monitor.dispatch.wording import bar_in_words
from monitor.errors import RuleError
from monitor.files import load_catalog, load_rules, texts_of_tests
from monitor.garbage import uncollected
from monitor.ledger import Ledger
from monitor.rules.load import RuleSet
from monitor.rules.rule import Rule
from monitor.rules.words import nearest
from monitor.ruletest.compare import Difference
from monitor.ruletest.episode import EpisodeError, Wanted, retold
from monitor.ruletest.load import Suite, load
from monitor.ruletest.report import report
from monitor.ruletest.run import Outcome, run
from monitor.ruletest.write import text_of


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--filter", "wanted", metavar="TEXT", default="", help="only tests with this in their name or path")
@click.option("--json", "as_json", is_flag=True, help="one object with all tests")
@click.option(
    "--from-episode",
    "episode",
    metavar="EPISODE",
    help="instead, write a test of what really happened: a transition's id, or ALERT@2026-02-09[,label=value]...",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="with --from-episode, the file to write")
@click.pass_obj
def command(  # noqa: PLR0913 - one for each option
    options: Options, paths: tuple[Path, ...], *, wanted: str, as_json: bool, episode: str | None, output: Path | None
) -> int:
    """Run rule tests.

    PATH is a file, or a folder whose folders called tests are searched; without any, those of the settings' rules.
    """
    if output is not None and episode is None:
        raise click.UsageError("-o says where --from-episode writes: name an episode")
    if episode is None:
        return _run(options, paths, wanted, as_json=as_json)
    if paths or wanted or as_json:
        raise click.UsageError("--from-episode runs no tests: leave out PATH, --filter and --json")
    _write(options, episode, output)
    return 0


def _run(options: Options, paths: tuple[Path, ...], wanted: str, *, as_json: bool) -> int:
    texts = texts_of_tests(paths or _beside(options.settings().rules))
    with uncollected():
        loaded = load(texts.files, Files())
        suite = Suite(loaded.cases, (*texts.problems, *loaded.problems))
        cases = [case for case in suite.cases if wanted in case.name or wanted in case.path]
        outcomes = [] if suite.problems else [run(case) for case in cases]
    if as_json:
        json_line(_fields(suite, outcomes))
    elif suite.problems:
        raise RuleError(suite.problems)
    else:
        lines(_report(outcomes))
    return 2 if suite.problems else int(any(outcome.differences for outcome in outcomes))


def _beside(rules: Sequence[Path]) -> tuple[Path, ...]:
    """Where the tests of rules are: below their folder, or in the folder `tests` beside a single file."""
    return tuple(dict.fromkeys(path if path.is_dir() else path.parent / "tests" for path in rules))


@dataclass(frozen=True, slots=True)
class Files:
    """What test files refer to, read from disk, each set of rules and each catalogue once."""

    _rules: dict[tuple[str, ...], RuleSet] = field(default_factory=dict)
    _joins: dict[str | None, Join] = field(default_factory=dict)

    def rules(self, paths: tuple[str, ...]) -> RuleSet:
        """The rules of files and folders, with their problems."""
        if paths not in self._rules:
            self._rules[paths] = load_rules([Path(path) for path in paths])
        return self._rules[paths]

    def join(self, path: str | None) -> Join:
        """The catalogue of a file, or the one that ships; raises CatalogError."""
        if path not in self._joins:
            self._joins[path] = Join(load_catalog(None if path is None else Path(path)), {})
        return self._joins[path]


def _write(options: Options, episode: str, output: Path | None) -> None:
    """Write a test; where no file is named, as if it stood in the folder `tests` beside its rule."""
    settings = options.settings()
    loaded = load_rules(settings.rules)
    if loaded.problems:
        raise RuleError(loaded.problems)
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        try:
            meant = _meant(ledger, episode)
            rule = _named(meant.alert, loaded.rules)
            cut, told = retold(ledger, rule, Join(load_catalog(settings.catalog), ledger.aliases()), meant)
        except EpisodeError as error:
            raise click.BadParameter(str(error), param_hint="--from-episode") from None
    folder = Path(rule.path).parent / "tests" if output is None else output.parent
    catalog = None if settings.catalog is None else os.path.relpath(settings.catalog, folder)
    about = f"What happened: {rule.name}, {bar_in_words(rule.bar, told.valid_at)}, by the history of a ledger."
    text = text_of(cut, about, os.path.relpath(rule.path, folder), catalog)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as file:  # never over a file that a person wrote
            file.write(text)
    except OSError as error:
        raise click.FileError(str(output), hint=error.strerror) from None


def _meant(ledger: Ledger, episode: str) -> Wanted:
    if not episode.isdecimal():
        return Wanted.of(episode)
    found = ledger.transition(int(episode))
    if found is None:
        raise EpisodeError(f"no transition {episode} in {ledger.path}", "name ALERT@2026-02-09 instead")
    return Wanted(found.alert, found.valid_at, found.valid_at, found.labels, found.kind)


def _named(alert: str, rules: Sequence[Rule]) -> Rule:
    by_name = {rule.name: rule for rule in rules}
    if alert not in by_name:
        raise EpisodeError(f"no alert '{alert[:60]}'", nearest(alert, by_name))
    return by_name[alert]


def _report(outcomes: Sequence[Outcome]) -> Iterator[str]:
    failed = [outcome for outcome in outcomes if outcome.differences]
    for outcome in failed:
        yield from report(outcome)
        yield ""
    files = counted(len({outcome.case.path for outcome in outcomes}), "file")
    if failed:
        yield f"{len(failed):,} of {counted(len(outcomes), 'test')} in {files} failed"
    else:
        yield f"{counted(len(outcomes), 'test')} in {files} passed"


def _fields(suite: Suite, outcomes: Sequence[Outcome]) -> dict[str, object]:
    tests = [
        {
            "file": outcome.case.path,
            "line": outcome.case.line,
            "name": outcome.case.name,
            "passed": not outcome.differences,
            "differences": [_difference(each) for each in outcome.differences],
        }
        for outcome in outcomes
    ]
    return {"tests": tests, "problems": [asdict(problem) for problem in suite.problems]}


def _difference(difference: Difference) -> dict[str, object]:
    return {
        "line": difference.line or None,
        "expected": difference.expected,
        "got": difference.got,
        "fields": difference.fields,
    }
