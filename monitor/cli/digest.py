"""`monitor digest`: what the last closed day or week brought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import click

from monitor.cli.options import MOMENT, Options
from monitor.cli.output import finite, iso, json_line, transition_fields
from monitor.digest import Digest, Market, PriceMove, closed
from monitor.digest.market import Part
from monitor.digest.period import WORDS
from monitor.digesting import digest_said
from monitor.files import load_catalog
from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.notification import Notification
from monitor.notifiers.console import block

_BARS = {word: bar for bar, word in WORDS.items()}


@click.command()
@click.argument("kind", type=click.Choice([*_BARS]), default="daily", metavar="[daily|weekly]")
@click.option("--at", type=MOMENT, metavar="DATE", help="the digest of the period that was over then; now without it")
@click.option("--json", "as_json", is_flag=True, help="one object with every figure")
@click.pass_obj
def command(options: Options, kind: str, at: datetime | None, *, as_json: bool) -> None:
    """Show the digest of the last closed day, or week; nothing is sent.

    A week begins on Monday, UTC. Only reads, also beside a running monitor.
    """
    settings = options.settings()
    period = closed(_BARS[kind], seconds(datetime.now(UTC) if at is None else at.replace(tzinfo=UTC)))
    with Ledger.open(settings.ledger.path, owner=False) as ledger:
        digest, said = digest_said(ledger, load_catalog(settings.catalog), period)
    if as_json:
        json_line(_fields(digest, said))
    else:
        click.echo(block(said).rstrip())


def _fields(digest: Digest, said: Notification) -> dict[str, object]:
    period, alerts = digest.period, digest.alerts
    return {
        "period": {"bar": period.bar.value, "from": iso(period.start), "to": iso(period.end)},
        "title": said.title,
        "lines": said.lines,
        "citations": said.citations,
        "market": digest.market and _market(digest.market),
        "prices": [_price(each) for each in digest.prices],
        "alerts": {
            "fired": [transition_fields(each) for each in alerts.fired],
            "ended": [transition_fields(each) for each in alerts.ended],
            "withdrawn": [transition_fields(each) for each in alerts.withdrawn],
            "open": dict(alerts.open),
        },
    }


def _market(market: Market) -> dict[str, object]:
    return {
        "source": market.source,
        "tokens": finite(market.amount),
        "tokens_before": finite(market.amount_before),
        "origins": [_part(each) for each in market.origins],
        "vendors": [_part(each) for each in market.vendors],
        "models": [_part(each) for each in market.models],
        "largest": dict(market.shortlist),
        "overtakings": [
            {"ahead": each.ahead, "behind": each.behind, "among": each.among or None} for each in market.overtakings
        ],
        "came": _shares(market.came),
        "went": _shares(market.went),
    }


def _part(part: Part) -> dict[str, object]:
    return {
        "name": part.name,
        "share": finite(part.share),
        "share_before": finite(part.share_before),
        "tokens": finite(part.amount),
        "tokens_before": finite(part.amount_before),
        "rank": finite(part.rank),
        "rank_before": finite(part.rank_before),
    }


def _shares(models: Mapping[str, float]) -> dict[str, float | None]:
    return {name: finite(share) for name, share in models.items()}


def _price(move: PriceMove) -> dict[str, object]:
    return {
        "model": move.model,
        "host": move.host or None,
        "confirmed": move.confirmed,
        "steps": [{"metric": step.metric, "old": step.old, "new": step.new} for step in move.steps],
        "sources": move.sources,
        "evidence": move.evidence or None,
    }
