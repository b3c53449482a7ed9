"""Crossings, exactly as section 5 of the contract of rules says."""

from __future__ import annotations

import pytest

from tests.rules.tables import days, hours, told, transitions

ABOVE, BELOW, EITHER = "watch: tokens\ncrosses_above: 5", "watch: tokens\ncrosses_below: 5", "watch: tokens\ncrosses: 5"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("4 6", ["1 firing a"]),
        ("6 7", []),
        ("5 6", []),
        ("4 5 4", []),
        ("4 5 6", ["2 firing a"]),
        ("4 5 5 5 6", ["4 firing a"]),
        ("4 6 7 8", ["1 firing a"]),
        ("4 6 5 6", ["1 firing a"]),
        ("4 6 4", ["1 firing a", "2 resolved a"]),
        ("4 6 5 4 6", ["1 firing a", "3 resolved a", "4 firing a"]),
        ("6 4 6", ["2 firing a"]),
        ("4 ? 6", ["2 firing a"]),
        ("4 ? ? 5 ? 6", ["5 firing a"]),
        ("? 6", []),
        ("0 6", ["1 firing a"]),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_crosses_above(values: str, expected: list[str]) -> None:
    """Only from below to above; touching, equality and the first bar do not; a slow pass does once."""
    assert told(ABOVE, days(values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("6 4", ["1 firing a"]),
        ("4 3", []),
        ("6 5 6", []),
        ("6 5 4", ["2 firing a"]),
        ("6 4 5 4", ["1 firing a"]),
        ("6 4 5 6 4", ["1 firing a", "3 resolved a", "4 firing a"]),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_crosses_below_is_the_mirror_image(values: str, expected: list[str]) -> None:
    """The same rules the other way round."""
    assert told(BELOW, days(values)) == expected


def test_crosses_tells_either_way_each_time() -> None:
    """Every change of side is an event of its own, and none of them ends."""
    assert told(EITHER, days("4 6 5 4 4 5 6")) == ["1 firing a", "3 firing a", "6 firing a"]


@pytest.mark.parametrize(
    ("margin", "values", "expected"),
    [
        ("1", "4 6", []),
        ("1", "4 6 6.5", []),
        ("1", "3 6 6.5", ["2 firing a"]),
        ("1", "3 7 5.5 4 3.9", ["1 firing a", "4 resolved a"]),
        ("20%", "3 6", []),
        ("20%", "3 6.1", ["1 firing a"]),
        ("20%", "4 6.1", []),
    ],
)
def test_margin(margin: str, values: str, expected: list[str]) -> None:
    """A side is one only beyond the margin, an amount or a part of the reference; exactly on it is not beyond."""
    assert told(f"{ABOVE}\nmargin: {margin}", days(values)) == expected


def test_the_margin_is_exact_for_decimals() -> None:
    """7.07 is 1 % above 7, not more, whatever binary numbers make of it; a ratio of 1.2 to 0.1 is 12."""
    assert told("watch: price_output\ncrosses_above: 7\nmargin: 1%", hours("6 7.07"), "hour") == []
    ratio = 'watch: price_output(model="a") / price_output(model="b")\ncrosses_above: 12'
    assert told(ratio, hours({"a": "1.1 1.2 1.3 1.2 1.1", "b": "0.1 0.1 0.1 0.1 0.1"}), "hour") == [
        "2 firing",
        "4 resolved",
    ]


def test_against_an_expression() -> None:
    """The reference moves too; the numbers compared are those of the bar."""
    rule = 'watch: tokens(model="a")\ncrosses_above: tokens(model="b")'
    found = transitions(rule, days({"a": "1 2 3 4", "b": "2 2 2 9"}))
    assert [(each.value, each.reference) for each in found] == [(3.0, 2.0), (4.0, 9.0)]


def test_each_member_has_its_own_side() -> None:
    """One rule over many series is one instance each."""
    assert told(ABOVE, days({"a": "4 6 6", "b": "6 4 6"})) == ["1 firing a", "2 firing b"]


def test_a_member_against_one_of_all() -> None:
    """One reference goes with every watched member, also while only one other member is known."""
    rule = 'watch: tokens\ncrosses_above: tokens(model="b")'
    assert told(rule, days({"a": "1 3", "b": "2 2"})) == ["1 firing a"]
    assert told(rule, days({"a": "1 3 1", "b": "2 2 2", "c": "- 1 3"})) == ["1 firing a", "2 resolved a", "2 firing c"]
