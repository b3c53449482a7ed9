"""The shipped catalogue against what was recorded of the market."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

import pytest

from monitor.catalog import Join, shipped
from monitor.model.labels import Labels
from monitor.model.metric import REST
from tests.shared import SHARED, payload

CATALOG = shipped()
JOIN = Join(CATALOG, {})
EUROPE = {"FR", "DE"}
OFFICIAL = "CasualStudy/casualstudy-portfolio:data/openrouter-usage.json"
PAGES = "Kenneth-Top/workflows-:history_database.csv"
BY_WEIGHTS = "halcyonic-systems/facets:assets/data/openrouter-routed-share-vintage-2026-10-10.csv"


def rows(name: str) -> Iterator[dict[str, str]]:
    path = SHARED / "data" / "usage" / name
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


@cache
def usage(source: str) -> dict[tuple[str, str], int]:
    """Tokens by (day, model) as last recorded; rows of a source stand in the order of recording."""
    newest: dict[tuple[str, str], tuple[str, int]] = {}
    for row in rows("usage.csv.gz"):
        key = (row["period_start"], row["model"])
        if row["source"] == source and row["recorded_at"] >= newest.get(key, ("", 0))[0]:
            newest[key] = (row["recorded_at"], int(row["tokens"]))
    return {key: tokens for key, (_, tokens) in newest.items()}


def series(source: str, model: str) -> Labels:
    return Labels.of(source=source, model="other" if model in REST else model)


def label(source: str, model: str, name: str) -> str:
    return JOIN("tokens", series(source, model)).get(name)


def test_every_judged_author_and_brand_has_its_origin() -> None:
    """Each key of origin.csv, however it is spelled, is of the country judged there, as an author and as a brand."""
    judged = {row["key"]: row["origin"] for row in rows("origin.csv")}
    expected = {key: (country, "EU" if country in EUROPE else country) for key, country in judged.items()}
    for labels in (
        {key: Labels.of(author=key) for key in judged},
        {key: Labels.of(model=f"{key}/m") for key in judged},
    ):
        joined = {key: JOIN("tokens", of) for key, of in labels.items()}
        assert {key: (of.get("country"), of.get("origin")) for key, of in joined.items()} == expected
    assert len(judged) == 119


@pytest.mark.parametrize("name", ["vendor", "family", "origin"])
def test_the_official_top_list_is_known(name: str) -> None:
    """Of the official daily top 50, less than 1 % of the tokens are unknown, stealth models and the rest left out."""
    unknown = whole = 0
    for (_, model), tokens in usage(OFFICIAL).items():
        if model not in REST and not model.startswith(("openrouter/", "stealth/")):
            whole += tokens
            unknown += tokens if label(OFFICIAL, model, name) == "unknown" else 0
    assert whole > 1e14
    assert unknown < 0.01 * whole


def test_no_author_of_the_records_is_missing() -> None:
    """`monitor status` has nothing to list for the whole recorded history."""
    tokens = Counter[str]()
    for row in rows("usage.csv.gz"):
        tokens[row["model"]] += int(row["tokens"])
    assert CATALOG.unknown_vendors(tokens) == []


def week(start: str) -> Counter[str]:
    """Tokens by model of one week of all model pages, repeated names left out."""
    days = {(date.fromisoformat(start) + timedelta(day)).isoformat() for day in range(7)}
    tokens = Counter[str]()
    for (day, model), count in usage(PAGES).items():
        if day in days and CATALOG.duplicate_of(series(PAGES, model)) is None:
            tokens[model] += count
    return tokens


@pytest.mark.parametrize(
    ("start", "largest", "china", "america"),
    [
        ("2026-02-09", 9, 4.119, 2.933),
        ("2026-02-09", None, 5.739, 6.801),
        ("2026-02-23", 9, 3.117, 3.958),
        ("2026-03-02", 9, 4.190, 3.638),
        ("2026-03-23", None, 12.629, 9.761),
        ("2026-04-13", 9, 4.442, 4.914),
        ("2026-04-13", None, 8.081, 11.510),
        ("2026-04-27", 9, 7.943, 3.254),
        ("2026-04-27", None, 12.233, 11.145),
    ],
)
def test_weeks_by_origin_are_those_published(start: str, largest: int | None, china: float, america: float) -> None:
    """The crossovers of 2026, over the nine largest models and over all: trillions of tokens as in known_events.csv."""
    origins = Counter[str]()
    for model, tokens in week(start).most_common(largest):
        origins[label(PAGES, model, "origin")] += tokens
    assert (round(origins["CN"] / 1e12, 3), round(origins["US"] / 1e12, 3)) == (china, america)


def test_weights_agree_with_an_independent_split() -> None:
    """Day by day, open weights come within 1.5 % and closed ones within 1 % of what others published of the same rows.

    That split calls the models unknown that Alibaba only serves (Qwen Plus, Max, Flash): they are left out of closed.
    """
    published: dict[tuple[str, str], int] = {
        (row["period_start"], row["key"]): int(row["tokens"])
        for row in rows("totals.csv.gz")
        if row["source"] == BY_WEIGHTS and row["scope"] == "weights"
    }
    ours = Counter[tuple[str, str]]()
    for (day, model), tokens in usage(OFFICIAL).items():
        weights = label(OFFICIAL, model, "open")
        if (weights, label(OFFICIAL, model, "vendor")) != ("closed", "qwen"):
            ours[day, weights] += tokens
    for weights, tolerance in (("open", 0.015), ("closed", 0.01)):
        off = [abs(ours[key] / published[key] - 1) for key in ours if key[1] == weights]
        assert len(off) == 58
        assert max(off) < tolerance


def test_every_repeated_name_is_known() -> None:
    """aliases.csv: the ids under which one source repeats the same tokens."""
    for row in rows("aliases.csv"):
        assert CATALOG.duplicate_of(series(row["source"], row["alias"])) == row["canonical"]


def test_learnt_names_are_ids_that_have_a_price() -> None:
    """What the official list showed while the recorded models list was fresh is named as it is priced there."""
    models = json.loads(payload("openrouter-models/models-2026-08-22T12.json"))["data"]
    learnt = {model["canonical_slug"]: model["id"] for model in models}
    priced = {model["id"].partition(":")[0] for model in models}
    join = Join(CATALOG, learnt)
    listed = json.loads(payload("openrouter-rankings-daily/rankings-30d-end-2026-08-18.json"))["data"]
    newest = max(row["date"] for row in listed)
    slugs = {row["model_permaslug"] for row in listed if row["date"] == newest} - {"other"}
    assert len(slugs) == 50
    assert {join("tokens", series("openrouter", slug)).get("name") for slug in slugs} <= priced
