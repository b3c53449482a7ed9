"""`monitor doctor`: whether everything that a monitor needs is as it should be."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import click

from monitor import log
from monitor.adapters import Adapters, adapters
from monitor.cli.options import Options
from monitor.cli.output import aligned, json_line, lines
from monitor.doctor import examined
from monitor.model.finding import Finding, Verdict
from monitor.settings import Settings
from monitor.shown import shown

_MARKS = {Verdict.OK: "ok", Verdict.WARNING: "warning", Verdict.FAILED: "FAILED"}


@click.command()
@click.option("--settings", "with_settings", is_flag=True, help="list every setting with who set it, and nothing else")
@click.option("--json", "as_json", is_flag=True, help="one object a line")
@click.pass_obj
def command(options: Options, *, with_settings: bool, as_json: bool) -> int:
    """Examine settings, rules, ledger, disk, clock, sources, sinks and receivers, and say what to do.

    Sources are asked once each. Nothing is learnt, sent or written; a running monitor is not disturbed. The exit code
    is 1 if anything failed.
    """
    settings = options.settings()
    found = adapters(settings)
    log.set_up("critical", settings.log.format, secrets=found.secrets)
    if with_settings:
        _settings(settings, found, as_json=as_json)
        return 0
    worst = asyncio.run(_examine(settings, found, as_json=as_json))
    return 1 if worst is Verdict.FAILED else 0


async def _examine(settings: Settings, found: Adapters, *, as_json: bool) -> Verdict:
    """Print each finding as it comes; the worst of all."""
    worst = Verdict.OK
    async for finding in examined(settings, found, lambda: datetime.now(UTC)):
        worst = max(worst, finding.verdict, key=list(Verdict).index)
        _print(finding, as_json=as_json)
    return worst


def _print(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        json_line({"about": finding.about, "verdict": finding.verdict, "said": finding.said, "todo": finding.todo})
        return
    click.echo(f"{_MARKS[finding.verdict]:<8} {finding.about}: {finding.said}")
    if finding.todo:
        click.echo(f"{'':<11}{finding.todo}")


def _settings(settings: Settings, found: Adapters, *, as_json: bool) -> None:
    every = list(shown(settings, found))
    if as_json:
        for each in every:
            json_line({"name": each.name, "value": each.value, "origin": each.origin or None})
    else:
        lines(aligned([(each.name, each.value, each.origin or "default") for each in every]))
