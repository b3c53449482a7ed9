"""When a request may go out: Retry-After and request budgets, both remembered over restarts."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime

from monitor.errors import SourceError
from monitor.ports import FetchMemory

_LONGEST_RETRY_AFTER = 3600.0
_LONGEST_BUDGET_WAIT = 65.0  # seconds: outlasts a spent minute, never a spent day
_BUDGET_WAITS = 3


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a group of addresses may be asked; counted durably, so a restart does not forget."""

    name: str
    per_minute: int
    per_day: int


@dataclass(frozen=True, slots=True)
class Manners:
    """What is owed to a source; `memory` keeps it, `now` and `sleep` are the clock."""

    memory: FetchMemory
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]

    def refuse_early(self, where: str) -> None:
        """Raise SourceError while an earlier Retry-After of this address lasts."""
        wait = self.memory.http_state(where).not_before - self.now().timestamp()
        # Longer than any Retry-After that is kept: the clock was set back.
        if 0 < wait <= _LONGEST_RETRY_AFTER:
            raise SourceError(f"{where}: asked to wait; the next request may go out in {wait:.0f} s", not_before=wait)

    def spend(self, budget: Budget | None) -> float:
        """Count one request; 0 = it may go out, else the seconds to wait (nothing counted)."""
        if budget is None:
            return 0.0
        at = self.now().timestamp()
        return self.memory.spend(budget.name, at, per_minute=budget.per_minute, per_day=budget.per_day)

    async def wait_for(self, budget: Budget | None, where: str) -> None:
        """Wait out a spent minute and count one request; raises SourceError when the day is spent."""
        wait = self.spend(budget)
        for _ in range(_BUDGET_WAITS):
            if not 0 < wait <= _LONGEST_BUDGET_WAIT:
                break
            await self.sleep(wait)
            wait = self.spend(budget)
        if budget is not None and wait > 0:
            raise SourceError(
                f"{where}: the request budget {budget.name} ({budget.per_minute} a minute, {budget.per_day} a day)"
                f" is spent; the next request may go out in {wait:.0f} s",
                not_before=wait,
            )

    def remember_failure(self, where: str, wait: float | None) -> None:
        """Count a failure; for `wait` seconds no request goes to this address."""
        state = self.memory.http_state(where)
        not_before = 0.0 if wait is None else self.now().timestamp() + wait
        self.memory.remember_http(where, replace(state, not_before=not_before, failures=state.failures + 1))

    def remember_success(self, where: str) -> None:
        """Forget failures."""
        state = self.memory.http_state(where)
        if state.not_before or state.failures:
            self.memory.remember_http(where, replace(state, not_before=0.0, failures=0))


def retry_after(value: str, now: datetime) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110: seconds or a date), at most 1 h; None = it says nothing."""
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(float(text), _LONGEST_RETRY_AFTER)
    try:
        wait = parsedate_to_datetime(text).timestamp() - now.timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None
    return min(max(wait, 0.0), _LONGEST_RETRY_AFTER)
