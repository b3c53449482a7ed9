"""Instants as test files write them and as their reports show them."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.model.bar import DAY, instant, seconds


def read_instant(text: str) -> int:
    """Epoch seconds of "2026-01-05" or "2026-01-05T06:00Z" (UTC where nothing else is said); raises ValueError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"got '{text[:60]}', expected a day or an hour, such as 2026-01-05 or 2026-01-05T06:00Z"
        ) from None
    return seconds(found if found.tzinfo else found.replace(tzinfo=UTC))


def shown_instant(at: int) -> str:
    """The shortest that reads back: "2026-01-05", "2026-01-05T06:00Z"."""
    return f"{instant(at):%Y-%m-%d}" if at % DAY == 0 else f"{instant(at):%Y-%m-%dT%H:%MZ}"
