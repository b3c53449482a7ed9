"""Politeness over restarts: what is remembered of addresses, and budgets of requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ledger import Ledger
from monitor.ports import FetchMemory, HttpState
from tests.ledger.test_learning_laws import fresh

MIDNIGHT = 1_767_225_600.0  # 2026-01-01T00:00:00Z
NOON = MIDNIGHT + 43_200


def test_state_of_an_address_survives_a_restart(path: Path) -> None:
    """And is replaced whole; an unknown address has the defaults."""
    first = HttpState('"etag"', "Mon, 05 Jan 2026 00:00:00 GMT", NOON + 0.5, 3)
    with Ledger.open(path) as ledger:
        memory: FetchMemory = ledger
        assert memory.http_state("a") == HttpState()
        memory.remember_http("a", first)
    with Ledger.open(path) as ledger:
        assert ledger.http_state("a") == first
        ledger.remember_http("a", HttpState(failures=1, not_before=5))
        assert ledger.http_state("a") == HttpState(failures=1, not_before=5.0)
        assert ledger.http_state("b") == HttpState()


def test_minute_budget_is_any_sixty_seconds(ledger: Ledger) -> None:
    """Refused with the seconds to wait, counted only when granted."""
    assert ledger.spend("or", NOON, per_minute=2, per_day=500) == 0.0
    assert ledger.spend("or", NOON + 50, per_minute=2, per_day=500) == 0.0
    assert ledger.spend("or", NOON + 55.5, per_minute=2, per_day=500) == 4.5
    assert ledger.spend("or", NOON + 60, per_minute=2, per_day=500) == 0.0
    assert ledger.spend("or", NOON + 60, per_minute=2, per_day=500) == 50.0


def test_day_budget_ends_at_midnight_utc_and_survives_a_restart(path: Path) -> None:
    """A restart does not grant a second budget."""
    with Ledger.open(path) as ledger:
        for hour in range(3):
            assert ledger.spend("or", NOON + hour * 3600, per_minute=30, per_day=3) == 0.0
    with Ledger.open(path) as ledger:
        late = NOON + 4 * 3600
        assert ledger.spend("or", late, per_minute=30, per_day=3) == MIDNIGHT + 86_400 - late
        assert ledger.spend("or", MIDNIGHT + 86_400, per_minute=30, per_day=3) == 0.0


def test_minute_budget_holds_across_midnight(ledger: Ledger) -> None:
    """A new day forgets the day's count, not the last minute."""
    assert ledger.spend("or", MIDNIGHT - 1, per_minute=1, per_day=1) == 0.0
    assert ledger.spend("or", MIDNIGHT + 9, per_minute=1, per_day=1) == 50.0
    assert ledger.spend("or", MIDNIGHT + 59, per_minute=1, per_day=1) == 0.0


def test_lowered_budget_waits_for_as_many_to_pass(ledger: Ledger) -> None:
    """Five requests were made when ten were allowed; now two are: the fourth must be a minute old."""
    for second in range(5):
        assert ledger.spend("or", NOON + second, per_minute=10, per_day=500) == 0.0
    assert ledger.spend("or", NOON + 5, per_minute=2, per_day=500) == 58.0


def test_budgets_are_apart(ledger: Ledger) -> None:
    """One source's requests are not another's."""
    assert ledger.spend("a", NOON, per_minute=1, per_day=1) == 0.0
    assert ledger.spend("b", NOON, per_minute=1, per_day=1) == 0.0


def test_a_clock_that_was_wrong_does_not_block_for_ever(ledger: Ledger) -> None:
    """Requests counted a year ahead are forgotten when the clock is right again."""
    assert ledger.spend("or", NOON + 365 * 86_400, per_minute=1, per_day=1) == 0.0
    assert ledger.spend("or", NOON, per_minute=1, per_day=1) == 0.0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 40_000), max_size=40), st.integers(1, 4), st.integers(1, 8))
def test_no_window_ever_holds_more_than_granted(gaps: list[float], per_minute: int, per_day: int) -> None:
    """Whoever waits as told is granted; no minute and no UTC day exceeds its budget."""
    granted: list[float] = []
    at = MIDNIGHT
    with fresh() as ledger:
        for gap in gaps:
            at += gap
            wait = ledger.spend("or", at, per_minute=per_minute, per_day=per_day)
            if wait:
                at += wait
                wait = ledger.spend("or", at, per_minute=per_minute, per_day=per_day)
            assert wait == pytest.approx(0.0, abs=1e-6)
            granted += [at] if wait == 0.0 else []
    for start in granted:
        assert sum(1 for other in granted if start <= other < start + 59.999) <= per_minute
        assert sum(1 for other in granted if other // 86_400 == start // 86_400) <= per_day
