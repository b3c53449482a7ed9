"""Between two limits, or not."""

from __future__ import annotations

import pytest

from monitor.rules.load import load
from tests.rules.tables import days, told, transitions


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ("inside: [2, 4]", "1 2 4 5", ["1 firing a", "3 resolved a"]),
        ("inside: [2, 4]", "3 ? 5", ["0 firing a", "2 resolved a"]),
        ("outside: [2, 4]", "2 1 4 5", ["1 firing a", "2 resolved a", "3 firing a"]),
        ("outside: [2, 4]", "1 ? 5", ["0 firing a"]),
        ("inside: [3, 3]", "3 3.1", ["0 firing a", "1 resolved a"]),
        ("inside: [-1, 0]", "0 1", ["0 firing a", "1 resolved a"]),
        ("inside: [0.3, 0.3]", "0.1 0.3", ["1 firing a"]),
    ],
)
def test_limits_are_inside(rule: str, values: str, expected: list[str]) -> None:
    """Both limits belong to what is inside; unknown neither fires nor clears."""
    assert told(f"watch: tokens\n{rule}", days(values)) == expected


def test_a_limit_may_be_an_expression() -> None:
    """Half of to all of what it was the day before."""
    table = days("8 6 2 2")
    rule = """watch: tokens\noutside: ['ago(tokens, "1d") / 2', 'ago(tokens, "1d")']"""
    assert told(rule, table) == ["2 firing a", "3 resolved a"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("inside: [0, 3]", ["2 firing a", "2 firing b"]),  # a is between 0 and 2
        ("inside: [1, 3]", ["2 firing b"]),  # a may be 0
        ("outside: [5, 9]", ["2 firing a", "2 firing b"]),
        ("outside: [1, 3]", ["0 firing a", "0 firing b", "2 resolved b"]),
    ],
)
def test_what_a_cut_off_list_leaves_open(rule: str, expected: list[str]) -> None:
    """The bound of what is no longer listed decides where it can; otherwise nothing is known."""
    table = days({"a": "5 5 -", "b": "9 9 2", "other": "1 1 1"})
    assert told(f"watch: tokens\n{rule}", table) == expected


def test_the_nearer_limit_is_shown() -> None:
    """Texts show what was passed."""
    found = transitions("watch: tokens\noutside: [2, 4]", days("3 1 3 9"))
    assert [each.reference for each in found if each.kind == "firing"] == [2.0, 4.0]


@pytest.mark.parametrize(
    ("body", "column", "message"),
    [
        ("[5, 2]", 13, "A: inside: got [5, 2], expected the least first"),
        ("5", 13, "A: inside: got 5, expected two limits, least first"),
        ("[1]", 13, "A: inside: got ['1'], expected two limits, least first"),
        ("[1, 2%]", 17, "A: inside.1: mixed units: tokens is compared with '2%'"),
        ("[1, sum(tkens)]", 21, "A: inside.1: unknown metric 'tkens'\n    did you mean 'tokens'?"),
    ],
)
def test_what_is_refused(body: str, column: int, message: str) -> None:
    """With its place and what was expected."""
    text = f"groups:\n- name: g\n  every: day\n  rules:\n  - alert: A\n    watch: tokens\n    inside: {body}\n"
    (problem,) = load([("r.yaml", text)]).problems
    assert str(problem).startswith(f"r.yaml:7:{column}: {message}")
