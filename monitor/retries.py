"""When a source that failed is asked again: sooner than its schedule says, later each time it fails again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

_FIRST, _LAST = timedelta(minutes=5), timedelta(hours=1)
_DOUBLINGS = 8  # far beyond the last, and no span that is too long to be one


@dataclass(slots=True)
class Retries:
    """By name: when it is due, and how often in a row it has failed."""

    _planned: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def failed(self, name: str, now: datetime) -> None:
        """Plan the next one."""
        failures = self._planned.get(name, (now, 0))[1] + 1
        self._planned[name] = (now + min(_FIRST * 2 ** min(failures - 1, _DOUBLINGS), _LAST), failures)

    def went_well(self, name: str) -> None:
        """There is nothing to make up for."""
        self._planned.pop(name, None)

    def due(self, now: datetime) -> list[str]:
        """Those whose time has come."""
        return [name for name, (at, _) in self._planned.items() if at <= now]
