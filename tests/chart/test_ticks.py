"""Round instants and round numbers on an axis."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.chart.ticks import even_ticks, log_ticks, time_ticks

HOUR, DAY = 3600, 86400


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        ("2026-01-05T00:00", "2026-01-05T03:00", "01-05_00:00 01-05_01:00 01-05_02:00 01-05_03:00"),
        ("2026-01-05T01:00", "2026-01-06T01:00", "01-05_12:00 01-06_00:00"),
        ("2026-01-05T00:00", "2026-01-08T00:00", "2026-01-05 2026-01-06 2026-01-07 2026-01-08"),
        ("2026-01-06T00:00", "2026-02-02T00:00", "2026-01-12 2026-01-19 2026-01-26 2026-02-02"),  # Mondays
        ("2025-12-10T00:00", "2026-03-20T00:00", "2026-01 2026-02 2026-03"),
        ("2024-11-01T00:00", "2026-08-01T00:00", "2025-01 2025-07 2026-01 2026-07"),
        ("2019-06-01T00:00", "2026-06-01T00:00", "2020 2022 2024 2026"),
    ],
)
def test_instants(first: str, last: str, labels: str) -> None:
    """Cases: hours, days, weeks, months, years."""
    ticks = time_ticks(at(first), at(last), 4)
    assert [tick.label for tick in ticks] == labels.replace("_", "\0").replace(" ", "\n").replace("\0", " ").split("\n")


@given(st.integers(0, 2**32), st.integers(1, 2**30), st.integers(1, 12))
def test_instants_lie_within(first: int, length: int, most: int) -> None:
    """Law: in order, between the ends, no more than asked."""
    ticks = [tick.at for tick in time_ticks(first, first + length, most)]
    assert ticks == sorted(set(ticks))
    assert all(first <= tick <= first + length for tick in ticks)
    assert len(ticks) <= most


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, (0.0, 0.5, 1.0)),
        (0.0, 4.3e12, (0.0, 1e12, 2e12, 3e12, 4e12)),
        (-0.3, 0.3, (-0.2, -0.1, 0.0, 0.1, 0.2)),
        (14.2, 15.8, (14.5, 15.0, 15.5)),
        (1.0, 1.0, ()),
        (float("nan"), 1.0, ()),
    ],
)
def test_numbers(low: float, high: float, expected: tuple[float, ...]) -> None:
    """Cases: multiples of 1, 2 or 5; nothing where there is no range."""
    assert even_ticks(low, high, 5) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.2, 6.0, (0.2, 0.5, 1.0, 2.0, 5.0)),
        (0.05, 2.0, (0.1, 0.3, 1.0)),
        (0.001, 90.0, (0.001, 0.01, 0.1, 1.0, 10.0)),
    ],
)
def test_powers(low: float, high: float, expected: tuple[float, ...]) -> None:
    """Cases: 1, 2 and 5, then 1 and 3, then powers of ten alone."""
    assert log_ticks(low, high, 5) == expected


@given(st.floats(1e-9, 1e12), st.floats(1.01, 1e9), st.integers(1, 9))
def test_numbers_lie_within(low: float, times: float, most: int) -> None:
    """Law: in order, between the ends, no more than asked."""
    for ticks in (even_ticks(low, low * times, most), log_ticks(low, low * times, most)):
        assert list(ticks) == sorted(set(ticks))
        assert all(low * (1 - 1e-9) <= tick <= low * times * (1 + 1e-9) for tick in ticks)
        assert len(ticks) <= most
