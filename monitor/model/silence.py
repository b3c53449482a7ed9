"""Silences: of what nobody is told for a while, by whom and why. Acknowledging is one, of a single episode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model.labels import Labels
from monitor.model.matcher import Matcher
from monitor.model.quantity import moment
from monitor.model.recurrence import Recurrence


@dataclass(frozen=True, slots=True)
class Band:
    """From `low` to `high`: as long as a value stays there, in the unit of its rule."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value is within; an unknown one did not leave."""
        return not (value < self.low or value > self.high)


@dataclass(frozen=True, slots=True)
class Silence:
    """What matches all of `matchers` is not told from `starts_at` on, epoch seconds.

    `ends_at`: None = until somebody ends it, its band is left, or its episode is over. `recurrence`: only at these
    times. `episode`: of an acknowledgement, the start of the one episode that is meant. `via`: by which way `author`
    came.
    """

    id: str
    matchers: tuple[Matcher, ...]
    starts_at: int
    ends_at: int | None
    author: str
    via: str
    reason: str = ""
    recurrence: Recurrence | None = None
    episode: int | None = None
    band: Band | None = None

    def matches(self, labels: Labels, episode: int) -> bool:
        """Whether what has these labels, as routes see them, is meant."""
        mine = self.episode in (None, episode)
        return mine and all(matcher.matches(labels) for matcher in self.matchers)

    def holds(self, at: int) -> bool:
        """Whether it is in effect at `at`."""
        return self.starts_at <= at and not self.is_over(at) and (self.recurrence is None or self.recurrence.holds(at))

    def is_over(self, at: int) -> bool:
        """Whether its time has passed."""
        return self.ends_at is not None and at >= self.ends_at

    @property
    def until(self) -> str:
        """When it ends, in words."""
        if self.episode is not None:
            return "until it is over or becomes graver"
        if self.band is not None:
            return "until it has changed by more"
        when = "until somebody ends it" if self.ends_at is None else f"until {moment(self.ends_at)}"
        return f"{when}, {self.recurrence}" if self.recurrence else when

    @property
    def meant(self) -> str:
        """Its matchers, as they are written."""
        return ", ".join(map(str, self.matchers))


def pinned(labels: Mapping[str, str]) -> tuple[Matcher, ...]:
    """Matchers that take exactly these values."""
    return tuple(Matcher(label, (value,)) for label, value in labels.items())
