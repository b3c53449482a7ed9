"""Which edits keep what is remembered of a rule, and which make it another one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from monitor.rules.identity import canonical, causes, identity
from monitor.rules.load import load
from monitor.rules.written import Written, rewritten

ROOT = Path(__file__).parents[2]
KEYS: Mapping[str, object] = {
    "alert": "A",
    "watch": 'sum(tokens, vendor="deepseek", by="family")',
    "crosses_above": 'sum(tokens, vendor="openai")',
    "margin": "1%",
    "for": "1 bar",
    "labels": {"severity": "warning"},
    "annotations": {"summary": "one"},
}


def rule(bar: str = "week", without: str = "", **changed: object) -> Written:
    """The rule with some keys otherwise."""
    keys = {key: body for key, body in {**KEYS, **changed}.items() if key != without}
    return Written("r.yaml", {"name": "g", "every": bar, "rules": []}, keys)


def below(limit: str) -> Written:
    """A rule with a plain amount."""
    return rule(without="crosses_above", below=limit)


SAME: Mapping[str, tuple[Written, Written]] = {
    "texts": (rule(), rule(annotations={"summary": "two", "description": "three"})),
    "severity": (rule(), rule(labels={"severity": "critical", "team": "x"})),
    "margin": (rule(), rule(margin="2%")),
    "no margin": (rule(), rule(without="margin")),
    "for": (rule(), Written("r.yaml", {"name": "g", "every": "week"}, {**KEYS, "for": "2 of 3 bars"})),
    "keep_firing_for": (rule(), rule(keep_firing_for="7d")),
    "levels": (rule(), rule(levels={"warning": "5%", "critical": {"at": "2%"}})),
    "overrides": (rule(), rule(overrides=[{"match": {"family": "llama"}, "below": "0.5%"}])),
    "absent as an option": (rule(), rule(absent="ok", absent_for="2 bars")),
    "the name of the group": (rule(), Written("s.yaml", {"name": "h", "every": "week"}, KEYS)),
    "the order of keys": (
        rule(),
        Written("r.yaml", {"name": "g", "every": "week"}, dict(reversed(list(KEYS.items())))),
    ),
    "blanks and quotes": (rule(), rule(watch="sum( tokens,vendor='deepseek',\n by = 'family' )")),
    "the order of labels": (rule(), rule(watch='sum(tokens, by="family", vendor="deepseek")')),
    "a list of one": (rule(), rule(watch='sum(tokens, vendor=["deepseek"], by=["family"])')),
    "blanks of an operand": (rule(), rule(crosses_above="sum(tokens,vendor='openai')")),
    "a threshold": (below("100"), below("$0.44")),
    "a threshold in other units": (below("350B"), below("2.5T")),
    "per cent and points": (
        rule(without="crosses_above", falls="20%"),
        rule(without="crosses_above", falls="2 points"),
    ),
    "a span": (rule(without="crosses_above", absent="2d"), rule(without="crosses_above", absent="36h")),
    "what it is compared with, by the span": (
        rule(without="crosses_above", falls="20%", against="7d ago"),
        rule(without="crosses_above", falls="20%", against="24h ago"),
    ),
    "a mean of another span": (
        rule(without="crosses_above", falls="20%", against="mean of 28d"),
        rule(without="crosses_above", falls="20%", against="mean of 7d"),
    ),
    "a day": (
        rule(without="crosses_above", falls="20%", against="2026-01-01"),
        rule(without="crosses_above", falls="20%", against="2025-06-30"),
    ),
    "bounds": (rule(without="crosses_above", inside=["1%", "2%"]), rule(without="crosses_above", inside=["1%", "3%"])),
    "an amount of a nested condition": (
        rule(without="crosses_above", all_of=[{"above": "1"}, {"falls": "2%", "against": "7d ago"}]),
        rule(without="crosses_above", all_of=[{"above": "9"}, {"falls": "5%", "against": "9d ago"}]),
    ),
    "clears by a level": (rule(), rule(clear={"above": "1.2%"})),
    "another floor": (
        rule(without="crosses_above", overtakes={"floor": "1%"}),
        rule(without="crosses_above", overtakes={}),
    ),
}
OTHER: Mapping[str, tuple[Written, Written, tuple[str, ...]]] = {
    "the bar": (rule(), rule(bar="day"), ("every",)),
    "what is watched": (rule(), rule(watch="sum(tokens)"), ("watch",)),
    "a number in what is watched": (rule(watch="tokens * 2"), rule(watch="tokens * 3"), ("watch",)),
    "a window": (rule(watch='avg_over(tokens, "7d")'), rule(watch='avg_over(tokens, "8d")'), ("watch",)),
    "the condition": (below("1"), rule(without="crosses_above", above="1"), ("below", "above")),
    "what it is compared with": (rule(), rule(crosses_above="sum(tokens)"), ("crosses_above",)),
    "an amount in place of an expression": (rule(), rule(crosses_above="2T"), ("crosses_above",)),
    "all in place of a span": (
        rule(without="crosses_above", new_high="all"),
        rule(without="crosses_above", new_high="90d"),
        ("new_high",),
    ),
    "against": (
        rule(without="crosses_above", falls="20%"),
        rule(without="crosses_above", falls="20%", against="7d ago"),
        ("against",),
    ),
    "against another kind": (
        rule(without="crosses_above", falls="20%", against="mean of 28d"),
        rule(without="crosses_above", falls="20%", against="median of 28d"),
        ("against",),
    ),
    "a nested condition": (
        rule(without="crosses_above", any_of=[{"above": "1"}]),
        rule(without="crosses_above", any_of=[{"below": "1"}]),
        ("any_of",),
    ),
    "clears by what remembers": (rule(), rule(clear={"crosses_below": "1T"}), ("clear",)),
    "the name": (rule(), rule(alert="B"), ("alert",)),
}


@pytest.mark.parametrize("case", SAME)
def test_edits_that_keep_the_rule(case: str) -> None:
    """How much, how long, of whom, how it is told, and how it is spelt."""
    before, after = SAME[case]
    assert before != after
    assert identity(before) == identity(after)
    assert causes(before, after) == ()


@pytest.mark.parametrize("case", OTHER)
def test_edits_that_make_another_rule(case: str) -> None:
    """Name, bar, what is watched, and which condition is asked; and which of them it was is said."""
    before, after, expected = OTHER[case]
    assert identity(before) != identity(after)
    assert causes(before, after) == expected


def test_parentheses_and_forms_of_numbers_do_not_matter() -> None:
    """Case: what parses to the same is the same."""
    assert canonical("(tokens) / 1") == canonical(" tokens/ 1.0 ")
    assert canonical("tokens / (1 + 2)") != canonical("tokens / 1 + 2")


def test_a_rule_is_the_same_as_a_file_of_its_own() -> None:
    """Law, on the rules that ship: what is kept is read again as the same rule, with the same identity."""
    files = [(path.name, path.read_text()) for path in sorted((ROOT / "rules").glob("*.yaml"))]
    whole = load(files)
    assert whole.written
    for written, compiled in zip(whole.written, whole.rules, strict=True):
        kept = rewritten(written.path, written.text)
        assert (kept.text, identity(kept)) == (written.text, identity(written))
        (alone,) = load([(written.path, written.text)]).rules
        assert (alone.watch, alone.condition, alone.clear, alone.timing) == (
            compiled.watch,
            compiled.condition,
            compiled.clear,
            compiled.timing,
        )
        assert (alone.alert, alone.bar, alone.group) == (compiled.alert, compiled.bar, compiled.group)
