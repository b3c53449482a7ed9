"""When schedules fire: in UTC, whatever the local clock does, without drift, each source at a phase of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SettingsError
from monitor.schedule import fire_times

START = datetime(2026, 2, 9, tzinfo=UTC)
HOURLY = "H * * * *"


def times(cron: str, after: datetime, span: timedelta, name: str = "openrouter_models") -> list[datetime]:
    return list(fire_times(name, cron, after, after + span))


def test_thirty_days_of_hourly_polls_are_720_without_drift() -> None:
    """Law: each run is exactly an hour after the one before it."""
    found = times(HOURLY, START, timedelta(days=30))
    assert len(found) == 720
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(hours=1)}


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)])
def test_days_on_which_local_clocks_change_are_days_like_any(day: datetime) -> None:
    """Case: where 02:30 comes twice or never in local time, a day has 24 hourly runs and one at 02:30 UTC."""
    assert len(times(HOURLY, day, timedelta(days=1))) == 24
    (found,) = times("30 2 * * *", day, timedelta(days=1))
    assert found.replace(second=0) == day + timedelta(hours=2, minutes=30)


def test_each_name_has_a_phase_of_its_own_that_never_changes() -> None:
    """Law: a phase follows from the name alone, so that restarts do not move it and sources do not fire together."""
    assert times(HOURLY, START, timedelta(hours=1), "a") == times(HOURLY, START, timedelta(hours=1), "a")
    phases = {times(HOURLY, START, timedelta(hours=1), f"source_{number}")[0] for number in range(50)}
    assert len(phases) >= 48
    pinned = times(HOURLY, START, timedelta(hours=1), "openrouter_models")
    assert pinned == [datetime(2026, 2, 9, 0, 58, 17, tzinfo=UTC)]


def test_a_hashed_step_keeps_its_distance() -> None:
    """Case: H/15 is every fifteenth minute, from a minute that follows from the name."""
    found = times("H/15 * * * *", START, timedelta(hours=2))
    assert len(found) == 8
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(minutes=15)}


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [
        ("0", "Sun"),
        ("7", "Sun"),
        ("1", "Mon"),
        ("fri", "Fri"),
        ("1-3", "Mon Tue Wed"),
        ("5-7", "Sun Fri Sat"),
        ("6-1", "Sun Mon Sat"),
        ("1,3", "Mon Wed"),
        ("*/3", "Sun Wed Sat"),
        ("0-7", "Sun Mon Tue Wed Thu Fri Sat"),
    ],
)
def test_weekdays_count_as_in_a_crontab(weekday: str, expected: str) -> None:
    """Case: 0 and 7 are Sunday. APScheduler alone takes 0 for Monday and would fire a day late."""
    sunday = datetime(2026, 2, 8, tzinfo=UTC)
    found = times(f"0 12 * * {weekday}", sunday, timedelta(days=7))
    assert [each.strftime("%a") for each in found] == expected.split()


@pytest.mark.parametrize(
    ("cron", "complaint"),
    [
        ("* * * *", "4 fields, expected 5"),
        ("61 * * * *", "61"),
        ("x * * * *", "x"),
        ("H/0 * * * *", "expected H or H/15"),
        ("0 0 * * 8", "the weekday '8'"),
        ("0 0 1 * 1", "a day and a weekday"),
        ("0 0 31 2 *", "never comes"),
    ],
)
def test_a_wrong_line_says_what_is_wrong(cron: str, complaint: str) -> None:
    """Case: the name, what was got and what was expected, before anything is scheduled."""
    with pytest.raises(SettingsError) as caught:
        fire_times("llm_prices", cron, START, START)
    assert "schedule of llm_prices" in str(caught.value)
    assert repr(cron) in str(caught.value)
    assert complaint in str(caught.value)


@given(
    cuts=st.lists(st.integers(0, 2 * 86_400), max_size=8),
    cron=st.sampled_from(["H/7 * * * *", "20 0 * * *", "H H * * 1"]),
)
def test_stepping_in_any_cut_fires_the_same(cuts: list[int], cron: str) -> None:
    """Law: asking for a span in pieces brings the same times as asking at once, each once."""
    edges = [START + timedelta(seconds=cut) for cut in sorted([0, *cuts, 2 * 86_400])]
    pieces = [list(fire_times("s", cron, *pair)) for pair in pairwise(edges)]
    assert [each for piece in pieces for each in piece] == times(cron, START, timedelta(days=2), "s")
