"""The period that is over."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from monitor.digest import closed
from monitor.model.bar import Bar, instant, seconds


@pytest.mark.parametrize("bar", [Bar.DAY, Bar.WEEK])
def test_it_is_the_last_one_that_is_over(bar: Bar) -> None:
    """Law: it ended at or before the instant, and the next one has not; weeks begin on Monday, days at midnight."""
    shuffle = random.Random(7)  # noqa: S311 - for a test
    for at in [seconds(datetime(2026, 2, 16, tzinfo=UTC)), *(shuffle.randrange(10**9, 3 * 10**9) for _ in range(500))]:
        period = closed(bar, at)
        assert period.end <= at < period.end + bar.width
        assert instant(period.start).strftime("%H:%M:%S") == "00:00:00"
        assert bar is Bar.DAY or instant(period.start).weekday() == 0
        assert period.earlier(1).end == period.start


def test_it_names_its_bar() -> None:
    """Case: the first instant after a week."""
    at = seconds(datetime(2026, 2, 16, tzinfo=UTC))
    assert closed(Bar.WEEK, at).name == "week of 2026-02-09 to 2026-02-15 (UTC)"
    assert closed(Bar.WEEK, at - 1).name == "week of 2026-02-02 to 2026-02-08 (UTC)"
    assert closed(Bar.DAY, at).name == "day 2026-02-15 (UTC)"
