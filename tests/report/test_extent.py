"""From when to when there is history, and where it has gaps."""

from __future__ import annotations

import pytest

from monitor.model.bar import Bar
from monitor.report.extent import Extent, extents
from tests.laws.history import Table, together
from tests.rules.tables import DAY, HOUR, MONDAY, days, hours


def extent(table: Table, metric: str = "tokens") -> Extent:
    (found,) = extents(metric, table.columns(metric))
    return found


@pytest.mark.parametrize(
    ("cells", "counts"),
    [
        ("5 5 5", (3, 0, 0)),
        ("5", (1, 0, 0)),
        ("5 ? 5", (3, 1, 1)),
        ("5 ? ? 5 ? 5", (6, 3, 2)),
        ("? 5 5", (2, 0, 0)),  # it begins with its first value
        ("5 5 ?", (3, 1, 1)),  # declared complete, and nothing in it
    ],
)
def test_bars_without_an_answer(cells: str, counts: tuple[int, int, int]) -> None:
    """Case: how many bars, how many are missing, how many of them in a row."""
    found = extent(days(cells))
    assert (found.bars, found.missing, found.longest) == counts


def test_from_the_first_to_the_last_sealed_bar() -> None:
    """Case: what was not declared complete does not count."""
    found = extent(days("5 5 5 5").sealed(MONDAY + 3 * DAY))
    assert (found.first, found.last, found.end) == (MONDAY, MONDAY + 2 * DAY, MONDAY + 3 * DAY)
    assert (found.metric, found.source, found.bar) == ("tokens", "s", Bar.DAY)


def test_a_level_is_missing_where_the_last_look_is_too_old() -> None:
    """Case: without a limit it holds; with one of an hour the bars after that are gaps."""
    assert extent(hours("5 ? ? ? 5"), "price_output").missing == 0
    found = extent(hours("5 ? ? ? 5", stale=HOUR), "price_output")
    assert (found.bars, found.missing, found.longest) == (5, 2, 2)


def test_every_source_is_told_apart() -> None:
    """Case: two sources of one metric; a metric without samples has none."""
    table = together(hours("5 5", source="x"), hours("5 5 5", source="y"))
    found = extents("price_output", table.columns("price_output"))
    assert [(each.source, each.bars) for each in found] == [("x", 2), ("y", 3)]
    assert list(extents("tokens", table.columns("tokens"))) == []
