"""Each kind of doubt by itself."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

from monitor.model.bar import Bar, seconds
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.registry import modules
from monitor.sources import doubts
from monitor.sources.believed import NOTHING, Believed
from monitor.sources.doubts import jump, repeated, running, scale
from monitor.sources.frozen import frozen, patience
from tests.shared import SHARED

NOW = datetime(2026, 8, 19, 0, 20, tzinfo=UTC)
DAY = timedelta(days=1)
MIDNIGHT = datetime(2026, 8, 18, tzinfo=UTC)


def of(*samples: Sample, through: datetime = MIDNIGHT + DAY) -> Snapshot:
    seal = Seal("openrouter", "tokens", Bar.DAY, through, NOW)
    return Snapshot("openrouter_rankings", NOW, samples, (seal,), len(samples), "digest")


def model(name: str) -> Series:
    return Series("tokens", Labels.of(source="openrouter", model=name), Bar.DAY)


def dear(name: str) -> Series:
    return Series("price_input", Labels.of(source="litellm", model=name), Bar.HOUR)


@pytest.mark.parametrize("module", modules(doubts).values())
def test_every_doubt_has_its_parts_and_is_silent_of_what_is_new(module: ModuleType) -> None:
    """Of a first snapshot nothing is said; a patience is a span or none."""
    assert module.doubt(of(Sample(model("a"), MIDNIGHT, NOW, 1.0)), NOTHING) is None
    assert module.PATIENCE is None or timedelta(0) < module.PATIENCE


def test_a_day_that_is_not_over_can_not_be_complete() -> None:
    """The seal is what counts: a bar that is not called complete may be there."""
    assert running.doubt(of(), NOTHING) is None
    assert running.doubt(of(through=MIDNIGHT + 2 * DAY), NOTHING) == (
        "got a day that ends at 2026-08-20 00:00 UTC, expected only bars that were over at 2026-08-19 00:20 UTC:"
        " it is a part of that day"
    )


@pytest.mark.parametrize(("changed", "doubtful"), [(0, True), (1, False)])
def test_old_figures_under_a_new_date_are_noticed(changed: int, doubtful: bool) -> None:
    """Only if all of them are the same."""
    before = {model(name): {seconds(MIDNIGHT - DAY): 100.0 + number} for number, name in enumerate("abcde")}
    samples = [Sample(series, MIDNIGHT, NOW, *bars.values()) for series, bars in before.items()]
    samples[0] = replace(samples[0], value=100.0 + changed)
    assert (repeated.doubt(of(*samples), Believed(5, before)) is not None) is doubtful


def test_one_model_that_grows_is_no_doubt() -> None:
    """The middle of what all models did counts, and three are the least."""
    before = {model(name): {seconds(MIDNIGHT - DAY): 100.0} for name in "abc"}
    grown = [Sample(model(name), MIDNIGHT, NOW, value) for name, value in (("a", 9e9), ("b", 101.0), ("c", 99.0))]
    assert scale.doubt(of(*grown), Believed(3, before)) is None
    two = {series: bars for series, bars in before.items() if series != model("b")}
    assert scale.doubt(of(*(replace(each, value=9e9) for each in grown)), Believed(2, two)) is None


@pytest.mark.parametrize(("factor", "doubtful"), [(1 / 1000, True), (1000, True), (1 / 1001, True), (1 / 900, False)])
def test_a_jump_of_a_thousand_of_one_provider_is_noticed(factor: float, doubtful: bool) -> None:
    """Up or down; less than that may be true."""
    before = {dear(f"watsonx/{name}"): 4000.0 for name in "abc"}
    samples = [Sample(series, NOW, NOW, price * factor) for series, price in before.items()]
    why = jump.doubt(of(*samples), Believed(3, levels=before))
    assert (why is not None) is doubtful
    if why is not None:
        assert "3 models of watsonx" in why


def test_a_thousand_of_different_providers_is_for_price_truth() -> None:
    """A fault of single models does not hold back a whole list."""
    before = {dear(f"{name}/m"): 4000.0 for name in "abc"}
    samples = [Sample(series, NOW, NOW, 4.0) for series in before]
    assert jump.doubt(of(*samples), Believed(3, levels=before)) is None


def looks() -> dict[str, list[tuple[int, bool]]]:
    """By source: when it was looked at (epoch seconds), and whether that brought anything new."""
    found: defaultdict[str, list[tuple[int, bool]]] = defaultdict(list)
    with gzip.open(SHARED / "data" / "prices" / "observations.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = seconds(datetime.fromisoformat(row["observed_at"]))
            found[row["source"]].append((at, row["n_changed"] not in ("", "0")))
    return {source: sorted(each) for source, each in found.items()}


@pytest.mark.parametrize(("source", "each"), looks().items())
def test_no_recorded_list_was_called_frozen(source: str, each: list[tuple[int, bool]]) -> None:
    """Asked every day, three years of four lists, the quiet spans of which are up to 64 days long."""
    news: list[int] = []
    cries = []
    for (at, brought), (until, _) in zip(each, [*each[1:], each[-1]], strict=True):
        news += [at] if brought else []
        cries += [day for day in range(at, until, 86400) if frozen(news, day)]
    assert (source, cries) == (source, [])


@pytest.mark.parametrize(("source", "days"), [("genai-prices", 72), ("openrouter", 14), ("llm-prices", 96)])
def test_a_list_that_stands_still_is_noticed_after_its_own_measure(source: str, days: int) -> None:
    """Half as long again as its longest rest, two weeks at least."""
    news = [at for at, brought in looks()[source] if brought]
    assert patience(news) // 86400 == days
    assert frozen(news, news[-1] + patience(news)) is None
    why = frozen(news, news[-1] + patience(news) + 1)
    assert why is not None
    assert why.endswith("the source answers, and always the same")


def test_days_of_usage_that_do_not_come_are_noticed_after_three() -> None:
    """A bar is due in each."""
    assert frozen([0], 3 * 86400, 86400) is None
    assert frozen([0], 3 * 86400 + 1, 86400) == (
        "got nothing new for 3 days, expected something within 3 days: the source answers, and always the same"
    )


def test_a_source_that_never_brought_anything_is_not_frozen() -> None:
    """It is down."""
    assert frozen([], 10**9) is None
