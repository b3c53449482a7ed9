"""The dictionary of series: each is written once and is a small number from then on."""

from __future__ import annotations

import json
from collections.abc import Iterable

from monitor.errors import LedgerError
from monitor.ledger.connection import Connection
from monitor.ledger.encoding import labels_text
from monitor.model.metric import METRICS, Kind
from monitor.model.sample import Series

# One statement for all series of a feed, in the order of their labels in a JSON list.
_FIND = """
    SELECT series.id FROM json_each(?1) AS wanted CROSS JOIN series
    WHERE metric = ?2 AND source = ?3 AND bar = ?4 AND labels = wanted.value ORDER BY wanted.key
"""


def is_flow(metric: str) -> bool:
    """Whether values of a metric add up; raises LedgerError for a metric that is not in METRICS."""
    try:
        return METRICS[metric].kind is Kind.FLOW
    except KeyError:
        raise LedgerError(f"unknown metric {metric!r}", hint="metrics are listed in monitor/model/metric.py") from None


def is_level(metric: str) -> bool:
    """Whether values of a metric hold until the next one (levels, and facts alike)."""
    return not is_flow(metric)


def series_ids(connection: Connection, wanted: Iterable[Series]) -> dict[Series, int]:
    """The number of each series; those that are new are written, numbered in the order given."""
    texts = {series: labels_text(series.labels) for series in dict.fromkeys(wanted)}
    connection.execute_many(
        "INSERT INTO series (metric, source, bar, labels) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ((*_feed(series), text) for series, text in texts.items()),
    )
    feeds: dict[tuple[str, str, str], list[Series]] = {}
    for series in texts:
        feeds.setdefault(_feed(series), []).append(series)
    ids: dict[Series, int] = {}
    for feed, members in feeds.items():
        rows = connection.rows(_FIND, (json.dumps([texts[series] for series in members]), *feed))
        ids.update(zip(members, (number for (number,) in rows), strict=True))
    return ids


def _feed(series: Series) -> tuple[str, str, str]:
    return series.metric, series.labels.get("source"), series.bar.value


def note_first(connection: Connection, first: Iterable[tuple[int, int]]) -> None:
    """(series number, valid_at of a stored sample): keep the earliest of each series."""
    connection.execute_many(
        "UPDATE series SET first_at = ?2 WHERE id = ?1 AND (first_at IS NULL OR first_at > ?2)", first
    )
