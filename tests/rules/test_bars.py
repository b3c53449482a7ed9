"""Bars that are no days: months of all lengths, six and twelve hours; flows add up in them, levels end them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.model.bar import Bar
from monitor.model.transition import Transition
from tests.laws.history import Table
from tests.rules.tables import DAY, MONDAY, days, hours, transitions


def daily(first: str, last: str, value: str = "1", **others: str) -> Table:
    """A value for every day of a stretch of days, both included; `others`: by month and day, as d0215."""
    start, end = (int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) for day in (first, last))
    names = [f"{datetime.fromtimestamp(at, UTC):d%m%d}" for at in range(start, end + DAY, DAY)]
    return days(" ".join(others.get(name, value) for name in names), start=start)


def months(rule: str, table: Table) -> list[str]:
    """`2026-02 firing 28`: what a rule over months tells, with the value."""
    found = transitions(f"watch: tokens\n{rule}", table, "month")
    return [f"{_moment(each)[:7]} {each.kind.value} {each.value:g}" for each in found]


def _moment(transition: Transition) -> str:
    return f"{datetime.fromtimestamp(transition.valid_at, UTC):%Y-%m-%d %H}"


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-01-01", "2026-03-31", ["2026-01 firing 31", "2026-02 resolved 28", "2026-03 firing 31"]),
        ("2024-01-01", "2024-03-31", ["2024-01 firing 31", "2024-02 resolved 29", "2024-03 firing 31"]),  # leap
        ("2000-02-01", "2000-03-31", ["2000-03 firing 31"]),
        ("2026-03-01", "2026-05-30", ["2026-03 firing 31", "2026-04 resolved 30"]),  # May is not over
    ],
)
def test_a_month_is_the_sum_of_its_days(first: str, last: str, expected: list[str]) -> None:
    """As many as it has; one that is not over yet is not judged."""
    assert months("above: 30", daily(first, last)) == expected


@pytest.mark.parametrize("day", ["d0201", "d0215", "d0228"])
def test_a_missing_day_makes_its_month_unknown(day: str) -> None:
    """Whichever it is: neither does February clear, nor does it count in March."""
    table = daily("2026-01-01", "2026-04-30", **{day: "?"})
    assert months("above: 30", table) == ["2026-01 firing 31", "2026-04 resolved 30"]
    assert months("falls: 1%", table) == ["2026-04 firing 30"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("inside: [28, 28]", ["2026-02 firing 28", "2026-03 resolved 31"]),
        ("crosses_below: 30", ["2026-02 firing 28", "2026-03 resolved 31"]),
        ("moves: 10%", ["2026-03 firing 31"]),
        ("rises: 10%\nagainst: 30d ago", ["2026-03 firing 31"]),
        ("steps: 9%", ["2026-02 firing 28", "2026-03 firing 31"]),
        ("falls: 5%\nagainst: 2026-01-10", ["2026-02 firing 28", "2026-03 resolved 31"]),
        ("falls: 3%\nagainst: max of 61d", ["2026-04 firing 30", "2026-05 resolved 31"]),
        ("new_low: all", ["2026-02 firing 28"]),
        ("changes: true", [f"2026-0{m} firing {n}" for m, n in ((2, 28), (3, 31), (4, 30), (5, 31))]),
        ("below: 31\nfor: 2 bars", []),
        ("above: 27\nfor: 3 bars", ["2026-03 firing 31"]),
    ],
)
def test_conditions_by_months(rule: str, expected: list[str]) -> None:
    """31, 28, 31, 30, 31: January to May with one token a day."""
    assert months(rule, daily("2026-01-01", "2026-05-31")) == expected


def test_a_member_that_is_gone_for_months() -> None:
    """Two good months without it, however long they are."""
    table = days(
        {"a": " ".join(["1"] * 31 + ["-"] * 59), "b": " ".join(["1"] * 90)},
        start=MONDAY - 4 * DAY,
    )
    for rule in ("disappears: 2 bars", "absent: 2 bars"):
        (found,) = transitions(f"watch: tokens\n{rule}", table, "month")
        assert _moment(found) == "2026-03-01 00", rule


@pytest.mark.parametrize(
    ("every", "rule", "expected"),
    [
        ("6h", "above: 5", ["6 firing 9", "12 resolved 1", "18 firing 7", "24 resolved 3"]),
        ("12h", "above: 5", ["0 firing 9", "24 resolved 4"]),
        ("day", "above: 5", ["0 firing 7"]),
        ("6h", "falls: 50%", ["12 firing 1", "24 firing 3"]),
        ("12h", "falls: 40%", ["24 firing 4"]),
        ("6h", "new_low: all", ["12 firing 1"]),
        ("12h", "new_low: all", ["12 firing 7", "24 firing 4"]),
        ("6h", "moves: 200%\nagainst: 12h ago", ["24 firing 3", "30 resolved 4"]),
        ("6h", "outside: [2, 8]\nfor: 2 bars", ["12 firing 1", "18 resolved 7"]),
        ("12h", "falls: 50%\nagainst: last notice", ["24 firing 4"]),
        ("12h", "changes: true", ["12 firing 7", "24 firing 4"]),
    ],
)
def test_levels_in_coarser_bars(every: str, rule: str, expected: list[str]) -> None:
    """Each bar has the price it ended with: 2, 9, 1, 7, 3, 4 by six hours from Monday on, and 9, 7, 4 by twelve."""
    ends = ["2", "9", "1", "7", "3", "4"]
    table = hours(" ".join(cell for end in ends for cell in ("5", "6", "5", "6", "5", end)))
    found = transitions(f"watch: price_output\n{rule}", table, every)
    assert [f"{(each.valid_at - MONDAY) // 3600} {each.kind.value} {each.value:g}" for each in found] == expected


def test_days_are_no_six_hours() -> None:
    """A flow by days can not be judged by finer bars."""
    assert transitions("watch: tokens\nabove: 0", days("1 1 1"), "6h") == []


def test_a_stale_level_in_coarser_bars() -> None:
    """A look two hours before the bar began is no longer believed; the bar after the next look is."""
    table = hours(" ".join(["5"] * 4 + ["?"] * 10 + ["6"] * 10), stale=Bar.HOUR.width * 2)
    found = transitions("watch: price_output\nrises: 20%", table, "6h")
    assert [(each.valid_at - MONDAY) // 3600 for each in found if each.kind == "firing"] == [12]
