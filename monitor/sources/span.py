"""Days: to ask a source for, whole ones, cut into pieces that it answers at once; and as it writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from monitor.sources.answer import Place

DAY = timedelta(days=1)
WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Span:
    """Days to ask for, both ends included."""

    first: date
    last: date

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return midnight(self.last + DAY)


def cut(first: date, last: date, days: int) -> Iterator[Span]:
    """The days from `first` to `last` in pieces of at most so many, oldest first; none where `last` lies before."""
    while first <= last:
        end = min(first + timedelta(days=days - 1), last)
        yield Span(first, end)
        first = end + DAY


def midnight(day: date) -> datetime:
    """The instant at which a day begins."""
    return datetime.combine(day, time.min, UTC)


def utc_day(instant: datetime) -> date:
    """The day that an instant lies in."""
    return instant.astimezone(UTC).date()


def monday(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def date_of(place: Place) -> date:
    """A date; raises SourceError."""
    text = place.of(str)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if found.isoformat() != text or found == date.min:
        raise place.fault("a date that exists, as YYYY-MM-DD")
    return found
