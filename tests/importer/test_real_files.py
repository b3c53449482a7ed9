"""The shared records, as their README describes them."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from monitor.importer import read
from monitor.importer.fields import day, instant
from monitor.model.bar import Bar, seconds
from monitor.model.labels import Labels
from monitor.model.sample import Series
from tests.importer.tables import said
from tests.shared import SHARED

USAGE = SHARED / "data/usage/usage.csv.gz"
TOTALS = SHARED / "data/usage/totals.csv.gz"
PARTIAL = SHARED / "data/usage/partial_weeks.csv.gz"
PRICES = SHARED / "data/prices/prices.csv.gz"
CASUAL = "CasualStudy/casualstudy-portfolio:data/openrouter-usage.json"


def records(path: Path) -> list[dict[str, str]]:
    """The rows as Python's own CSV reader sees them."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("path", "rows", "metrics"),
    [
        (USAGE, 74_241, {"tokens"}),
        (TOTALS, 8_019, {"tokens", "tokens_total"}),
        (PARTIAL, 802, {"tokens"}),
        (SHARED / "data/usage/faulty_as_recorded.csv.gz", 90, {"tokens"}),
        (PRICES, 9_433 + 9_717 + 5_363 + 435, {"price_input", "price_output", "price_cache_read", "price_cache_write"}),
    ],
)
def test_every_record_is_there(path: Path, rows: int, metrics: set[str]) -> None:
    """All rows of the README's tables are read, in the order of `Columns`, of the metrics they belong to."""
    batch = read(path)

    keys = np.stack((batch.valid_at, batch.index, batch.known_at))
    assert len(batch.index) == rows
    assert np.array_equal(np.lexsort(keys[::-1]), np.arange(rows))
    assert {series.metric for series in batch.series} == metrics


def test_usage_is_what_the_csv_reader_sees() -> None:
    """The fast way of reading yields, row for row, what a plain one does."""
    expected = {
        (
            Series(
                "tokens",
                Labels.of(source=row["source"], model={"Others": "other"}.get(row["model"], row["model"])),
                Bar(row["period"]),
            ),
            day(row["period_start"]),
            instant(row["recorded_at"]),
            float(row["tokens"]),
        )
        for row in records(USAGE)
    }

    assert set(said(read(USAGE))) == expected


def test_restated_day_has_its_vintages() -> None:
    """2026-07-18 was recorded, and on 07-21 raised by up to 5.8 % for one model; both values are kept."""
    batch = read(USAGE)
    vintages: dict[Series, dict[int, float]] = defaultdict(dict)
    for series, valid_at, known_at, value in said(batch):
        if valid_at == day("2026-07-18") and series.labels.get("source") == CASUAL and value is not None:
            vintages[series][known_at] = value

    raised = [values[max(values)] / values[min(values)] - 1 for values in vintages.values() if len(values) == 2]
    restated = {datetime.fromtimestamp(max(values), UTC).date().isoformat() for values in vintages.values()}
    assert len(vintages) == 51
    assert max(raised) == pytest.approx(0.058, abs=0.0005)
    assert "2026-07-21" in restated


def test_restated_day_is_sealed_by_its_first_whole_record() -> None:
    """The seal of a day carries the first record after its end, not the restatement."""
    [seal] = [
        seal
        for seal in read(USAGE).seals
        if seal.source == CASUAL and seal.bar is Bar.DAY and seal.through == datetime(2026, 7, 19, tzinfo=UTC)
    ]

    assert seal.known_at == min(
        datetime.fromisoformat(row["recorded_at"])
        for row in records(USAGE)
        if (row["source"], row["period_start"]) == (CASUAL, "2026-07-18") and row["recorded_at"] >= "2026-07-19"
    )


def test_partial_weeks_are_never_sealed() -> None:
    """Weeks captured while they ran say nothing about whole weeks."""
    batch = read(PARTIAL)

    assert batch.seals == ()
    assert {series.labels.get("model") != "" for series in batch.series} == {True, False}


def test_weeks_keep_their_first_day() -> None:
    """Weeks that start on a Sunday or a Wednesday stay as they were recorded."""
    batch = read(TOTALS)
    weekly = np.array([series.bar is Bar.WEEK for series in batch.series])[batch.index]
    starts = batch.valid_at[weekly]

    assert day("2025-04-20") in starts
    assert np.any(Bar.WEEK.floor(starts) != starts)


def test_totals_by_scope() -> None:
    """Of the totals: 925 in all, the split by weights and its rest, authors and brands."""
    batch = read(TOTALS)
    count: dict[str, int] = defaultdict(int)
    for series, *_ in said(batch):
        names = [name for name, _ in series.labels if name != "source"]
        count[f"{series.metric}/{'/'.join(names)}"] += 1

    rest = 563 + 231 + 108
    assert count == {
        "tokens_total/": 925,
        "tokens/open": 3 * 563,
        "tokens/model": rest,
        "tokens/author": 1083 + 3759 - 231 - 108,
    }


def test_known_total_of_a_week() -> None:
    """13.948T in the week of 2026-02-16, as the chart had it."""
    batch = read(TOTALS)
    chart = Series("tokens_total", Labels.of(source="clarencechien/AIFactor:data/openrouter_weekly.csv"), Bar.WEEK)

    values = [row[3] for row in said(batch) if row[0] == chart and row[1] == day("2026-02-16")]

    assert [round(value / 1e12, 3) for value in values if value is not None] == [13.948]


def test_prices_without_a_price() -> None:
    """Gone prices and those that vary are NaN; nothing else is, and nothing is negative."""
    batch = read(PRICES)

    without = sum(row["usd_per_mtok"] in ("", "-1000000") for row in records(PRICES))
    assert np.count_nonzero(np.isnan(batch.values)) == without
    assert np.nanmin(batch.values) == 0


def test_float_dust_is_gone() -> None:
    """0.6000000000000001 is 0.6, so that the rounding of a source is no change of its price."""
    values = read(PRICES).values
    known = values[~np.isnan(values)]

    assert all(float(f"{value:.12g}") == value for value in known.tolist())
    luna = Series("price_output", Labels.of(source="openrouter", model="openai/gpt-5.6-luna"), Bar.HOUR)
    assert 0.6 in [row[3] for row in said(read(PRICES)) if row[0] == luna]


def test_known_price_cut() -> None:
    """DeepSeek V4-Pro's cut of 75 %, as OpenRouter showed it on 2026-04-26."""
    batch = read(PRICES)
    for metric, before, after in (("price_input", 1.74, 0.435), ("price_output", 3.48, 0.87)):
        series = Series(metric, Labels.of(source="openrouter", model="deepseek/deepseek-v4-pro"), Bar.HOUR)
        rows = [(valid_at, value) for one, valid_at, _, value in said(batch) if one == series]
        at = next(at for at, (_, value) in enumerate(rows) if value == after)
        assert rows[at - 1][1] == before
        assert rows[at][0] // 86400 * 86400 == day("2026-04-26")


def test_each_hour_with_a_look_is_sealed_for_every_price() -> None:
    """A source's four prices are sealed alike, once for every hour in which any of them changed."""
    batch = read(PRICES)
    hours = {(row["source"], row["observed_at"][:13]) for row in records(PRICES)}

    assert len(batch.seals) == 4 * len(hours)
    assert {(seal.source, seal.metric) for seal in batch.seals} == {
        (source, f"price_{field}")
        for source in ("litellm", "openrouter", "genai-prices", "llm-prices")
        for field in ("input", "output", "cache_read", "cache_write")
    }
    assert all(0 < seconds(seal.through) - seconds(seal.known_at) <= 3600 for seal in batch.seals)


def test_every_source_is_cited() -> None:
    """Each source of the usage records has OpenRouter's line with its own date."""
    batch = read(USAGE)

    assert set(batch.citations) == {row["source"] for row in records(USAGE)}
    assert batch.citations[CASUAL] == (
        "Source: OpenRouter (openrouter.ai/rankings), as of 2026-07-21. Licensed under CC BY 4.0. "
        "Recorded by CasualStudy/casualstudy-portfolio."
    )
