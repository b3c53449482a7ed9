"""`confirm` and `notify`: what they are refused for, and which source speaks of a change that several show."""

from __future__ import annotations

import pytest

from monitor.rules.load import load
from tests.laws.history import Table, together
from tests.rules.tables import hours, told

FALLS = "watch: price_output\nfalls: 20%\n"


def refusal(text: str) -> str:
    """The first problem of a rule with these keys, without its place."""
    lines = "".join(f"\n        {line}" for line in text.strip().splitlines())
    rules = f"groups:\n  - name: g\n    every: hour\n    rules:\n      - alert: A{lines}\n"
    (problem,) = load([("rules.yaml", rules)]).problems
    return f"{problem.message} ({problem.hint})" if problem.hint else problem.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{FALLS}notify: confirmed", "A: notify: has no meaning without confirm"),
        (f"{FALLS}for: 2 bars\nconfirm: {{within: 3d}}", "A: for: has no meaning for 'confirm'"),
        (f"{FALLS}absent: ok\nconfirm: {{within: 3d}}", "A: absent: has no meaning for 'confirm'"),
        (f"{FALLS}confirm: {{within: soon}}", "A: confirm.within: got 'soon', expected a span"),
        (f"{FALLS}confirm: {{by: me}}", "A: confirm.by: expected by: list_price and within: a span"),
        (f"{FALLS}confirm: {{wihtin: 3d}}", "A: confirm.wihtin: expected by: list_price and within: a span"),
        (f"{FALLS}confirm: {{within: 3d}}\nnotify: sure", "A: notify: got 'sure' (expected claimed | confirmed)"),
        ("watch: tokens\nfalls: 20%\nconfirm: {within: 3d}", "A: confirm: has no meaning for 'falls' of 'tokens'"),
        ("watch: price_output\nbelow: $1\nconfirm: {within: 3d}", "A: confirm: has no meaning for 'below'"),
    ],
)
def test_what_can_not_be_confirmed_is_refused(text: str, said: str) -> None:
    """With what is wrong, and what it takes."""
    assert refusal(text).startswith(said)


def two() -> Table:
    """One goes down in hour 2, the other follows in hour 3."""
    return together(hours({"openai/c": "10 10 5 5 5"}, source="s"), hours({"openai/c": "10 10 10 5 5"}, source="r"))


def test_a_change_is_told_of_the_source_that_showed_it_first() -> None:
    """The one that follows is its evidence."""
    rule = f"{FALLS}confirm: {{within: 3d}}"
    assert told(rule, two(), "hour") == ["2 firing openai/c", "3 level openai/c", "4 resolved openai/c"]


def test_a_rule_over_one_source_is_told_of_that_source() -> None:
    """It is confirmed when this source goes there: the other one was first."""
    rule = 'watch: price_output(source="r")\nfalls: 20%\nconfirm: {within: 3d}\nnotify: confirmed'
    assert told(rule, two(), "hour") == ["3 firing openai/c"]


def test_what_nobody_confirms_lapses() -> None:
    """After the span that is written."""
    table = together(hours({"openai/c": "10 5 5 5 5 5"}, source="s"), hours({"openai/c": "10x"[:2]}, source="r"))
    assert told(f"{FALLS}confirm: {{within: 2h}}", table, "hour") == ["1 firing openai/c", "3 withdrawn openai/c"]
