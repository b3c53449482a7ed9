from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SourceError
from monitor.ports import HttpState
from monitor.sources.manners import Budget, Manners, retry_after
from tests.sources.fakes import DAY, Clock, Memory

NOW = datetime(2026, 8, 19, 0, 20, tzinfo=UTC)
WHERE = "https://example.org/list"


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("0", 0),
        ("17", 17),
        (" 17 ", 17),
        ("3601", 3600),
        ("999999999", 3600),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0),
        (format_datetime(NOW + timedelta(days=90), usegmt=True), 3600),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("9" * 5000, None),
        ("Wed, 99 Aug 2026 00:00:00 GMT", None),
        ("Wed, 19 Aug 99999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_of_at_most_an_hour(header: str, wait: float | None) -> None:
    """RFC 9110 10.2.3, capped; what can not be read says nothing."""
    assert retry_after(header, NOW) == wait


@given(st.text())
def test_retry_after_takes_any_text(header: str) -> None:
    """A header is the source's text: it never breaks a poll."""
    wait = retry_after(header, NOW)
    assert wait is None or 0 <= wait <= 3600


def test_a_clock_set_back_does_not_block_a_source() -> None:
    """A remembered instant further away than any Retry-After that is kept can only come from another clock."""
    clock = Clock(NOW)
    memory = Memory({WHERE: HttpState(not_before=NOW.timestamp() + 2 * 3600)})
    Manners(memory, clock.now, clock.sleep).refuse_early(WHERE)


async def grants(manners: Manners, budget: Budget, count: int) -> None:
    for _ in range(count):
        await manners.wait_for(budget, WHERE)


@pytest.mark.asyncio
async def test_a_spent_minute_is_waited_out() -> None:
    """The 31st request of a minute goes out when the first is a minute old."""
    clock = Clock(NOW)
    await grants(Manners(Memory(), clock.now, clock.sleep), Budget("api", 30, 500), 31)
    assert clock.slept == [60]


@pytest.mark.asyncio
async def test_a_spent_day_is_an_error_that_says_until_when_and_survives_a_restart() -> None:
    """Nothing is sent and nothing waits for hours; the count is in the memory, not in the process."""
    clock, memory = Clock(NOW), Memory()
    budget = Budget("api", 500, 500)
    await grants(Manners(memory, clock.now, clock.sleep), budget, 500)
    clock.at += timedelta(hours=1)
    with pytest.raises(SourceError, match=r"budget api \(500 a minute, 500 a day\) is spent; .* in 82800 s") as caught:
        await grants(Manners(memory, clock.now, clock.sleep), budget, 1)
    assert caught.value.not_before == DAY - 3600
    assert not clock.slept


@pytest.mark.asyncio
async def test_a_memory_that_never_grants_is_not_waited_for_without_end() -> None:
    """A wait is repeated three times at most."""

    class Miser(Memory):
        def spend(self, budget: str, at: float, *, per_minute: int, per_day: int) -> float:  # noqa: ARG002
            return 1.0

    clock = Clock(NOW)
    with pytest.raises(SourceError, match="is spent"):
        await grants(Manners(Miser(), clock.now, clock.sleep), Budget("api", 1, 1), 1)
    assert clock.slept == [1, 1, 1]
