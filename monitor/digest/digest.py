"""A digest as people read it: one notification, at most a minute long; parts that have nothing to say are left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from monitor.digest.alerts import Alerts
from monitor.digest.market import Market
from monitor.digest.period import Period
from monitor.digest.prices import PriceMove
from monitor.digest.words import alert_lines, headline, mover_lines, origin_details, price_lines, standing_lines
from monitor.dispatch.identity import identity
from monitor.dispatch.wording import LINE, citations_of
from monitor.model.alert import Alert, Citations
from monitor.model.fact import NO_TEXTS, Texts
from monitor.model.labels import Labels
from monitor.model.notification import Notification, Reason
from monitor.model.text import one_line

_TITLE = 300


@dataclass(frozen=True, slots=True)
class Digest:
    """All that is said of a period. `market`: None = no source of usage had completed it."""

    period: Period
    market: Market | None
    prices: tuple[PriceMove, ...]
    alerts: Alerts


def worded(digest: Digest, alerts: Mapping[str, Alert], citations: Citations, texts: Texts = NO_TEXTS) -> Notification:
    """What is said of it, without a receiver. `alerts`: by name, for their words."""
    period, market = digest.period, digest.market
    story = identity(Reason.REPORT, period.word, period.start)
    details = () if market is None else tuple(origin_details(market, period))
    return Notification(
        id=story,
        receiver="",
        reason=Reason.REPORT,
        severity="info",
        thread=story,
        title=one_line(headline(digest.market, digest.alerts, period), _TITLE),
        lines=(*(each.headline for each in details), *(one_line(line, LINE) for line in _lines(digest, alerts, texts))),
        citations=tuple(dict.fromkeys(_cited(digest, alerts, citations))),
        details=details,
        labels=Labels.of(report=period.word),
    )


def _lines(digest: Digest, alerts: Mapping[str, Alert], texts: Texts) -> Iterator[str]:
    if digest.market is None:
        yield "No source of usage has completed it: nothing is said of shares and movers."
    else:
        yield from standing_lines(digest.market)
        yield from mover_lines(digest.market)
    yield from price_lines(digest.prices)
    yield from alert_lines(digest.alerts, alerts, texts)


def _cited(digest: Digest, alerts: Mapping[str, Alert], citations: Citations) -> Iterator[str]:
    """The lines that must stand with the figures that are shown."""
    wanted = [] if digest.market is None else [(digest.market.source, "tokens")]
    wanted += [(source, step.metric) for move in digest.prices for source in move.sources for step in move.steps]
    yield from _known(one_line(citations.get(key, ""), LINE) for key in wanted)
    for each in (*digest.alerts.fired, *digest.alerts.withdrawn):
        if each.alert in alerts:
            yield from citations_of(each, alerts[each.alert], citations)


def _known(lines: Iterable[str]) -> Iterator[str]:
    return (line for line in lines if line)
