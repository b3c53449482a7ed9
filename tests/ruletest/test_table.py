"""A test's series as history: the same as what a ledger keeps of sources that brought just that."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from monitor.backtest import backtest
from monitor.model.bar import Bar
from monitor.model.history import History
from monitor.model.metric import METRICS
from monitor.model.sample import Series
from monitor.ruletest.notation import values
from monitor.ruletest.table import Table
from tests.laws.history import series_of
from tests.laws.passes import catalogued, compiled
from tests.rules.tables import HOUR, MONDAY, days, hours


def table(metric: str, written: Mapping[str, str], every: Bar, stale_after: int | None = None) -> Table:
    rows: dict[Series, tuple[float, ...]] = {
        Series(metric, series_of(metric, "s", model).labels, every): values(text, METRICS[metric].unit)
        for model, text in written.items()
    }
    return Table(rows, every, MONDAY, stale_after)


def told(rule: str, history: History, every: str) -> list[tuple[object, ...]]:
    found = backtest(history, [compiled(rule, every)], catalogued())
    return [(each.valid_at, each.kind, each.labels, str(each.value), str(each.reference)) for each in found]


FLOWS = {"a/a": "1 2 3 _ 5 6 7  1 1 1 1 1 1 9", "a/b": "2 2 2 2 2 2 2  _ 5 5 5 5 5 5", "other": "1x12 1"}
LEVELS = {"a/a": "1 1 _ 2 2 stale stale 2 1.5 1.5", "a/b": "3 3 _ 3 3 3 3 3 3 3"}


@pytest.mark.parametrize(
    ("rule", "every"),
    [
        ("watch: tokens\nabove: 4", "day"),
        ("watch: tokens\nabove: 20", "week"),
        ("watch: tokens\nenters_top: 1", "day"),
        ('watch: share(tokens, by="model")\nbelow: 30%', "day"),
        ("watch: tokens\ndisappears: 1 bar", "day"),
        ("watch: sum(tokens)\nnew_high: all", "day"),
    ],
)
def test_flows_are_what_a_ledger_keeps(rule: str, every: str) -> None:
    """Law: rules say the same of a test's series as of a ledger's rows for it."""
    polled = days({model: text.replace("_", "-").replace("1x12 1", "1 " * 13 + "1") for model, text in FLOWS.items()})
    assert told(rule, table("tokens", FLOWS, Bar.DAY), every) == told(rule, polled, every) != []


@pytest.mark.parametrize(
    "rule",
    [
        "watch: price_output\nfalls: 20%\nagainst: previous",
        "watch: price_output\nrises: 20%\nagainst: previous",
        "watch: price_output\ndisappears: 2 bars",
        "watch: price_output\nabove: 1",
        "watch: price_output\nnew_high: all",
    ],
)
def test_levels_are_what_a_ledger_keeps(rule: str) -> None:
    """Law: the same for levels; `_` everywhere is an hour without a look."""
    polled = hours({model: text.replace("_", "?").replace("stale", "-") for model, text in LEVELS.items()})
    assert told(rule, table("price_output", LEVELS, Bar.HOUR), "hour") == told(rule, polled, "hour") != []


def test_a_level_is_believed_for_a_while_only() -> None:
    """Case: with `stale_after` of an hour, the second hour without a look is unknown; without, it holds."""
    rule, written = "watch: price_output\nabove: 1\nfor: 3 bars", {"a/a": "2 _ _ _ 0.5"}
    assert len(told(rule, table("price_output", written, Bar.HOUR), "hour")) == 2
    assert told(rule, table("price_output", written, Bar.HOUR, HOUR), "hour") == []


def test_months_have_their_own_lengths() -> None:
    """Case: three months from January on."""
    january = 1767225600
    rows = {Series("tokens", series_of("tokens", "s", "a/a").labels, Bar.MONTH): (1.0, 2.0, 3.0)}
    found = Table(rows, Bar.MONTH, january).columns("tokens")
    assert found.valid_at.tolist() == [january, january + 31 * 86400, january + 59 * 86400]


@pytest.mark.parametrize(("metric", "every"), [("tokens", Bar.DAY), ("price_output", Bar.HOUR)])
def test_reading_a_part(metric: str, every: Bar) -> None:
    """Law: the rows since an instant, and of a level also the last one before."""
    whole = table(metric, {"a/a": "1 2 2 3 _ 4"}, every).columns(metric)
    since = int(whole.valid_at[3])
    part = table(metric, {"a/a": "1 2 2 3 _ 4"}, every).columns(metric, since=since)
    first = 2 if metric == "price_output" else 3
    assert part.values.tolist() == whole.values.tolist()[first:]


def test_a_metric_that_is_not_there() -> None:
    """Case: no series, no seals."""
    found = table("tokens", {"a/a": "1"}, Bar.DAY).columns("price_output")
    assert (found.series, len(found.values), found.seals) == ((), 0, {})
