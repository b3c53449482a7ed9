"""Events: a price went to another value, who showed that and when, and what is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from monitor.truth.step import Key, Step


class Kind(StrEnum):
    """What a change is, by the evidence so far."""

    PRICE = "price"  # nothing speaks against it
    ANNOUNCED = "announced"
    PROMOTION = "promotion"
    PROMOTION_END = "end of promotion"
    ROUTED = "routed price"
    SCHEDULE = "price by the hour"
    RELISTED = "listed again"
    ALIAS = "alias moved"
    ZERO = "placeholder zero"
    UNIT = "unit error"
    TOGETHER = "many at once"
    LATE = "late entry"
    FIRST = "first listing"
    RENAMED = "renamed"
    CANCELLED = "announcement cancelled"
    OLD_DATA = "old data"
    BACK = "back"


CLAIMS = frozenset({Kind.PRICE, Kind.ANNOUNCED, Kind.PROMOTION, Kind.PROMOTION_END, Kind.RELISTED})
"""Kinds in which somebody changed a price; the others are errors, or no re-pricing, until a second source shows it."""


class Status(StrEnum):
    """How sure it is."""

    CLAIMED = "claimed"  # one source shows it
    CONFIRMED = "confirmed"  # an independent one shows the same new price
    WITHDRAWN = "withdrawn"  # whoever showed it went back or elsewhere first
    DOUBTED = "doubted"  # no claim, by its kind


@dataclass(frozen=True, slots=True)
class Reading:
    """What the evidence says of a change, and the evidence in words."""

    kind: Kind
    evidence: str = ""


@dataclass(slots=True)
class Sighting:
    """A series that shows the new price. `left`: when it went on to another one, 0 = it stands there.

    `old`: what it showed before; None = it was listed at the new price.
    """

    source: str
    model: str
    at: int
    old: float | None
    left: int = 0


@dataclass(frozen=True, slots=True)
class Word:
    """What was said of an event at `at`."""

    at: int
    status: Status
    reading: Reading


@dataclass(slots=True)
class Event:
    """A change of one price to `new`, first seen at `at`; what follows is written into it as it comes.

    `words`: what was said of it, oldest first: the last is what is known now.
    """

    key: Key
    old: float
    new: float
    at: int
    words: list[Word]
    sightings: list[Sighting] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """How sure it is now."""
        return self.words[-1].status

    @property
    def reading(self) -> Reading:
        """What it is by all that is known now."""
        return self.words[-1].reading

    def word(self, at: int) -> Word | None:
        """What was said of it last at an instant; None = it had not been seen."""
        return next((word for word in reversed(self.words) if word.at <= at), None)

    def say(self, at: int, status: Status, reading: Reading | None = None) -> None:
        """Write down what is said of it from now on; without a reading it is what it was."""
        self.words.append(Word(at, status, reading or self.reading))

    @property
    def source(self) -> str:
        """Who showed it first."""
        return self.sightings[0].source

    @property
    def change(self) -> float:
        """Relative: -0.2 = a fall of 20 %; infinite from zero."""
        return self.new / self.old - 1 if self.old else float("inf")

    def standing(self) -> list[Sighting]:
        """Those that still show the new price."""
        return [sighting for sighting in self.sightings if not sighting.left]


@dataclass(frozen=True, slots=True)
class Said:
    """One word of an event."""

    event: Event
    word: Word


def opened(step: Step, reading: Reading) -> Event:
    """The event that a step begins."""
    status = Status.CLAIMED if reading.kind in CLAIMS else Status.DOUBTED
    sighting = Sighting(step.sight.source, step.sight.model, step.at, step.old)
    return Event(step.sight.key, step.old, step.new, step.at, [Word(step.at, status, reading)], [sighting])
