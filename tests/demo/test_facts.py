"""The demo's tables are what the shared data says."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import monitor.demo
from monitor.demo.facts import Listing, Usage, facts
from tests.shared import SHARED

FIRST, LAST = date(2026, 1, 5), date(2026, 3, 23)
LARGEST = 9
SOURCE = "Kenneth-Top/workflows-"
# Second names of models that the source lists under their first as well: README of the usage data.
ALIASES = {
    "allenai/olmo-3-32b-think",
    "google/gemini-2.5-pro-preview",
    "google/gemini-2.5-pro-preview-05-06",
    "rekaai/reka-edge",
    "x-ai/grok-3-beta",
    "x-ai/grok-3-mini-beta",
}
PRICED = {"deepseek/deepseek-v4-pro", "openai/gpt-5.5"}
FIELDS = {"input", "output"}


def rows(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(SHARED / "data" / name, "rt", encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def monday(day: str) -> date:
    found = date.fromisoformat(day)
    return found - timedelta(days=found.weekday())


def test_usage_is_the_nine_largest_models_of_each_week() -> None:
    """Days as last recorded, added up from Monday to Sunday, the largest first."""
    newest: dict[tuple[str, str], tuple[str, int]] = {}
    for row in rows("usage/usage.csv.gz"):
        if row["source"].startswith(SOURCE) and row["period"] == "day" and row["model"] not in ALIASES:
            key, value = (row["period_start"], row["model"]), (row["recorded_at"], int(row["tokens"]))
            newest[key] = max(newest.get(key, value), value)
    weeks: defaultdict[date, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (day, model), (_, tokens) in newest.items():
        weeks[monday(day)][model] += tokens
    expected = [
        Usage(week, model, tokens)
        for week in sorted(weeks)
        if FIRST <= week <= LAST
        for model, tokens in sorted(weeks[week].items(), key=lambda item: -item[1])[:LARGEST]
    ]
    assert list(facts().usage) == expected


def test_twelve_weeks_without_a_gap() -> None:
    """Nine models in each."""
    sizes = {week: len(list(found)) for week, found in groupby(facts().usage, lambda usage: usage.monday)}
    assert sizes == {FIRST + timedelta(weeks=number): LARGEST for number in range(12)}


def test_prices_are_those_recorded_up_to_the_cut() -> None:
    """Each pair of prices from the instant it was first seen."""
    end = datetime(2026, 5, 1, tzinfo=UTC)
    found: defaultdict[tuple[datetime, str], dict[str, Decimal]] = defaultdict(dict)
    for row in rows("prices/prices.csv.gz"):
        at = datetime.fromisoformat(row["observed_at"])
        wanted = row["source"] == "openrouter" and row["model"] in PRICED and row["field"] in FIELDS
        if wanted and at < end:
            found[at, row["model"]][row["field"]] = Decimal(row["usd_per_mtok"])
    expected = [(at, model, prices["input"], prices["output"]) for (at, model), prices in sorted(found.items())]
    assert [_priced(listing) for listing in facts().listings] == expected


def test_each_table_names_its_source() -> None:
    """Whoever opens the file reads where its figures are from."""
    folder = Path(monitor.demo.__file__).parent
    heads = {name: (folder / name).read_text().split("\n", 2)[1] for name in ("usage.csv", "prices.csv")}
    assert heads == {
        "usage.csv": "# Source: Kenneth-Top/workflows- (history_database.csv), aliases left out; figures go back to"
        " OpenRouter (openrouter.ai/rankings), CC BY 4.0.",
        "prices.csv": "# Source: jvrck/openrouterlist (data/output.json); figures go back to OpenRouter"
        " (openrouter.ai/models).",
    }


def _priced(listing: Listing) -> tuple[datetime, str, Decimal, Decimal]:
    return (listing.seen_at, listing.model, listing.input, listing.output)
