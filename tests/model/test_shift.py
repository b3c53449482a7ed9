"""Prices that moved together, on recorded errors."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime

import pytest

from monitor.model.labels import Labels
from monitor.model.shift import Prices, shifts
from tests.shared import SHARED


def table(**prices: float) -> Prices:
    """Input prices by model; a double underscore stands for the slash."""
    return {("price_input", Labels.of(model=name.replace("__", "/"))): price for name, price in prices.items()}


def test_models_of_one_author_that_moved_alike_are_one_shift() -> None:
    """Others, those that moved otherwise, and those that came, went or were free are not in it."""
    before = table(a__x=10.0, a__y=5.0, a__z=1.0, a__same=1.0, a__gone=1.0, a__free=0.0, b__x=10.0, b__y=5.0)
    after = table(a__x=5.0, a__y=2.5, a__z=0.3, a__same=1.0, a__new=1.0, a__free=1.0, b__x=5.0, b__y=2.5)
    found = [(each.group, each.factor, each.models, each.prices, each.of) for each in shifts(before, after, least=2)]
    assert found == [("a", 0.5, ("a/x", "a/y"), 2, 5), ("b", 0.5, ("b/x", "b/y"), 2, 2)]


def test_rounded_prices_are_alike() -> None:
    """0.67 and 0.66 of a third of two dollars are the same move, a tenth more is another."""
    before, after = table(a__x=2.0, a__y=200.0, a__z=2.0), table(a__x=0.667, a__y=66.7, a__z=0.73)
    assert [each.models for each in shifts(before, after, least=2)] == [("a/x", "a/y")]


def test_hosts_are_groups_of_their_own() -> None:
    """Whoever makes the models: the host asks the price."""
    before = {("price_input", Labels.of(model=f"{name}/m", host="h")): 4.0 for name in "abc"}
    (shift,) = shifts(before, dict.fromkeys(before, 2.0))
    assert (shift.group, len(shift.models)) == ("h", 3)


@pytest.mark.parametrize(
    ("at", "group", "least_models", "factor"),
    [
        ("2025-10-17T21:07:10Z", "watsonx", 3, 0.001),
        ("2026-01-13T22:08:35Z", "novita", 50, 1 / 8000),
    ],
)
def test_recorded_errors_of_a_provider_are_found(at: str, group: str, least_models: int, factor: float) -> None:
    """The look that put them right, against the one before."""
    before, after = around("litellm", datetime.fromisoformat(at))
    found = {
        each.group
        for each in shifts(before, after)
        if len(each.models) >= least_models and each.factor == pytest.approx(factor, rel=0.01)
    }
    assert found == {group}


def around(source: str, at: datetime) -> tuple[Prices, Prices]:
    """All prices of a source just before an instant, and at it."""
    before: dict[tuple[str, Labels], float] = {}
    after: dict[tuple[str, Labels], float] = {}
    with gzip.open(SHARED / "data" / "prices" / "prices.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            seen = datetime.fromisoformat(row["observed_at"])
            if row["source"] != source or seen > at:
                continue
            key = row["field"], Labels.of(model=row["model"])
            for table in (after,) if seen == at else (before, after):
                table.pop(key, None)
                if row["usd_per_mtok"]:
                    table[key] = float(row["usd_per_mtok"])
    return before, after
