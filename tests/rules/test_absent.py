"""`absent`: of whom nothing is learnt any more, for whatever reason."""

from __future__ import annotations

import math

import pytest

from tests.rules.tables import days, hours, told, transitions


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("5 - - 5", ["2 firing a", "3 resolved a"]),
        ("5 ? ? ? 5", ["2 firing a", "4 resolved a"]),
        ("5 - ? 5", ["2 firing a", "3 resolved a"]),
        ("5 - 5 - 5", []),
        ("- - 5 5", []),
    ],
)
def test_two_days_of_a_flow(values: str, expected: list[str]) -> None:
    """Not listed, or no answer at all; who was never there is not missing."""
    other = " ".join("?" if value == "?" else "1" for value in values.split())
    found = told("watch: tokens\nabsent: 2d", days({"a": values, "b": other}))
    assert [each for each in found if each.endswith("a")] == expected


def test_a_price_is_learnt_anew_by_every_look() -> None:
    """That it stays the same is no absence; that it is gone, or that looks are too old, is."""
    assert told("watch: price_output\nabsent: 2 bars", hours({"a": "1 1 1 1 1", "b": "1 2 2 2 2"}), "hour") == []
    gone = hours({"a": "1 - - - 1", "b": "1 2 2 2 2"})
    assert told("watch: price_output\nabsent: 2 bars", gone, "hour") == ["2 firing a", "4 resolved a"]
    stale = hours({"a": "1 ? ? ? ? ? 1"}, stale=7200)
    assert told("watch: price_output\nabsent: 2 bars", stale, "hour") == ["4 firing a", "6 resolved a"]


def test_it_says_what_was_known_last() -> None:
    """The reference is the last value."""
    (found,) = transitions("watch: tokens\nabsent: 1 bar", days({"a": "5 7 -", "b": "1 1 1"}))
    assert found.reference == 7.0
    assert math.isnan(found.value)
