"""Digests from a ledger: reads what a period needs, by the rules that are in force. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from monitor.catalog import Catalog, Join
from monitor.derived.price_truth import all_said
from monitor.derived.shares import METRIC, shares
from monitor.digest import Alerts, Digest, Market, Period, alerts_of, market_of, price_moves, worded
from monitor.digest.market import listed_in
from monitor.ledger import Ledger, Touched
from monitor.model.alert import Alert
from monitor.model.bar import DAY, Bar
from monitor.model.history import Columns
from monitor.model.labels import Labels
from monitor.model.notification import Notification
from monitor.model.transition import EpisodeKey, Transition
from monitor.rules.merge import compiled

_TRAIL = 12
"""Periods of a trail."""
_LONGEST_BAR = 31 * DAY
_EVERY = 2**62


def digest_said(ledger: Ledger, catalog: Catalog, period: Period) -> tuple[Digest, Notification]:
    """What there is to say of a period, and the words for it, without a receiver; raises LedgerError."""
    join = Join(catalog, ledger.aliases())
    alerts = {rule.name: rule.alert for rule in compiled(ledger.rulebook.accepted())}
    digest = Digest(
        period,
        _market(ledger, join, period),
        tuple(price_moves(all_said(ledger, join), period)),
        _alerts(ledger, join, alerts, period),
    )
    return digest, worded(digest, alerts, ledger.citations(), ledger.texts())


def _market(ledger: Ledger, join: Join, period: Period) -> Market | None:
    """Of the source that lists most models, of those that completed the period."""
    columns = ledger.columns(METRIC, since=period.earlier(1).start)
    seen = (_seen(ledger, join, period, columns, feed) for feed in _sources(columns, period))
    return next((market for market in seen if market is not None), None)


def _seen(ledger: Ledger, join: Join, period: Period, columns: Columns, feed: tuple[str, Bar]) -> Market | None:
    source, bar = feed
    touched = [Touched(source, bar, period.earlier(count).start) for count in reversed(range(_TRAIL))]
    own = (share for each in shares(ledger, join, touched) for share in each if share.source == source)

    def origin_of(model: str) -> str:
        return join(METRIC, Labels.of(source=source, model=model)).get("origin")

    return market_of(own, period, _TRAIL, origin_of, columns)


def _sources(columns: Columns, period: Period) -> Iterator[tuple[str, Bar]]:
    """Those with bars that make up the period, all of them complete, by how many models they list."""
    whole = [
        (source, bar)
        for (source, bar), log in columns.seals.items()
        if period.bar.holds(bar) and len(log.through) and int(log.through[-1]) >= period.end
    ]
    counts = {(source, bar): len(listed_in(columns, source, period)) for source, bar in whole}
    return iter(sorted((each for each in whole if counts[each]), key=lambda each: (-counts[each], each)))


def _alerts(ledger: Ledger, join: Join, alerts: Mapping[str, Alert], period: Period) -> Alerts:
    changed = ledger.transitions(limit=_EVERY, since=period.start - _LONGEST_BAR)
    still = [EpisodeKey(each.alert, each.labels, each.state.since) for each in ledger.open_instances()]
    return alerts_of((_joined(each, alerts, join) for each in changed), still, alerts, period)


def _joined(each: Transition, alerts: Mapping[str, Alert], join: Join) -> Transition:
    """With the labels of the catalogue, for texts that name them."""
    metrics = alerts[each.alert].metrics if each.alert in alerts else ()
    return replace(each, joined=join(metrics[0], each.labels)) if metrics else each
