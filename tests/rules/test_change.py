"""Changes against a reference, exactly as section 5 of the contract of rules says."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.tables import days, hours, told, transitions

FALLS, RISES = "watch: price_output\nfalls: 20%", "watch: price_output\nrises: 20%"


@pytest.mark.parametrize(
    "prices", ["1 0.8", "5 4", "2.5 2", "15 12", "0.1 0.08", "0.3 0.24", "7 5.6", "1.1 0.88", "3.3 2.64", "0.7 0.56"]
)
def test_a_cut_of_exactly_a_fifth_counts(prices: str) -> None:
    """Reaching the amount is enough, whatever binary numbers make of it."""
    assert told(FALLS, hours(prices), "hour") == ["1 firing a"]


@pytest.mark.parametrize("prices", ["1 1.2", "5 6", "0.1 0.12", "3 3.6", "0.7 0.84", "1.1 1.32"])
def test_a_rise_of_exactly_a_fifth_counts(prices: str) -> None:
    """The same the other way."""
    assert told(RISES, hours(prices), "hour") == ["1 firing a"]


@given(st.integers(1, 10**9), st.integers(1, 99), st.booleans())
def test_prices_are_compared_as_decimals(millionths: int, part: int, exactly: bool) -> None:
    """A cut by any whole per cent of any price of six digits is that cut; a ten-millionth less is not."""
    before = Decimal(millionths) / 10**6
    after = before * (100 - part) / 100 + (0 if exactly else before / 10**7)
    rule = f"watch: price_output\nfalls: {part}%"
    assert bool(told(rule, hours(f"{before} {after}"), "hour")) is exactly


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ("falls: 20%", "1 0.81", []),
        ("falls: 20%", "1 0.9 0.8", []),
        ("falls: 20%", "1 2", []),
        ("falls: 20%", "1 0", ["1 firing a"]),
        ("rises: 20%", "0 1", ["1 firing a"]),
        ("falls: 20%", "0 1", []),
        ("rises: 20%", "0 0", []),
        ("falls: 20%", "0 0", []),
        ("rises: 300%", "1 4", ["1 firing a"]),
        ("falls: 20%", "2 1 1", ["1 firing a"]),
        ("falls: 20%", "4 3 2 2 1", ["1 firing a", "2 firing a", "4 firing a"]),
        ("moves: 20%", "2 1 2 2", ["1 firing a", "2 firing a"]),
        ("falls: 20%\nagainst: 1h ago", "4 3 2", ["1 firing a", "2 firing a"]),
        ("falls: 20%\nagainst: 2h ago", "4 4 3 2 2", ["2 firing a"]),
        ("falls: 20%\nfor: 2 bars", "4 3 2 2 1 1", ["2 firing a", "3 resolved a"]),
        ("falls: 20%\nfor: 2 of 3 bars", "9 6 6 4 4 4", ["3 firing a", "4 resolved a"]),
        ("falls: 20%\nkeep_firing_for: 2h", "4 3 2 2 2 2", ["1 firing a", "5 resolved a"]),
        ("falls: 20%\nlevels: {critical: 40%}", "4 3 1 1", ["1 firing a", "2 level a", "3 resolved a"]),
        ("all_of: [{falls: 20%}, {below: 4}]", "5 4 3 2", ["2 firing a", "3 firing a"]),
        ("all_of: [{falls: 20%}, {below: 4}]\nfor: 2 bars", "5 4 3 2 2", ["3 firing a", "4 resolved a"]),
        ("any_of: [{falls: 20%}, {above: 9}]", "4 3 2 2", ["1 firing a", "3 resolved a"]),
        ("falls: 20%", "2 - 1", []),
        ("falls: 20%", "2 ? 1", ["2 firing a"]),
    ],
)
def test_against_the_previous_bar(rule: str, values: str, expected: list[str]) -> None:
    """From zero and to zero are moves; what was gone a bar ago has no reference; a price holds until the next look.

    Each move is an episode of its own, unless the rule says how long it holds or when it ends.
    """
    assert told(f"watch: price_output\n{rule}", hours(values), "hour") == expected


@pytest.mark.parametrize(
    ("against", "values", "expected"),
    [
        ("2d ago", "10 9 8", ["2 firing a"]),
        ("2d ago", "10 8 9", []),
        ("7d ago", "10 8", []),
        ("mean of 3d", "9 10 11 8", ["3 firing a"]),
        ("mean of 3d", "9 10 8", []),
        ("median of 3d", "1 10 11 8", ["3 firing a"]),
        ("max of 2d", "10 1 8", ["2 firing a"]),
        ("min of 2d", "10 9 7.3 5.84", ["3 firing a"]),
        ("mean of 2d", "10 ? 10 8 8", []),
    ],
)
def test_against_others(against: str, values: str, expected: list[str]) -> None:
    """A value some time ago, or all of the window before this bar; unknown where the window is."""
    assert told(f"watch: tokens\nfalls: 20%\nagainst: {against}", days(values)) == expected


@pytest.mark.parametrize(
    ("option", "values", "expected"),
    [
        ("floor: 5", "4 1", []),
        ("floor: 5", "5 1", ["1 firing a"]),
        ("min_change: 2", "4 3", []),
        ("min_change: 2", "4 2", ["1 firing a"]),
        ("min_change: 2\nfloor: 5", "4 2", []),
    ],
)
def test_floor_and_least_change(option: str, values: str, expected: list[str]) -> None:
    """Both must hold as well; reaching them counts."""
    assert told(f"watch: tokens\nfalls: 20%\n{option}", days(values)) == expected


def test_points_are_a_difference_of_shares() -> None:
    """From 40 % to 35 % are five points, and an eighth."""
    table = days({"a": "40 35", "b": "60 65"})
    assert told('watch: share(tokens, by="model")\nfalls: 5 points', table) == ["1 firing a"]
    assert told('watch: share(tokens, by="model")\nfalls: 5.1 points', table) == []
    assert told('watch: share(tokens, by="model")\nfalls: 12.5%', table) == ["1 firing a"]


def test_what_is_negative_is_unknown() -> None:
    """A difference has no part: neither a negative value nor a negative reference is judged."""
    rule = 'watch: tokens(model="a") - tokens(model="b")\nfalls: 20%'
    assert told(rule, days({"a": "5 1", "b": "1 2"})) == []
    assert told(rule, days({"a": "1 1", "b": "2 9"})) == []
    assert told(rule, days({"a": "5 3", "b": "1 2"})) == ["1 firing"]


def test_the_numbers_told_are_those_compared() -> None:
    """Value and reference of the bar that fired."""
    (found,) = transitions("watch: tokens\nrises: 20%\nagainst: 2d ago", days("10 1 12"))
    assert (found.value, found.reference) == (12.0, 10.0)


def test_months_are_compared_with_the_month_before() -> None:
    """However long it was: March with February, not with January."""
    values = " ".join(["1"] * 59 + ["2"] * 31)  # 2026: January and February, then March
    table = days(values, start=1767225600)
    (found,) = transitions("watch: tokens\nrises: 100%", table, "month")
    assert (found.value, found.reference) == (62.0, 28.0)
