"""From verdicts to episodes: pending, firing, recovering; and what bars of which nothing is known change: nothing."""

from __future__ import annotations

import pytest

from monitor.model.transition import Phase
from tests.laws.passes import Record, as_known, compiled, further
from tests.rules.tables import DAY, MONDAY, days, told, transitions

RULE = "watch: tokens\nabove: 5\n"
# 6 is true, 4 is false, ? is unknown


@pytest.mark.parametrize(
    ("option", "values", "expected"),
    [
        ("for: 1 bar", "6", ["0 firing a"]),
        ("for: 2 bars", "6 4 6", []),
        ("for: 2 bars", "6 6 4", ["1 firing a", "2 resolved a"]),
        ("for: 2 bars", "6 ? 6", ["2 firing a"]),
        ("for: 2 bars", "6 ? 4 6", []),
        ("for: 3 bars", "6 6 ? 6", ["3 firing a"]),
        ("for: 3 bars", "6 ? ? 6 4", ["3 firing a", "4 resolved a"]),
        ("for: 3d", "6 6 6", ["2 firing a"]),
        ("for: 36h", "6 6", ["1 firing a"]),
        ("for: 24h", "6", ["0 firing a"]),
        ("for: 1h", "6", ["0 firing a"]),
        ("for: 2 bars", "4 6 6 6 4 6 6", ["2 firing a", "4 resolved a", "6 firing a"]),
    ],
)
def test_pending(option: str, values: str, expected: list[str]) -> None:
    """It fires in the first true bar at whose end it has held that long; only a false bar breaks it."""
    assert told(RULE + option, days(values)) == expected


def test_the_episode_keeps_the_time_of_its_first_bar() -> None:
    """Also where it fires later, and when it resolves."""
    found = transitions(f"{RULE}for: 3 bars", days("4 6 6 6 4"))
    assert [(each.kind.value, each.valid_at, each.episode) for each in found] == [
        ("firing", MONDAY + 3 * DAY, MONDAY + DAY),
        ("resolved", MONDAY + 4 * DAY, MONDAY + DAY),
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("6 4", ["0 firing a"]),
        ("6 4 3", ["0 firing a", "2 resolved a"]),
        ("6 4 6 3 6", ["0 firing a", "3 resolved a", "4 firing a"]),
        ("6 ? 3", ["0 firing a", "2 resolved a"]),
        ("6 4 ? 4", ["0 firing a"]),
    ],
)
def test_clear_is_hysteresis(values: str, expected: list[str]) -> None:
    """It leaves firing only when the condition of `clear` holds."""
    assert told(f"{RULE}clear: {{below: 4}}", days(values)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("6 4 4 4", ["0 firing a", "3 resolved a"]),
        ("6 4 6 4 4", ["0 firing a"]),
        ("6 4 6 4 4 4", ["0 firing a", "5 resolved a"]),
        ("6 4 4 6", ["0 firing a"]),
        ("6 4 ? 4", ["0 firing a", "3 resolved a"]),
        ("6 4 ? ? 4", ["0 firing a", "4 resolved a"]),
        ("6 4 ? ? ? 6 4", ["0 firing a"]),
        ("6 ? ? 4 4 4", ["0 firing a", "5 resolved a"]),
    ],
)
def test_keep_firing_for(values: str, expected: list[str]) -> None:
    """It stays firing two days after the bar that cleared; true again in that time, it never stopped."""
    assert told(f"{RULE}keep_firing_for: 2d", days(values)) == expected


def test_keep_firing_with_clear() -> None:
    """Cleared, it waits; being between the two limits is no return, and does not hold the end up either."""
    assert told(f"{RULE}clear: {{below: 4}}\nkeep_firing_for: 2 bars", days("6 3 4.5 4.5 6")) == [
        "0 firing a",
        "3 resolved a",
        "4 firing a",
    ]


def test_bars_of_which_nothing_is_known_keep_every_phase() -> None:
    """Unknown never fires and never clears: pending, firing and recovering stay what they are."""
    rule = compiled(f"{RULE}for: 2 bars\nkeep_firing_for: 3d", "day")
    phases = {
        "6 ?": Phase.PENDING,
        "6 6 ? ?": Phase.FIRING,
        "6 6 4 ? ?": Phase.RECOVERING,
        "6 6 4 ? ? ? ?": Phase.RECOVERING,
    }
    for values, phase in phases.items():
        table = days({"a": values, "b": values.replace("6", "1").replace("4", "1")})
        states = as_known(rule, table).states["s"]
        assert {str(labels.get("model")): state.phase for labels, state in states.items()} == {"a": phase}, values


def test_what_happens_in_a_bar_has_no_length() -> None:
    """A record, a newcomer, a crossing either way: each bar an episode, none left open."""
    rule = compiled("watch: tokens\nnew_high: all", "day")
    record = as_known(rule, days("1 2 3"))
    assert [each.episode for each in record.transitions] == [MONDAY + DAY, MONDAY + 2 * DAY]
    assert {state.phase for state in record.states["s"].values()} == {Phase.INACTIVE}


def test_a_rule_that_now_watches_for_moments_ends_what_was_open() -> None:
    """A state of firing, left by what the rule was before, is not kept for ever."""
    table = days("6 6 7")
    before = further(compiled(f"{RULE}", "day"), table.sealed(MONDAY + 2 * DAY), Record())
    after = further(compiled("watch: tokens\nnew_high: all", "day"), table, before)
    assert {state.phase for state in after.states["s"].values()} == {Phase.INACTIVE}


def test_a_rule_that_became_another_does_not_take_its_history_for_news() -> None:
    """What another condition remembered says nothing of who was seen: the first bar is the baseline again."""
    table = days({"a": "6 6 6", "b": "- - 1"})
    before = further(compiled(RULE, "day"), table.sealed(MONDAY + DAY), Record())
    after = further(compiled("watch: tokens\nappears: true", "day"), table, before)
    assert [each.labels.get("model") for each in after.transitions if each.valid_at > MONDAY] == ["b"]


def test_months_last_as_long_as_they_last() -> None:
    """`for: 2 bars` is two months, though February is short."""
    values = " ".join(["1"] * 31 + ["3"] * 28 + ["3"] * 31 + ["1"] * 30)
    found = transitions("watch: tokens\nabove: 50\nfor: 2 bars", days(values, start=1767225600), "month")
    assert [each.valid_at for each in found if each.kind == "firing"] == [1772323200]  # 2026-03-01
