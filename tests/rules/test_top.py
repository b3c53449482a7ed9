"""Ranking: who enters and leaves the first n, ties, absences, what is not known."""

from __future__ import annotations

import pytest

from tests.rules.tables import days, hours, told, transitions

ENTERS, LEAVES = "watch: tokens\nenters_top: 1", "watch: tokens\nleaves_top: 1"


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("1 3", "2 2", ["1 firing a"]),
        ("3 3", "2 2", []),
        ("1 3 1", "2 2 2", ["1 firing a", "2 resolved a", "2 firing b"]),
        ("1 2 1", "2 2 2", ["1 firing a", "2 resolved a", "2 firing b"]),
        ("- 3", "2 2", ["1 firing a"]),
        ("- 1", "2 2", []),
        ("3 - 3", "2 2 2", ["1 firing b", "2 firing a", "2 resolved b"]),
        ("1 ? 3", "2 ? 2", ["2 firing a"]),
        ("? 3", "? 2", []),
    ],
)
def test_enters(ours: str, theirs: str, expected: list[str]) -> None:
    """From outside, be it from not being listed; the first bar is the baseline; ties go by labels."""
    assert told(ENTERS, days({"a": ours, "b": theirs})) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("3 1", "2 2", ["1 firing a"]),
        ("1 1", "2 2", []),
        ("3 -", "2 2", ["1 firing a"]),
        ("3 - 3", "2 2 2", ["1 firing a", "2 resolved a", "2 firing b"]),
        ("3 ? 1", "2 ? 2", ["2 firing a"]),
        ("3 2", "2 2", []),
    ],
)
def test_leaves(ours: str, theirs: str, expected: list[str]) -> None:
    """The other way round; not being listed any more is outside."""
    assert told(LEAVES, days({"a": ours, "b": theirs})) == expected


def test_the_numbers_told() -> None:
    """The value, and how many places there are."""
    (found,) = transitions("watch: tokens\nenters_top: 2", days({"a": "1 5", "b": "2 2", "c": "3 3"}))[:1]
    assert (found.labels.get("model"), found.value, found.reference) == ("a", 5.0, 2.0)


def test_the_rest_row_has_no_place() -> None:
    """`other` is the largest of all and takes nobody's place."""
    assert told(ENTERS, days({"a": "1 3", "b": "2 2", "other": "99 99"})) == ["1 firing a"]


def test_each_source_has_its_own_ranking() -> None:
    """Nobody is outranked by what another source shows."""
    table = hours({"a": "3 1", "b": "2 2"})
    other = hours({"a": "9 9", "b": "8 8"}, source="r")
    both = type(table)((*table.rows, *other.rows), (*table.words, *other.words))
    assert told("watch: price_output\nenters_top: 1", both, "hour") == ["1 firing b"]


def test_who_is_unknown_may_be_the_first() -> None:
    """While a member's quotient is unknown, nobody is known to be first; who was certainly behind is outside."""
    rule = 'watch: tokens / ago(tokens, "1d")\nenters_top: 1'
    table = days({"a": "1 2 4 8", "b": "1 3 0 0", "c": "4 4 4 4"})  # 2, 2, 2; 3, 0, unknown; 1, 1, 1
    assert told(rule, table) == ["2 firing a"]
    table = days({"a": "1 2 2 4", "b": "1 0 0 0", "c": "1 1 1 1"})  # 2, 1, 2; 0, unknown, unknown; 1, 1, 1
    assert told('watch: tokens / ago(tokens, "1d")\nleaves_top: 1', table) == []


def test_top_of_an_expression() -> None:
    """Who is not among the n largest adds nothing to a sum over them, and is no member of them."""
    table = days({"deepseek/a": "5 1 5", "openai/c": "3 3 3", "google/d": "2 2 2"})
    found = transitions('watch: sum(top(2, tokens), by="vendor")\nbelow: 1', table)
    assert [(each.labels.get("vendor"), each.kind.value, each.value) for each in found] == [
        ("google", "firing", 0.0),
        ("deepseek", "firing", 0.0),
        ("google", "resolved", 2.0),
        ("deepseek", "resolved", 5.0),
        ("google", "firing", 0.0),
    ]
    assert told("watch: top(2, tokens)\nappears: true", table) == ["1 firing google/d"]


def test_a_newcomer_was_not_nothing_before() -> None:
    """Who was never listed is no zero among the first: its first bar only arms."""
    table = days({"deepseek/a": "3 3 3", "google/d": "- 9 9"})
    assert told('watch: sum(top(1, tokens), by="vendor")\ncrosses_above: 4', table) == []
    assert told('watch: count(tokens, by="vendor")\ncrosses_above: 0', table) == []
    back = days({"deepseek/a": "3 3 3", "google/d": "9 - 9"})
    assert told('watch: sum(top(1, tokens), by="vendor")\ncrosses_above: 4', back) == ["2 firing google"]


def test_rank_is_a_number_like_others() -> None:
    """1 is the largest; without a value there is no place."""
    table = days({"a": "5 1 -", "b": "3 3 3", "c": "1 2 2"})
    found = transitions("watch: rank(tokens)\nabove: 2", table)
    assert [(each.labels.get("model"), each.kind.value, each.value) for each in found] == [
        ("c", "firing", 3.0),
        ("a", "firing", 3.0),
        ("c", "resolved", 2.0),
    ]
    assert told('watch: rank(tokens, by="origin")\nbelow: 2', days({"deepseek/a": "5 1", "openai/c": "3 3"})) == [
        "0 firing CN",
        "1 resolved CN",
        "1 firing US",
    ]
