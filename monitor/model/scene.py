"""What stood around a transition when it was told: the numbers that led to it, its rank, its share of the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor.model.bar import Bar
from monitor.model.metric import Unit


@dataclass(frozen=True, slots=True)
class Trail:
    """The numbers that led to a transition, the newest last: that is the bar of the transition itself.

    `at`: starts of bars, epoch seconds, ascending, from the first of which a number is known. `value`, `reference`: as
    many, NaN = unknown. `holds`: whether a number stays until the next one (a price), so that bars in which nothing
    moved are left out.
    """

    unit: Unit
    bar: Bar
    at: tuple[int, ...]
    value: tuple[float, ...]
    reference: tuple[float, ...]
    holds: bool = False

    def last(self, count: int) -> Trail:
        """Only so many of its newest numbers."""
        return replace(self, at=self.at[-count:], value=self.value[-count:], reference=self.reference[-count:])


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Who stands next in a ranking."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Rank:
    """A place among `of` of one source, 1 = the largest; `before`: in the bar before, 0 = unknown or none."""

    place: int
    of: int
    before: int = 0
    ahead: Neighbour | None = None
    behind: Neighbour | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Parts of everything that the source counted, between 0 and 1; `before`: in the bar before, NaN = unknown."""

    now: float
    before: float


@dataclass(frozen=True, slots=True)
class Scene:
    """All of it; None = the rule's own numbers do not tell."""

    trail: Trail
    rank: Rank | None = None
    share: Share | None = None
