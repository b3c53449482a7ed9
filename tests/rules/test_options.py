"""Options around a condition: levels, overrides, absence, m of n bars, until, after, gaps; as tables."""

from __future__ import annotations

import pytest

from monitor.backtest import backtest
from monitor.model.transition import Transition
from monitor.rules.load import load
from tests.laws.history import Table
from tests.laws.passes import catalogued
from tests.rules.tables import days, hours, said, told, transitions


def levels(rule: str, table: Table, every: str = "day") -> list[str]:
    """As `told`, with the level of each."""
    return [f"{said(each, every)}: {each.level}" for each in transitions(rule, table, every)]


LEVELS = "watch: tokens\nabove: 2\nlevels: {warning: 4, critical: 6}"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("1 3 1", ["1 firing a: ", "2 resolved a: "]),
        ("1 7 7", ["1 firing a: critical"]),
        ("1 3 5 7 3", ["1 firing a: ", "2 level a: warning", "3 level a: critical", "4 level a: "]),
        (
            "1 5 ? 7 1 5",
            ["1 firing a: warning", "3 level a: critical", "4 resolved a: critical", "5 firing a: warning"],
        ),
    ],
)
def test_levels_rise_at_once_and_fall_when_their_amount_is_no_longer_reached(values: str, expected: list[str]) -> None:
    """The mildest is the rule's own; unknown bars change nothing; a new episode starts afresh."""
    assert levels(LEVELS, days(values)) == expected


def test_a_level_falls_by_its_own_clear() -> None:
    """Critical from 6 on and until below 3, whatever lies between."""
    rule = "watch: tokens\nabove: 2\nlevels: {critical: {at: 6, clear: {below: 4}}}"
    assert levels(rule, days("1 7 5 7 3.5 7")) == [
        "1 firing a: critical",
        "4 level a: ",
        "5 level a: critical",
    ]


def test_a_level_of_a_crossing_is_one_of_the_way_that_it_crossed() -> None:
    """Below 5 it fires, below 2 it becomes critical."""
    rule = "watch: tokens\ncrosses_below: 5\nlevels: {warning: 5, critical: 2}"
    assert levels(rule, days("6 4 1 4 6")) == [
        "1 firing a: warning",
        "2 level a: critical",
        "3 level a: warning",
        "4 resolved a: warning",
    ]


def test_overrides_are_other_amounts_for_some_members() -> None:
    """The first that matches counts, by catalogue labels and globs; what it does not say is as in the rule."""
    table = days({"deepseek/a": "3", "deepseek/b": "3", "openai/c": "3", "google/d": "5"})
    rule = (
        "watch: tokens\nabove: 4\n"
        "overrides: [{match: {model: '*/b'}, above: 9}, {match: {vendor: [deepseek, openai]}, above: 2}]"
    )
    assert told(rule, table) == ["0 firing deepseek/a", "0 firing google/d", "0 firing openai/c"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("absent: keep", ["0 firing a"]),
        ("absent: ok", ["0 firing a", "1 resolved a", "4 firing a"]),
        ("absent: ok\nabsent_for: 2 bars", ["0 firing a", "2 resolved a", "4 firing a"]),
    ],
)
def test_who_is_missing_keeps_firing_or_is_well(policy: str, expected: list[str]) -> None:
    """Missing from a good snapshot; a bar without an answer is no absence."""
    assert told(f"watch: tokens\nabove: 5\n{policy}", days({"a": "6 - - ? 6", "b": "1 1 1 ? 1"})) == expected


def test_who_is_missing_can_fire() -> None:
    """From the second bar on that good snapshots do not show it, until it is there again."""
    table = days({"a": "6 - - 6", "b": "6 6 6 6"})
    rule = "watch: tokens\nbelow: 5\nabsent: fire\nabsent_for: 2 bars"
    assert told(rule, table) == ["2 firing a", "3 resolved a"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("1 6 1 6 1 1", [(1, 3, "firing"), (1, 4, "resolved")]),
        ("1 6 1 1 6 1", []),
        ("6 6 1 1 1", [(0, 1, "firing"), (0, 3, "resolved")]),
        ("6 ? 6 1 1", [(0, 2, "firing"), (0, 4, "resolved")]),
        ("6 ? ? 6 6", [(3, 4, "firing")]),
    ],
)
def test_two_of_three_bars(values: str, expected: list[tuple[int, int, str]]) -> None:
    """(first bar of the episode, bar, what): an unknown bar counts for neither side."""
    start = transitions("watch: tokens\nabove: 0\n", days("1"))[0].valid_at
    found = transitions("watch: tokens\nabove: 5\nfor: 2 of 3 bars", days(values))
    assert [
        ((each.episode - start) // 86400, (each.valid_at - start) // 86400, each.kind) for each in found
    ] == expected


def test_a_rule_that_has_ended_tells_no_more_and_leaves_nothing_open() -> None:
    """2026-01-06 is the second day: from the third on nothing is true."""
    assert told("watch: tokens\nabove: 5\nuntil: 2026-01-06", days("6 6 6 1 6")) == ["0 firing a", "2 resolved a"]
    assert told("watch: tokens\nabove: 5\nuntil: 2026-01-06", days("1 1 6")) == []


AFTER = """
groups:
  - name: g
    every: day
    rules:
      - alert: Then
        watch: tokens
        above: 5
        after: {alert: First, within: 3d, same: %s}
      - alert: First
        watch: tokens
        crosses_below: 2
"""


def after(same: str, table: Table) -> list[str]:
    """What both alerts tell."""
    loaded = load([("r.yaml", AFTER % same)])
    assert not loaded.problems
    found: list[Transition] = backtest(table, loaded.rules, catalogued())
    return [f"{each.alert} {said(each, 'day')}" for each in found if each.alert == "Then" and each.kind == "firing"]


def test_only_soon_after_another_alert() -> None:
    """Within three days of the bar in which the other fired, of the same member or of whomever."""
    table = days({"deepseek/a": "6 1 6 6 6 6 6", "openai/c": "1 1 6 1 1 1 6", "deepseek/b": "1 1 1 6 1 1 1"})
    assert after("model", table) == ["Then 2 firing deepseek/a", "Then 6 firing openai/c"]
    assert after("vendor", table) == [
        "Then 2 firing deepseek/a",
        "Then 3 firing deepseek/b",
        "Then 6 firing openai/c",
    ]
    assert after("vendor", days({"deepseek/a": "6 1 1 1 1 6"})) == []
    assert after("[]", table) == [
        "Then 2 firing deepseek/a",
        "Then 2 firing openai/c",
        "Then 3 firing deepseek/b",
        "Then 6 firing openai/c",
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ["5 firing a from 0"]),
        ("gap: fire", ["5 firing a"]),
        ("gap: ignore", []),
        ("max_gap: 4 bars", ["5 firing a"]),
        ("max_gap: 2d\ngap: flag", ["5 firing a from 0"]),
    ],
)
def test_a_crossing_over_more_unknown_bars_than_may_be(options: str, expected: list[str]) -> None:
    """Four bars without an answer lie between; three may, unless more are allowed."""
    found = transitions(f"watch: tokens\ncrosses_above: 5\n{options}".strip(), days("1 ? ? ? ? 6 6"))
    start = transitions("watch: tokens\nabove: 0", days("1"))[0].valid_at
    marks = [f" from {(each.gap_from - start) // 86400}" if each.gap_from else "" for each in found]
    assert [f"{said(each, 'day')}{mark}" for each, mark in zip(found, marks, strict=True)] == expected


def test_after_an_ignored_gap_it_is_armed_anew() -> None:
    """The side it came back on is the one it starts from."""
    rule = "watch: tokens\ncrosses_above: 5\ngap: ignore"
    assert told(rule, days("1 ? ? ? ? 6 1 6")) == ["7 firing a"]
    assert told(rule, days("1 ? ? ? 6")) == ["4 firing a"]


def test_a_level_has_no_gap_of_its_own() -> None:
    """A price is the same until it is seen to move, however long nobody looked."""
    found = transitions("watch: price_output\ncrosses_above: 5", hours("1 ? ? ? ? ? ? 6"), "hour")
    assert [each.gap_from for each in found] == [0]


def test_whoever_passes_anybody() -> None:
    """One instance a pair; both over the floor; touching, and who comes from under the floor, pass nobody."""
    table = days({"deepseek/a": "3 3 5 5 2", "openai/c": "4 3 3 6 6", "google/d": "1 1 9 9 9"})
    found = transitions("watch: tokens\novertakes: {floor: 3}", table)
    names = [(said(each, "day").split()[0], each.labels.get("model"), each.labels.get("over_model")) for each in found]
    assert names == [("2", "deepseek/a", "openai/c"), ("3", "deepseek/a", "openai/c"), ("3", "openai/c", "deepseek/a")]
    assert [each.kind.value for each in found] == ["firing", "resolved", "firing"]
    assert found[0].joined.get("over_vendor") == "openai"
    assert (found[0].value, found[0].reference) == (5, 3)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("all_of: [{above: 5}, {rises: 50%}]", ["1 firing a", "3 firing a"]),
        ("any_of: [{above: 11}, {below: 2}]", ["0 firing a", "1 resolved a", "3 firing a"]),
        ("none_of: [{above: 11}, {below: 2}]", ["1 firing a", "3 resolved a"]),
        ("all_of: [{above: 1}, {any_of: [{above: 11}, {below: 7}]}]", ["1 firing a", "2 resolved a", "3 firing a"]),
        ("all_of: [{new_high: all}, {above: 7}]", ["2 firing a", "3 firing a"]),
    ],
)
def test_joined_conditions(rule: str, expected: list[str]) -> None:
    """Over 1, 6, 8, 12."""
    assert told(f"watch: tokens\n{rule}", days("1 6 8 12")) == expected


def test_unknown_parts_leave_open_what_the_others_do_not_decide() -> None:
    """Kleene: of a change against an unknown bar nothing is known; a false part makes `all_of` false all the same."""
    assert told("watch: tokens\nall_of: [{above: 5}, {rises: 50%}]\nkeep_firing_for: 1d", days("1 6 ? 7 1 1")) == [
        "1 firing a",
        "5 resolved a",
    ]
    assert told("watch: tokens\nany_of: [{above: 5}, {rises: 50%}]", days("1 6 ? 7 1")) == [
        "1 firing a",
        "4 resolved a",
    ]
