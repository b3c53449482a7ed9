"""What an edit gains, loses and moves."""

from __future__ import annotations

import pytest

from monitor.model.bar import DAY
from monitor.report.compare import Comparison, compare
from monitor.report.episodes import Episode
from tests.report.written import START, episode

BARS = {"A": DAY}


def compared(before: list[Episode], after: list[Episode]) -> Comparison:
    (found,) = compare(before, after, (BARS, BARS))
    return found


def said(found: Comparison) -> str:
    """`=1 +4 -7 2>3`: how many are unchanged, the first days of those gained, lost and moved."""

    def first(each: Episode) -> int:
        return (each.began - START) // DAY

    words = [f"={found.unchanged}"]
    words += [f"+{first(each)}" for each in found.gained]
    words += [f"-{first(each)}" for each in found.lost]
    return " ".join([*words, *(f"{first(each.before)}>{first(each.after)}" for each in found.moved)])


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], "=0"),
        ([episode(1, 5)], [episode(1, 5)], "=1"),
        ([episode(1, 5)], [], "=0 -1"),
        ([], [episode(1, 5)], "=0 +1"),
        ([episode(1, 5)], [episode(2, 5)], "=0 1>2"),
        ([episode(1, 5)], [episode(1, 6)], "=0 1>1"),
        ([episode(1, 5)], [episode(1, 5, fired=2)], "=0 1>1"),  # the same, but told later
        ([episode(1, 5)], [episode(1)], "=0 1>1"),
        ([episode(1, 5)], [episode(9, 12)], "=0 1>9"),  # four bars apart: as near as may be
        ([episode(1, 5)], [episode(10, 12)], "=0 +10 -1"),
        ([episode(1, 5)], [episode(4, 6, model="b")], "=0 +4 -1"),  # another instance
        ([episode(1, 9)], [episode(1, 3), episode(4, 9)], "=0 +1 1>4"),  # split: the longer part is the same one
        ([episode(1, 3), episode(4, 9)], [episode(1, 9)], "=0 -1 4>1"),
        ([episode(1, 3), episode(6, 8)], [episode(2, 3), episode(7, 8)], "=0 1>2 6>7"),
        ([episode(1, 3), episode(6, 8)], [episode(1, 3), episode(5, 8)], "=1 6>5"),
    ],
)
def test_pairs(before: list[Episode], after: list[Episode], expected: str) -> None:
    """Cases: the same, overlapping, near, too far, of another instance, split and joined."""
    assert said(compared(before, after)) == expected


def test_the_other_way_round() -> None:
    """Law: what one side gains the other loses."""
    one, other = [episode(1, 3), episode(6, 8), episode(30)], [episode(2, 3), episode(15, 16)]
    there, back = compared(one, other), compared(other, one)
    assert (there.gained, there.lost, there.unchanged) == (back.lost, back.gained, back.unchanged)
    assert [(each.before, each.after) for each in there.moved] == [(each.after, each.before) for each in back.moved]


def test_alerts_are_matched_by_name() -> None:
    """Case: one that only one side has counts as gained or lost, and differs even without any episode."""
    before, after = [episode(1, 2, alert="A")], [episode(1, 2, alert="B")]
    found = compare(before, after, ({"A": DAY, "C": DAY}, {"B": DAY, "C": DAY}))
    assert [(each.alert, each.before, each.after, said(each), each.differs) for each in found] == [
        ("A", True, False, "=0 -1", True),
        ("B", False, True, "=0 +1", True),
        ("C", True, True, "=0", False),
    ]
