"""Tokens of one model in one day or week: `period_start,period,model,tokens,source,recorded_at`."""

from __future__ import annotations

from monitor.importer import fields
from monitor.importer.batch import usage_seals
from monitor.importer.format import Format
from monitor.model.bar import Bar, instant
from monitor.model.labels import Labels
from monitor.model.metric import REST
from monitor.model.sample import Series


def series(texts: tuple[str, ...]) -> Series:
    """The series of (source, period, model)."""
    source, period, model = texts
    return tokens_of(fields.name(source), fields.PERIODS[fields.period(period)], fields.name(model))


def tokens_of(source: str, bar: Bar, model: str) -> Series:
    """The tokens of a model, however its source spells the rest row."""
    return Series("tokens", Labels.of(source=source, model="other" if model in REST else model), bar)


def citation(source: str, newest: int) -> str:
    """The line of CC BY 4.0 that OpenRouter asks for, and who wrote its figures down."""
    recorder = source.partition(":")[0]
    return (
        f"Source: OpenRouter (openrouter.ai/rankings), as of {instant(newest).date()}. Licensed under CC BY 4.0. "
        f"Recorded by {recorder}."
    )


USAGE = Format(
    name="usage",
    fields={
        "period_start": fields.day,
        "period": fields.period,
        "model": fields.name,
        "tokens": fields.tokens,
        "source": fields.name,
        "recorded_at": fields.instant,
    },
    valid_at="period_start",
    known_at="recorded_at",
    value="tokens",
    series_from=("source", "period", "model"),
    series=series,
    values=fields.tokens_column,
    seals=usage_seals,
    citation=citation,
)
