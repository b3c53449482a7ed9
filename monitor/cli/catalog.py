"""`monitor catalog check`: which models of the ledger have no identity, and which names share one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from monitor.catalog.review import Gap, Lack
from monitor.cli.options import Options
from monitor.cli.output import aligned, counted, json_line, lines
from monitor.files import load_catalog
from monitor.ledger import Ledger
from monitor.model.quantity import percent
from monitor.recognised import Recognised, recognised

_MOST = 20  # of one kind; --json has all


@click.group()
def command() -> None:
    """What the catalogue makes of the models in the ledger."""


@command.command("check")
@click.option("--json", "as_json", is_flag=True, help="one object with everything")
@click.pass_obj
def check(options: Options, *, as_json: bool) -> None:
    """List models without an identity, with their share of the tokens of the last 30 days, and names that share one.

    Only reads, also beside a running monitor. What is missing is added to the catalogue: see docs/catalog.md.
    """
    settings = options.settings()
    catalog = load_catalog(settings.catalog)
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        found = recognised(ledger, catalog)
    if as_json:
        json_line({**asdict(found), "gaps": [asdict(gap) for gap in found.gaps]})
    else:
        lines(_report(found))


def _report(found: Recognised) -> Iterator[str]:
    yield f"{counted(found.names, 'name')} of models in the ledger"
    for source, share in found.known.items():
        yield f"  {percent(share)} of the tokens of {source} have an identity"
    for lack in Lack:
        yield from _lacking(lack, [gap for gap in found.gaps if gap.lack is lack])
    yield f"several names of one source that mean one model{':' if found.clashes else ': none'}"
    rows = [(clash.source, "  ".join(clash.models)) for clash in found.clashes[:_MOST]]
    yield from (f"  {line}" for line in aligned(rows))
    yield from _more(len(found.clashes))


def _lacking(lack: Lack, gaps: Sequence[Gap]) -> Iterator[str]:
    yield f"{lack.value}: {len(gaps) or 'none'}"
    rows = [
        ("" if gap.share is None else percent(gap.share), gap.source, gap.model, " or ".join(gap.claimed))
        for gap in gaps[:_MOST]
    ]
    yield from (f"  {line}" for line in aligned(rows))
    yield from _more(len(gaps))


def _more(count: int) -> Iterator[str]:
    if count > _MOST:
        yield f"  and {count - _MOST:,} more (--json lists all)"
