"""The day or the week that a digest is of."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.dispatch.wording import bar_in_words
from monitor.model.bar import Bar

WORDS = {Bar.DAY: "daily", Bar.WEEK: "weekly"}
"""What a digest of such a period is called."""


@dataclass(frozen=True, slots=True)
class Period:
    """A closed day or week. `start`: epoch seconds."""

    bar: Bar
    start: int

    @property
    def end(self) -> int:
        """Epoch seconds: the first instant after it."""
        return self.start + self.bar.width

    @property
    def word(self) -> str:
        """`daily` or `weekly`."""
        return WORDS[self.bar]

    @property
    def name(self) -> str:
        """`day 2026-02-09 (UTC)`, `week of 2026-02-09 to 2026-02-15 (UTC)`."""
        return bar_in_words(self.bar, self.start)

    def earlier(self, count: int) -> Period:
        """The one so many before it."""
        return Period(self.bar, self.start - count * self.bar.width)

    def holds(self, at: int) -> bool:
        """Whether an instant lies in it."""
        return self.start <= at < self.end


def closed(bar: Bar, at: int) -> Period:
    """The last period of that length that is over at `at` (epoch seconds)."""
    return Period(bar, bar.start_of(at)).earlier(1)
