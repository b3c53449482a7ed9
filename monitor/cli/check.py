"""`monitor check`: every problem of every rule file, at once."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from monitor.cli.garbage import uncollected
from monitor.cli.options import Options
from monitor.cli.output import counted, json_line
from monitor.errors import RuleError
from monitor.files import rule_texts
from monitor.rules.load import load


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--json", "as_json", is_flag=True, help="one object with all problems")
@click.pass_obj
def command(options: Options, paths: tuple[Path, ...], *, as_json: bool) -> int:
    """Tell every problem of rule files.

    PATH is a file or a folder of *.yaml files; without any, the rules of the settings are checked.
    """
    texts = rule_texts(paths or options.settings().rules)
    with uncollected():
        loaded = load(texts.files)
    problems = (*texts.problems, *loaded.problems)
    if as_json:
        found = [asdict(problem) for problem in problems]
        json_line({"files": len(texts.files), "rules": len(loaded.rules), "problems": found})
        return 2 if problems else 0
    if problems:
        raise RuleError(problems)
    are = "is" if len(loaded.rules) == 1 else "are"
    click.echo(f"{counted(len(loaded.rules), 'rule')} in {counted(len(texts.files), 'file')} {are} sound")
    return 0
