"""Prices as they changed: `observed_at,source,model,field,usd_per_mtok`; an empty price is gone from its source."""

from __future__ import annotations

from monitor.importer import fields
from monitor.importer.batch import PRICE_METRICS, price_seals
from monitor.importer.format import Format
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Series

_field = fields.one_of(tuple(PRICE_METRICS))


def series(texts: tuple[str, ...]) -> Series:
    """The series of (source, model, field)."""
    source, model, field = texts
    labels = Labels(
        (("model", fields.name(model)), ("source", fields.name(source)))
    )  # sorted; `of` takes thrice as long
    return Series(PRICE_METRICS[_field(field)], labels, Bar.HOUR)


def citation(source: str, _newest: int) -> str:
    """Prices are facts; the line names where they were seen."""
    return f"Prices as shown by {source}"


PRICES = Format(
    name="prices",
    fields={
        "observed_at": fields.instant,
        "source": fields.name,
        "model": fields.name,
        "field": _field,
        "usd_per_mtok": fields.price,
    },
    valid_at="observed_at",
    known_at="observed_at",
    value="usd_per_mtok",
    series_from=("source", "model", "field"),
    series=series,
    values=None,
    seals=price_seals,
    citation=citation,
)
