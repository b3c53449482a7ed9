"""Who appears and who disappears, and what is new without being news."""

from __future__ import annotations

import pytest

from tests.rules.tables import days, hours, told, transitions


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("1 1", "1 1", []),
        ("- 1", "1 1", ["1 firing a"]),
        ("- - 1 - 1", "1 1 1 1 1", ["2 firing a"]),
        ("? 1", "? 1", []),
        ("? - 1", "? 1 1", ["2 firing a"]),
        ("- ? 1", "1 ? 1", ["2 firing a"]),
        ("- 0", "1 1", ["1 firing a"]),
    ],
)
def test_appears(ours: str, theirs: str, expected: list[str]) -> None:
    """Once, in the first bar that lists it; the first bar that lists anything is the baseline."""
    assert told("watch: tokens\nappears: true", days({"a": ours, "b": theirs})) == expected


@pytest.mark.parametrize(
    ("body", "values", "expected"),
    [
        ("true", "1 - -", ["1 firing a"]),
        ("true", "1 - 1 -", ["1 firing a", "2 resolved a", "3 firing a"]),
        ("2 bars", "1 - 1", []),
        ("2 bars", "1 - - 1", ["2 firing a", "3 resolved a"]),
        ("2d", "1 - -", ["2 firing a"]),
        ("36h", "1 - -", ["2 firing a"]),
        ("2 bars", "1 ? ? ?", []),
        ("2 bars", "1 - ? -", ["3 firing a"]),
        ("2 bars", "1 ? - -", ["3 firing a"]),
        ("2 bars", "1 - - ? 1", ["2 firing a", "4 resolved a"]),
        ("true", "- - 1 -", ["3 firing a"]),
        ("true", "- - -", []),
    ],
)
def test_disappears(body: str, values: str, expected: list[str]) -> None:
    """After so many bars of good answers without it; a bar of which nothing is known is no absence, nor a return."""
    table = days({"a": values, "b": " ".join("?" if each == "?" else "9" for each in values.split())})
    assert told(f"watch: tokens\ndisappears: {body}", table) == expected


def test_the_last_value_is_remembered() -> None:
    """The message can say what it had last."""
    (found,) = transitions("watch: price_output\ndisappears: 2 bars", hours({"a": "3 2 - -", "b": "1 1 1 1"}), "hour")
    assert found.reference == 2.0
    assert found.value != found.value


def test_a_vendor_disappears_with_its_last_model() -> None:
    """One of two is not enough."""
    table = hours({"deepseek/a": "1 - -", "deepseek/b": "1 1 -", "openai/c": "1 1 1"})
    assert told('watch: min(price_output, by="vendor")\ndisappears: true', table, "hour") == ["2 firing deepseek"]
