"""Times that come again: a part of certain days of the week, by the clock of a time zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY = frozenset(range(len(_DAYS)))
_HOUR, _DAY = 60, 24 * 60  # minutes
_TIMES = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")
_NAMED = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)(?:[-,](?:mon|tue|wed|thu|fri|sat|sun))*")
_EXPECTED = "expected days, times and a time zone, such as 'mon-fri 18:00-08:00 Europe/Berlin' or 'sat,sun'"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """From `begins` to `ends`, minutes after midnight, on `days` (0 = Monday).

    Where it ends before it begins, it ends on the day after. `text`: as it was written.
    """

    text: str
    days: frozenset[int] = _EVERY
    begins: int = 0
    ends: int = _DAY
    zone: str = "UTC"

    def holds(self, at: int) -> bool:
        """Whether it is such a time; `at`: epoch seconds."""
        local = datetime.fromtimestamp(at, ZoneInfo(self.zone))
        day, minute = local.weekday(), local.hour * _HOUR + local.minute
        if self.begins < self.ends:
            return day in self.days and self.begins <= minute < self.ends
        begun = day in self.days and minute >= self.begins
        return begun or ((day - 1) % len(_DAYS) in self.days and minute < self.ends)

    def __str__(self) -> str:
        return self.text


def recurrence(text: str) -> Recurrence:
    """`mon-fri 18:00-08:00 Europe/Berlin`, each part of which may be missing, but not all; raises ValueError."""
    words = text.split()
    days = _taken(words, lambda word: _NAMED.fullmatch(word.lower()) is not None)
    times = _taken(words, lambda word: _TIMES.fullmatch(word) is not None)
    if len(words) > 1 or not (days or times):
        raise ValueError(f"got {text[:60]!r}, {_EXPECTED}")
    begins, ends = _minutes(times) if times else (0, _DAY)
    return Recurrence(text, _weekdays(days.lower()) if days else _EVERY, begins, ends, _zone(words))


def _taken(words: list[str], wanted: Callable[[str], bool]) -> str:
    """The first word that is wanted, which is taken out; empty if none is."""
    found = next((word for word in words if wanted(word)), "")
    if found:
        words.remove(found)
    return found


def _weekdays(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        names = [_DAYS.index(name) for name in part.split("-")]
        first, last = names[0], names[-1]
        found.update((first + step) % len(_DAYS) for step in range((last - first) % len(_DAYS) + 1))
    return frozenset(found)


def _minutes(text: str) -> tuple[int, int]:
    match = _TIMES.fullmatch(text)
    hours = [int(each) for each in match.groups()] if match else []
    begins, ends = hours[0] * _HOUR + hours[1], hours[2] * _HOUR + hours[3]
    if max(begins, ends) > _DAY or begins == ends or max(hours[1], hours[3]) >= _HOUR:
        raise ValueError(f"got the times {text!r}, expected two different ones from 00:00 to 24:00")
    return begins, ends


def _zone(words: list[str]) -> str:
    name = words[0] if words else "UTC"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name[:60]!r} is no time zone, {_EXPECTED}") from None
