"""Explanations over small histories: pending clocks, sides, parts, what is missing, and every cause of not knowing."""

from __future__ import annotations

import pytest

from monitor.explain.answer import explain
from monitor.explain.text import lines
from monitor.model.bar import Bar
from monitor.rules.load import load
from tests.laws.history import Poll, Table, flows, series_of
from tests.laws.passes import ALERT, catalogued, compiled
from tests.rules.tables import DAY, HOUR, MONDAY, days, hours


def said(rule: str, table: Table, bar: int, every: str = "day", who: str = "a") -> list[str]:
    """The lines of one instance at the bar of that number."""
    at = MONDAY + bar * (DAY if every == "day" else HOUR)
    (answer,) = explain([compiled(rule, every)], ALERT, table, catalogued(), at)
    chosen = [each for each in answer.instances if each.labels.get("model") == who]
    return [line.strip() for line in lines(answer, chosen)][3:]


@pytest.mark.parametrize(
    ("rule", "values", "bar", "expected"),
    [
        (
            "above: 5\nfor: 3 bars",
            "1 6 6",
            2,
            "pending since day 2026-01-06 (UTC); fires in day 2026-01-08 (UTC) if it",
        ),
        ("above: 5", "1 6", 1, "fired here, since day 2026-01-06 (UTC)"),
        ("above: 5\nkeep_firing_for: 2d", "6 1", 1, "cleared in day 2026-01-06 (UTC); resolves in day 2026-01-08"),
        ("above: 5", "6 1", 1, "resolved here"),
        ("new_high: all", "1 6", 1, "fired here"),
        ("above: 5\nlevels: {critical: 8}", "1 9", 1, "fired here, critical"),
        ("above: 5", "4", 0, "missing: 25% more than 4, to reach 5"),
        ("below: 5", "8", 0, "missing: 37.5% less than 8, to reach 5"),
        ("crosses_above: 5\nmargin: 20%", "4 5.5", 1, "missing: 9.09% more than 5.5, to reach 6"),
        ("crosses_above: 5", "6 7", 1, "missing: the other side was not seen before"),
        ("crosses_above: 5", "4 6", 1, "side: below → above"),
        ("rises: 50%", "4 5", 1, "missing: it moved by 25%, and 50% is wanted"),
        ("all_of: [{above: 5}, {rises: 50%}]", "5 6", 1, "rises 50%: false, 6 against 5"),
        ("above: 5\nfor: 2 of 3 bars", "6 1", 1, "above: false, 1 against 5"),
        ("above: 5\nfor: 2 of 3 bars", "6 6 1 6", 3, "2 of the last 3 bars hold, 2 wanted"),
        ("above: 5\nfor: 2 of 3 bars", "6 1", 1, "1 of the last 3 bars holds, 2 wanted"),
        ("above: 5\nfor: 2 of 3 bars", "6 ?", 1, "1 of the last 3 bars holds, 1 is not known, 2 wanted"),
        ("above: 5\nfor: 1 of 1 bars", "6", 0, "1 of the last 1 bars holds, 1 wanted"),
        (
            "above: 5\noverrides: [{match: {vendor: openai}, above: 2}]",
            "3",
            0,
            "no override: above: false, 3 against 5",
        ),
        ("above: 5\nlevels: {critical: {at: 8, clear: {below: 2}}}", "1 9", 1, "clear: below: false, 9 against 2"),
        ("above: 5\nclear: {below: 2}", "6 3", 1, "clear: below: false, 3 against 2"),
        ("enters_top: 1", "1 1", 1, "inside: yes"),
    ],
)
def test_how_it_stands(rule: str, values: str, bar: int, expected: str) -> None:
    """Some line says so."""
    found = said(f"watch: tokens\n{rule}", days(values), bar)
    assert any(expected in line for line in found), "\n".join(found)


def test_which_override_decides() -> None:
    """The first that is for the member, whom it is for, and what would be missing by it."""
    cases = "[{match: {vendor: [openai, x*]}, above: 2}, {match: {model: openai/a}, above: 9}]"
    found = said(f"watch: tokens\nabove: 5\noverrides: {cases}", days({"openai/a": "1"}), 0, who="openai/a")
    assert found[1:] == [
        "overrides: false, 1 against 2",
        "override {vendor: [openai, x*]}: above: false, 1 against 2",
        "missing: 100% more than 1, to reach 2",
    ]


def test_which_firing_it_comes_after() -> None:
    """The last one in time, of the same model."""
    text = """
groups:
  - name: g
    every: day
    rules:
      - {alert: First, watch: tokens, new_high: all}
      - {alert: Then, watch: tokens, below: 5, after: {alert: First, within: 2d, same: model}}
"""
    loaded = load([("rules.yaml", text)])
    assert not loaded.problems
    table = days({"a": "1 2 3 3 3 3", "b": "9 1 1 1 1 9"})
    lasting = "source=s, model=a: firing, since day 2026-01-06 (UTC)"
    for bar, standing, fired in (
        (4, lasting, "fired in day 2026-01-07 (UTC), model=a, source=s"),
        (5, "resolved here", "did not fire in time"),
    ):
        (answer,) = explain(loaded.rules, "Then", table, catalogued(), MONDAY + bar * DAY)
        chosen = [each for each in answer.instances if each.labels.get("model") == "a"]
        found = "\n".join(lines(answer, chosen))
        assert standing.rpartition(": ")[2] in found
        assert f"after First: {fired}" in found


def test_a_bar_in_which_nothing_moved() -> None:
    """It is explained by its own values, not by those of the bar that was kept for it."""
    found = said("watch: price_output\ncrosses: 5", hours("4 6 6 6 6 6"), 4, "hour")
    assert found[:3] == ["model=a, source=s: not firing", "crosses: false, $6 against $5", "side: above"]


@pytest.mark.parametrize(("as_known", "value"), [(False, "7"), (True, "6")])
def test_by_what_was_known_then(*, as_known: bool, value: str) -> None:
    """A figure that was restated since; and the memory of a figure before it."""
    series = series_of("tokens", "s", "a")
    polls = [
        Poll(MONDAY + DAY + HOUR, {(series, MONDAY): 4.0}, MONDAY + DAY),
        Poll(MONDAY + 2 * DAY + HOUR, {(series, MONDAY + DAY): 6.0}, MONDAY + 2 * DAY),
        Poll(MONDAY + 3 * DAY, {(series, MONDAY): 5.5, (series, MONDAY + DAY): 7.0}, MONDAY + 2 * DAY),
    ]
    rule, at = compiled("watch: tokens\ncrosses_above: 5", "day"), MONDAY + DAY
    table = flows("s", Bar.DAY, polls)
    (answer,) = explain([rule], ALERT, table, catalogued(), at, as_known=as_known)
    found = list(lines(answer, answer.instances))
    assert f"    crosses_above: {str(as_known).lower()}, {value} against 5" in found
    assert f"      side: {'below → above' if as_known else 'above'}" in found


@pytest.mark.parametrize(
    ("values", "other", "bar", "expected"),
    [
        ("6 ?", "1 ?", 1, "tokens: its source has nothing of this bar"),
        ("6 -", "1 1", 1, "tokens: not among what its source showed, last on 2026-01-05"),
        ("- - 6", "1 1 1", 1, "tokens: never seen up to this bar"),
    ],
)
def test_why_nothing_is_known(values: str, other: str, bar: int, expected: str) -> None:
    """A source without an answer, a member that a good one does not show, and who was never there, told apart."""
    found = said("watch: tokens\nabove: 5", days({"a": values, "b": other}), bar)
    assert any(expected in line for line in found), "\n".join(found)


def test_who_is_below_a_cut_off_list() -> None:
    """The smallest that is listed bounds it."""
    table = days({"a": "6 -", "b": "3 3", "other": "9 9"})
    (line,) = [each for each in said("watch: tokens\nabove: 2", table, 1) if each.startswith("unknown:")]
    assert line.endswith("; the list was cut off, so it is at most 3")


def test_looks_too_old_and_looking_back_too_far() -> None:
    """A price that is no longer believed; a change against a time before history."""
    stale = said("watch: price_output\nabove: 5", hours("6 ? ? ? ? 6", stale=7200), 4, "hour")
    assert any("looked at too long ago" in line for line in stale), stale
    early = said("watch: tokens\nrises: 20%\nagainst: 3d ago", days("5 6"), 1)
    assert any("looks back up to 96 hours" in line or "looks back up to 72 hours" in line for line in early), early
