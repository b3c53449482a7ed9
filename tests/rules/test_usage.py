"""Flows: weeks made of days, weeks that are given, restated days, and tokens that are reported twice."""

from __future__ import annotations

import pytest

from monitor.backtest import Mode, backtest
from monitor.catalog import Join
from monitor.catalog import load as load_catalog
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Series
from monitor.model.transition import Transition
from tests.laws.history import Poll, Row, Table, Word, flows, series_of
from tests.laws.passes import CATALOG, compiled
from tests.rules.tables import DAY, HOUR, MONDAY, WEEK, days, told, transitions

ALL = "watch: tokens\nabove: 0"


def found(rule: str, table: Table, every: str, mode: Mode = Mode.AS_KNOWN) -> list[tuple[int, float]]:
    """(bar start, value) of everything told."""
    return [(each.valid_at, each.value) for each in transitions(rule, table, every, mode)]


def test_a_week_is_the_sum_of_its_days() -> None:
    """From Monday to Sunday."""
    assert found(ALL, days("1 2 3 4 5 6 7 1"), "week") == [(MONDAY, 28.0)]


def test_a_week_with_a_missing_day_is_unknown() -> None:
    """No day of the source at all: the sum of the others is not the week's."""
    assert found(ALL, days("1 2 ? 4 5 6 7  1 1 1 1 1 1 1"), "week") == [(MONDAY + WEEK, 7.0)]


def test_a_week_that_began_before_history_is_unknown() -> None:
    """It lacks its first days."""
    assert found(ALL, days("1 1 1 1 1 1  2 2 2 2 2 2 2", start=MONDAY + DAY), "week") == [(MONDAY + WEEK, 14.0)]


def test_a_week_is_judged_once_it_is_whole() -> None:
    """Six days of it are no bar; the word on the seventh seals it."""
    assert found(ALL, days("1 1 1 1 1 1"), "week") == []
    (whole,) = transitions(ALL, days("1 1 1 1 1 1 1"), "week")
    assert whole.judged_at == MONDAY + WEEK + HOUR


def week_rows(*starts: int) -> Table:
    """A source that reports weeks, of 7 tokens each, sealed an hour after the last of them."""
    series = Series("tokens", Labels.of(source="s", model="a"), Bar.WEEK)
    end = max(starts) + WEEK
    rows = tuple(Row(series, start, end + HOUR, 7.0) for start in starts)
    return Table(rows, (Word("s", "tokens", Bar.WEEK, end, end + HOUR),))


def test_weeks_as_a_source_gives_them() -> None:
    """They are taken as they are; days can not be made of them."""
    table = week_rows(MONDAY, MONDAY + WEEK)
    assert found(ALL, table, "week") == [(MONDAY, 7.0)]
    assert found(ALL, table, "day") == []


def test_weeks_that_do_not_start_on_monday_are_not_weeks() -> None:
    """One from Tuesday on belongs to no bar, and is not put into the wrong one."""
    assert found(ALL, week_rows(MONDAY + DAY), "week") == []
    assert found(ALL, week_rows(MONDAY + DAY, MONDAY + 2 * WEEK), "week") == [(MONDAY + 2 * WEEK, 7.0)]


@pytest.mark.parametrize(("every", "first", "total"), [("month", 1767225600, 31.0), ("day", 1767225600, 1.0)])
def test_months_and_days(every: str, first: int, total: float) -> None:
    """January 2026 has 31 days."""
    assert found(ALL, days(" ".join(["1"] * 35), start=1767225600), every)[0] == (first, total)


def restated() -> Table:
    """Two days; the first is restated from 4 to 6 after it was sealed, when the second comes."""
    first, second = (series_of("tokens", "s", "a"), MONDAY), (series_of("tokens", "s", "a"), MONDAY + DAY)
    polls = [
        Poll(MONDAY + DAY + HOUR, {first: 4.0}, MONDAY + DAY),
        Poll(MONDAY + 2 * DAY + HOUR, {first: 6.0, second: 4.0}, MONDAY + 2 * DAY),
    ]
    return flows("s", Bar.DAY, polls)


def test_a_restated_day_counts_as_known_or_as_final() -> None:
    """As known it was 4 when it was judged; as final it was 6."""
    rule = "watch: tokens\nabove: 5"
    assert told(rule, restated()) == ["0 firing a", "1 resolved a"]  # late, when the second day came
    assert [each.judged_at for each in transitions(rule, restated())] == [MONDAY + 2 * DAY + HOUR] * 2
    assert told(rule, restated(), mode=Mode.AS_FINAL) == ["0 firing a", "1 resolved a"]


def test_what_comes_after_the_seal_is_not_known_at_it() -> None:
    """A model that a day lists only later is absent from it as known."""
    a, b = series_of("tokens", "s", "a"), series_of("tokens", "s", "b")
    polls = [
        Poll(MONDAY + DAY + HOUR, {(a, MONDAY): 1.0}, MONDAY + DAY),
        Poll(MONDAY + 2 * DAY, {(b, MONDAY): 9.0, (a, MONDAY + DAY): 1.0, (b, MONDAY + DAY): 9.0}, MONDAY + 2 * DAY),
    ]
    late = transitions("watch: tokens\nabove: 5", flows("s", Bar.DAY, polls))
    assert [(each.valid_at, each.judged_at) for each in late] == [(MONDAY, MONDAY + 2 * DAY)]
    assert told("watch: tokens\nabove: 5", flows("s", Bar.DAY, polls), mode=Mode.AS_FINAL) == ["0 firing b"]


TWICE = """
duplicates:
  - {alias: deepseek/a-old, of: deepseek/a, source: 's*'}
"""


def of_catalog(text: str, table: Table) -> list[Transition]:
    """The sum of everything, with this catalogue."""
    rule = compiled("watch: sum(tokens)\nabove: 0", "day")
    return backtest(table, [rule], Join(load_catalog(text, "c"), {}))


def test_tokens_reported_twice_count_once() -> None:
    """Under the right name where both are listed; under the other where it stands alone."""
    table = days({"deepseek/a": "5 - 5", "deepseek/a-old": "5 5 -", "openai/c": "1 1 1"})
    assert [each.value for each in of_catalog(CATALOG + TWICE, table)] == [6.0]
    assert [each.value for each in of_catalog(CATALOG, table)] == [11.0]
    alone = days({"deepseek/a": "- 5", "deepseek/a-old": "5 -", "openai/c": "1 1"})
    assert [each.value for each in of_catalog(CATALOG + TWICE, alone)] == [6.0]


def test_each_metric_of_a_rule_may_come_in_its_own_bar() -> None:
    """One selector finds days and the other weeks of the same source: both are what they say."""
    by_day = days({"a": "1 1 1 1 1 1 1"})
    weekly = Series("tokens", Labels.of(source="s", author="x"), Bar.WEEK)
    end = MONDAY + WEEK
    both = Table(
        (*by_day.rows, Row(weekly, MONDAY, end + HOUR, 70.0)),
        (*by_day.words, Word("s", "tokens", Bar.WEEK, end, end + HOUR)),
    )
    (share,) = transitions('watch: sum(tokens(model="*")) / sum(tokens(author="*"))\nabove: 0', both, "week")
    assert share.value == pytest.approx(0.1)
