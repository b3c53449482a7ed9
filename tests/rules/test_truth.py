"""Three-valued truth, and what a cut-off list leaves open (section 8)."""

from __future__ import annotations

import pytest

from tests.rules.tables import days, told, transitions


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ("above: 5", "5 6 5", ["1 firing a", "2 resolved a"]),
        ("above: 5", "6", ["0 firing a"]),
        ("below: 5", "5 4 5", ["1 firing a", "2 resolved a"]),
        ("above: 5", "6 ? 6", ["0 firing a"]),
        ("above: 5", "6 ? 4", ["0 firing a", "2 resolved a"]),
        ("above: 5", "? ?", []),
        ("below: 5", "6 - 4", ["2 firing a"]),
        ("below: 5", "4 - 6", ["0 firing a", "2 resolved a"]),
        ("above: 0", "0 1 0", ["1 firing a", "2 resolved a"]),
    ],
)
def test_thresholds(rule: str, values: str, expected: list[str]) -> None:
    """Beyond, not at; what is unknown or not listed neither fires nor clears."""
    table = days({"a": values, "b": " ".join("?" if each == "?" else "9" for each in values.split())})
    assert [each for each in told(f"watch: tokens\n{rule}", table) if each.endswith("a")] == expected


def test_absent_from_a_cut_off_list_is_below_the_smallest_listed() -> None:
    """Never zero: below 3 is true where the smallest listed is 2, and unknown where it is 4."""
    rule = "watch: tokens\nbelow: 3"
    table = days({"a": "5 - -", "b": "9 4 2", "other": "1 1 1"})
    assert told(rule, table) == ["2 firing a", "2 firing b"]


def test_without_a_rest_row_absent_says_nothing() -> None:
    """A complete list has no bound: its absent member is unknown."""
    table = days({"a": "5 - -", "b": "9 4 2"})
    assert told("watch: tokens\nbelow: 3", table) == ["2 firing b"]


def test_a_member_has_no_bound_before_it_was_first_listed() -> None:
    """Who was never listed did not cross from below; its first bar only arms."""
    table = days({"a": "- - 5 6", "b": "2 2 2 2", "other": "1 1 1 1"})
    assert told("watch: tokens\ncrosses_above: 3", table) == []


def test_coming_back_to_a_cut_off_list_is_a_crossing() -> None:
    """While it was not listed it was below the smallest listed, so it comes from below; it left downwards before."""
    table = days({"a": "5 - 5", "b": "2 2 2", "other": "1 1 1"})
    assert told("watch: tokens\ncrosses_above: 3", table) == ["2 firing a"]
    (found,) = [each for each in transitions("watch: tokens\ncrosses_below: 3", table) if each.kind == "firing"]
    assert found.value != found.value


def test_a_bar_in_doubt_confirms_nothing() -> None:
    """Not listed, at most 4, against 3: neither side. A crossing that must hold two bars waits for the next."""
    rule = "watch: tokens\ncrosses_above: 3\nfor: 2 bars"
    table = days({"a": "1 5 - 5", "b": "4 4 4 4", "other": "1 1 1 1"})
    assert told(rule, table) == ["3 firing a"]
    below = days({"a": "1 5 - 5", "b": "2 2 2 2", "other": "1 1 1 1"})
    assert told(rule, below) == []


def test_a_share_of_what_is_not_listed_is_bounded() -> None:
    """8.4: below 10 % is true if the bound is below 10 %, otherwise unknown."""
    rule = 'watch: share(tokens, by="vendor")\nbelow: 10%'
    near = days({"deepseek/a": "20 -", "openai/c": "30 30", "google/d": "20 20", "other": "30 30"})
    assert told(rule, near) == []
    far = days({"deepseek/a": "20 -", "openai/c": "30 30", "google/d": "20 5", "other": "30 65"})
    assert told(rule, far) == ["1 firing deepseek", "1 firing google"]


def test_a_group_is_bounded_by_all_of_its_members() -> None:
    """Two models that are not listed can have twice the smallest listed."""
    rule = 'watch: sum(tokens, by="vendor")\nbelow: 5'
    table = days({"deepseek/a": "20 -", "deepseek/b": "20 -", "openai/c": "3 3", "other": "9 9"})
    assert told(rule, table) == ["0 firing openai"]
    table = days({"deepseek/a": "20 -", "deepseek/b": "20 -", "openai/c": "2 2", "other": "9 9"})
    assert told(rule, table) == ["0 firing openai", "1 firing deepseek"]


def test_what_is_listed_is_added_up() -> None:
    """A group of which one member is listed counts that one."""
    table = days({"deepseek/a": "4 4", "deepseek/b": "3 -", "openai/c": "2 2", "other": "9 9"})
    found = transitions('watch: sum(tokens, by="vendor")\nbelow: 5', table)
    assert [(each.labels.get("vendor"), each.value) for each in found] == [("openai", 2.0), ("deepseek", 4.0)]


def test_a_week_that_lists_a_member_on_some_days_only() -> None:
    """Its other days are each at most the smallest listed: 5 days of 10, and 2 of at most 1, are between 50 and 52."""
    table = days({"a": "10 10 10 10 10 - -", "b": "1 1 1 1 1 1 1", "other": "9 9 9 9 9 9 9"})
    assert told('watch: tokens(model="a")\nabove: 49', table, "week") == ["0 firing a"]
    assert told('watch: tokens(model="a")\nabove: 51', table, "week") == []
    assert told('watch: tokens(model="a")\nbelow: 51', table, "week") == []
    assert told('watch: tokens(model="a")\nbelow: 53', table, "week") == ["0 firing a"]


def test_bounds_count_for_the_reference_too() -> None:
    """The listed one overtakes the other that dropped off the list, as that is below the smallest listed."""
    table = days({"a": "3 3", "b": "5 -", "c": "2 2", "other": "9 9"})
    rule = 'watch: tokens(model="a")\ncrosses_above: tokens(model="b")'
    assert told(rule, table) == ["1 firing a"]
    close = days({"a": "3 3", "b": "5 -", "c": "4 4", "other": "9 9"})
    assert told(rule, close) == []


def test_a_change_is_told_only_if_the_bounds_leave_no_doubt() -> None:
    """From 10 to at most 2 is a fall of 80 % at least; from 10 to at most 9 may be none of 20 %."""
    rule = 'watch: tokens(model="a")\nfalls: 80%'
    assert told(rule, days({"a": "10 -", "b": "2 2", "other": "9 9"})) == ["1 firing a"]
    assert told(rule, days({"a": "10 -", "b": "2.1 2.1", "other": "9 9"})) == []
    assert told(rule, days({"a": "10 -", "b": "2 2"})) == []
    back = 'watch: tokens(model="a")\nrises: 100%'
    assert told(back, days({"a": "9 - 4", "b": "2 2 2", "other": "9 9 9"})) == ["2 firing a"]
    assert told(back, days({"a": "9 - 3.9", "b": "2 2 2", "other": "9 9 9"})) == []


def test_the_rest_row_counts_in_the_whole_but_is_no_member() -> None:
    """Shares are of everything; `other` itself is never watched."""
    table = days({"a": "40", "b": "10", "other": "50"})
    found = transitions('watch: share(tokens, by="model")\nabove: 0%', table)
    assert [(each.labels.get("model"), each.value) for each in found] == [("a", 0.4), ("b", 0.1)]
    found = transitions('watch: share(tokens, by="model", of="identified")\nabove: 0%', table)
    assert [(each.labels.get("model"), each.value) for each in found] == [("a", 0.8), ("b", 0.2)]
    assert told("watch: tokens\nabove: 0", table) == ["0 firing a", "0 firing b"]


def test_dividing_by_zero_is_unknown() -> None:
    """It neither fires nor clears."""
    rule = 'watch: tokens(model="a") / tokens(model="b")\nabove: 2'
    assert told(rule, days({"a": "6 6 6", "b": "1 0 6"})) == ["0 firing", "2 resolved"]


def test_one_unknown_member_makes_its_group_unknown() -> None:
    """A quotient that is unknown is not nothing: the sum over it says nothing either."""
    rule = 'watch: sum(tokens / ago(tokens, "1d"))\nabove: 0'
    assert told(rule, days({"a": "1 1 1", "b": "2 0 2"})) == ["1 firing"]
