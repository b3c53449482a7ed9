"""Levels: they hold, they go, they go stale; a late look counts for the next bar."""

from __future__ import annotations

import pytest

from monitor.backtest import Mode
from monitor.model.bar import Bar
from tests.laws.history import NEVER, Row, Table, Word, levels, series_of, together
from tests.laws.passes import as_known, compiled
from tests.rules.tables import DAY, HOUR, MONDAY, hours, said, told, transitions

ABOVE = "watch: price_output\nabove: 5"


def test_a_level_holds_until_the_next_look() -> None:
    """Hours without a look have the value before them."""
    assert told(f"{ABOVE}\nfor: 4 bars", hours("6 ? ? 6"), "hour") == ["3 firing a"]


def test_a_level_that_is_gone_is_unknown() -> None:
    """It does not go on holding, and it does not clear either."""
    assert told(f"{ABOVE}\nfor: 2 bars", hours({"a": "6 - -", "b": "1 1 1"}), "hour") == []
    assert told(ABOVE, hours({"a": "6 - 4", "b": "1 1 1"}), "hour") == ["0 firing a", "2 resolved a"]


def test_looks_are_believed_only_so_long() -> None:
    """Two hours after a look nothing is known any more, until the next one."""
    values = "6 ? ? ? 6 6"
    assert told("watch: price_output\nappears: true", hours(values, stale=2 * HOUR), "hour") == []
    assert told(ABOVE, hours("6 ? ? ? 4", stale=2 * HOUR), "hour") == ["0 firing a", "4 resolved a"]
    assert told(f"{ABOVE}\nfor: 4 bars", hours("6 ? ? 6", stale=2 * HOUR), "hour") == ["3 firing a"]


def test_a_move_while_nobody_looked_is_seen_after_it() -> None:
    """Against the previous bar of a price is against its last known one; one that was gone in between starts anew."""
    rule = "watch: price_output\nrises: 20%"
    for stale in (2 * HOUR, None):
        assert told(rule, hours("5 ? ? ? 6 6", stale=stale), "hour") == ["4 firing a"]
    assert told(rule, hours({"a": "5 - 6", "b": "1 1 1"}), "hour") == []
    assert told(rule, hours({"a": "5 - ? ? ? 6", "b": "1 1 ? ? ? 1"}, stale=2 * HOUR), "hour") == []
    assert told(f"{rule}\nagainst: 4h ago", hours("5 ? ? ? 6", stale=2 * HOUR), "hour") == ["4 firing a"]
    assert told(f"{rule}\nagainst: 2h ago", hours("5 ? ? ? ? 6", stale=2 * HOUR), "hour") == []


def test_being_stale_is_no_absence() -> None:
    """Nothing disappears because its source was not seen."""
    rule = "watch: price_output\ndisappears: true"
    assert told(rule, hours({"a": "1 ? ? ? ? 1", "b": "1 ? ? ? ? 1"}, stale=2 * HOUR), "hour") == []
    assert told(rule, hours({"a": "1 ? ? ? ? -", "b": "1 ? ? ? ? 1"}, stale=2 * HOUR), "hour") == ["5 firing a"]


def look(hour: int, minute: int, **prices: float) -> tuple[int, dict[str, float]]:
    """What was shown at a time of the day."""
    return MONDAY + hour * HOUR + minute * 60, prices


def test_what_is_seen_after_its_bar_was_sealed_counts_for_the_next() -> None:
    """The first look seals the hour; a second one in it can not change what was judged."""
    table = levels("s", [look(0, 10, a=6), look(0, 40, a=3), look(1, 10, a=3)], stale=None)
    assert told(ABOVE, table, "hour") == ["0 firing a", "1 resolved a"]
    (found,) = transitions("watch: price_output\nfalls: 50%", table, "hour")
    assert found.valid_at == MONDAY + HOUR


def test_a_late_look_that_the_next_one_takes_back_never_counts() -> None:
    """Seen in a sealed hour and gone before the next was sealed: that hour has the newer value."""
    table = levels("s", [look(0, 10, a=6), look(0, 40, a=3), look(1, 10, a=6)], stale=None)
    assert told("watch: price_output\nfalls: 50%", table, "hour") == []


def test_a_price_that_is_learnt_much_later_is_a_revision() -> None:
    """Of hour 1 but known only in hour 3: it counts where it was observed, and is told when it was learnt."""
    series = series_of("price_output", "s", "a")
    first, late = MONDAY + 600, MONDAY + HOUR + 600
    rows = (Row(series, first, first, 1.0), Row(series, late, MONDAY + 3 * HOUR + 300, 9.0))
    words = tuple(
        Word("s", "price_output", Bar.HOUR, MONDAY + (hour + 1) * HOUR, MONDAY + hour * HOUR + 600, NEVER)
        for hour in range(5)
    )
    found = transitions("watch: price_output\nrises: 20%", Table(rows, words), "hour", Mode.AS_KNOWN)
    assert [said(each, "hour") for each in found] == ["1 firing a"]
    assert [each.judged_at for each in found] == [MONDAY + 3 * HOUR + 300]


@pytest.mark.parametrize("stale", [None, 3 * HOUR])
def test_the_first_look_of_another_source_is_awaited(stale: int | None) -> None:
    """Before one of two sources was looked at, nothing is known of it: its members are not missing."""
    ours = levels("s", [look(hour, 10, a=4.0) for hour in range(5)], stale=stale)
    theirs = levels("r", [look(hour, 10, a=1.0, b=1.0) for hour in range(2, 5)], stale=stale)
    rule = 'watch: price_output(source="s") / price_output(source="r")\nabove: 2'
    assert told(rule, together(ours, theirs), "hour") == ["2 firing a"]
    count = 'watch: count(price_output(source="s")) - count(price_output(source="r"))\nbelow: 5'
    assert told(count, together(ours, theirs), "hour") == ["2 firing"]


def test_of_who_was_never_shown_nothing_is_remembered() -> None:
    """First seen in an hour that was sealed before: neither the record nor the memory knows of it yet."""
    table = levels("s", [look(0, 10, a=1), look(1, 10, a=1), look(1, 40, a=1, b=1)], stale=None)
    for condition in ("disappears: true", "falls: 20%", "leaves_top: 1", "new_low: all", "crosses_above: 5"):
        states = as_known(compiled(f"watch: price_output\n{condition}", "hour"), table).states["s"]
        assert [labels.get("model") for labels in states] == ["a"], condition


def test_levels_in_coarser_bars_are_the_last_of_each() -> None:
    """A day has the price it ended with."""
    table = levels("s", [look(hour, 10, a=9 if hour % 24 < 20 else 1) for hour in range(48)], stale=None)
    assert told(ABOVE, table) == []
    assert [each.value for each in transitions("watch: price_output\nbelow: 5", table)] == [1.0]
    assert DAY == 24 * HOUR
