"""Tokens above the model level: `period_start,period,scope,key,tokens,source,recorded_at`."""

from __future__ import annotations

from monitor.importer import fields
from monitor.importer.batch import usage_seals
from monitor.importer.format import Format
from monitor.importer.usage import citation, tokens_of
from monitor.model.labels import Labels
from monitor.model.metric import REST
from monitor.model.sample import Series

SCOPES = ("total", "author", "brand", "weights", "model")
"""What a key is; model: a week captured while it ran keeps its models in this format too."""

_weights = fields.one_of(("open", "closed", "unknown", "other"))


def series(texts: tuple[str, ...]) -> Series:
    """The series of (source, period, scope, key)."""
    source, period, scope, key = texts
    bar = fields.PERIODS[fields.period(period)]
    match fields.one_of(SCOPES)(scope):
        case "total":
            fields.one_of(("total",))(key)
            return Series("tokens_total", Labels.of(source=fields.name(source)), bar)
        case "author" | "brand" if key not in REST:
            return Series("tokens", Labels.of(source=fields.name(source), author=fields.name(key)), bar)
        case "weights" if key not in REST:
            return Series("tokens", Labels.of(source=fields.name(source), open=_weights(key)), bar)
        case _:
            return tokens_of(fields.name(source), bar, fields.name(key))


TOTALS = Format(
    name="totals",
    fields={
        "period_start": fields.day,
        "period": fields.period,
        "scope": fields.one_of(SCOPES),
        "key": fields.name,
        "tokens": fields.tokens,
        "source": fields.name,
        "recorded_at": fields.instant,
    },
    valid_at="period_start",
    known_at="recorded_at",
    value="tokens",
    series_from=("source", "period", "scope", "key"),
    series=series,
    values=fields.tokens_column,
    seals=usage_seals,
    citation=citation,
)
