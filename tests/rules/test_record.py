"""Records: beyond every earlier value of a span."""

from __future__ import annotations

import pytest

from tests.rules.tables import days, hours, told, transitions


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ("new_high: all", "3 4 4 5 2 6", ["1 firing a", "3 firing a", "5 firing a"]),
        ("new_high: all", "3 3 3", []),
        ("new_high: all", "3 ? 4", ["2 firing a"]),
        ("new_high: all", "3 - 2 4", ["3 firing a"]),
        ("new_low: all", "3 2 2 1", ["1 firing a", "3 firing a"]),
        ("new_low: all", "3 0 0", ["1 firing a"]),
        ("new_high: 2d", "5 3 4 3 3 4", ["5 firing a"]),
        ("new_high: 3d", "5 3 4 4.5", []),
        ("new_high: 3d", "5 3 4 4.5 4.6", ["4 firing a"]),
        ("new_low: 2d", "1 3 2 2.5 1.5", ["4 firing a"]),
        ("new_high: 2d", "1 2", ["1 firing a"]),
    ],
)
def test_records(rule: str, values: str, expected: list[str]) -> None:
    """Equal is no record, the first value is none, each is an event of its own; a span forgets what lies before it."""
    assert told(f"watch: tokens\n{rule}", days(values)) == expected


def test_the_old_record_is_told() -> None:
    """The reference is what was beaten."""
    found = transitions("watch: tokens\nnew_high: all", days("3 2 4 6"))
    assert [(each.value, each.reference) for each in found] == [(4.0, 3.0), (6.0, 4.0)]


def test_records_of_prices_that_hold() -> None:
    """A level between looks is there in every bar of the span, also where no row is kept for it."""
    values = "5 3 3 3 3 3 4 4"
    assert told("watch: price_output\nnew_high: 5h", hours(values), "hour") == ["6 firing a"]
    assert told("watch: price_output\nnew_high: 6h", hours(values), "hour") == []


def test_a_week_listed_in_part_is_no_doubtful_record() -> None:
    """A low sum of the days that are listed is no record low while the others may have been as high as the rest."""
    table = days(
        {
            "a": "5 5 5 5 5 5 5  5 5 5 5 5 5 -",
            "b": "4 4 4 4 4 4 4  4 4 4 4 4 4 6",
            "other": "9 9 9 9 9 9 9 9 9 9 9 9 9 9",
        }
    )
    assert told('watch: tokens(model="a")\nnew_low: all', table, "week") == []
