"""Facts of models: what changes, what is near, and that nothing is calculated with them."""

from __future__ import annotations

import pytest

from monitor.model.fact import code
from tests.rules.tables import HOUR, MONDAY, dates, days, hours, texts, told, transitions

CHANGES = "watch: modalities\nchanges: true"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("text", []),
        ("text text text", []),
        ("text image", ["1 firing a"]),
        ("text image text", ["1 firing a", "2 firing a"]),
        ("text ? image", ["2 firing a"]),
        ("text - text", []),
        ("text - - image image", ["3 firing a"]),
        ("- text image", ["2 firing a"]),
    ],
)
def test_a_text_changes(values: str, expected: list[str]) -> None:
    """Each change is told once; the first sight only arms; what was gone is compared with what it was before."""
    table = texts({"a": values, "b": " ".join("?" if each == "?" else "x" for each in values.split())})
    assert [each for each in told(CHANGES, table, "hour") if "firing" in each] == expected


def test_value_and_reference_are_both_texts() -> None:
    """As codes; the texts to them are in the ledger."""
    (found,) = transitions(CHANGES, texts("text image"), "hour")
    assert (found.value, found.reference) == (code("image"), code("text"))


@pytest.mark.parametrize(
    ("values", "expected"),
    [("1 1 2", [2]), ("0 1", [1]), ("1 0", [1]), ("0.1 0.1", []), ("-3 3", [1]), ("3 ? 3 ? 4", [4])],
)
def test_numbers_change_too(values: str, expected: list[int]) -> None:
    """Prices, and tokens by the day; by any amount, from zero and to it."""
    firing = [f"{bar} firing a" for bar in expected]
    assert [each for each in told("watch: price_output\nchanges: true", hours(values), "hour") if "f" in each] == firing
    assert [each for each in told("watch: tokens\nchanges: true", days(values)) if "f" in each] == firing


def test_the_last_digit_of_a_sum_is_no_change() -> None:
    """0.1 + 0.2 is 0.3, whatever binary numbers make of it."""
    table = hours({"deepseek/a": "0.1 0.3", "deepseek/b": "0.2 0.0"})
    assert told('watch: sum(price_output, by="vendor")\nchanges: true', table, "hour") == []


@pytest.mark.parametrize(
    ("body", "values", "expected"),
    [
        ("3h", "5 5 5 5 5 5 5", ["1 firing a", "5 resolved a"]),
        ("3h", "4", ["0 firing a"]),
        ("3h", "4.5 4.5", ["1 firing a"]),
        ("3h", "1", ["0 firing a"]),
        ("3h", "0 0", []),
        ("3h", "0.9 0.9", []),
        ("3h", "99 3", ["1 firing a"]),
        ("3h", "3 99", ["0 firing a", "1 resolved a"]),
        ("3h", "5 ? ? ? ? ? 5", ["1 firing a", "5 resolved a"]),
        ("3h", "- 3", ["1 firing a"]),
    ],
)
def test_a_date_is_near(body: str, values: str, expected: list[str]) -> None:
    """From the end of the bar on, both ends counted; a date that is past is not near."""
    table = dates({"a": values, "b": " ".join("?" if each == "?" else "9999" for each in values.split())})
    assert told(f"watch: retires_at\nwithin: {body}", table, "hour") == expected


def test_a_date_says_itself() -> None:
    """The value is the date, and there is nothing it is compared with."""
    (found,) = transitions("watch: retires_at\nwithin: 2d", dates("30"), "hour")
    assert found.value == MONDAY + 30 * HOUR
    assert found.reference != found.reference


def test_dates_that_were_set_and_taken_back() -> None:
    """Membership goes with facts: a date that appears, and one that is gone."""
    table = dates({"a": "- 30 - -", "b": "1 1 1 1"})
    assert told("watch: retires_at\nappears: true", table, "hour") == ["1 firing a"]
    assert told("watch: retires_at\ndisappears: 2 bars", table, "hour") == ["3 firing a"]


def test_joined() -> None:
    """A date that was moved to be near."""
    rule = "watch: retires_at\nall_of: [{changes: true}, {within: 3h}]"
    assert told(rule, dates({"a": "99 4 4", "b": "4 99 4"}), "hour") == ["1 firing a", "2 firing b"]
