"""States and transitions: what is remembered of an instance, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from monitor.model.labels import Labels
from monitor.model.scene import Scene

CLAIMED, CONFIRMED = "claimed", "confirmed"
"""The levels of a change that several sources can show, the milder one first."""


class Phase(StrEnum):
    """Where an instance stands."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"


class Change(StrEnum):
    """The kind of a transition."""

    FIRING = "firing"
    LEVEL = "level"  # it is more, or less, severe than it was
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"  # figures were restated, or a claim was not confirmed: it did not happen
    CORRECTED = "corrected"  # figures were restated: it happened at another time


@dataclass(frozen=True, slots=True)
class State:
    """All that is remembered of an instance between two evaluations.

    `since`: epoch seconds, the first true bar of the episode (0 when inactive). `cleared_at`: the bar at which a
    recovering instance cleared (0 otherwise). `memory`: what its condition remembers (a number a slot, NaN = nothing).
    `level`: the severity it has reached, of a rule with levels.
    """

    phase: Phase = Phase.INACTIVE
    since: int = 0
    cleared_at: int = 0
    memory: tuple[float, ...] = ()
    level: str = ""

    @property
    def is_open(self) -> bool:
        """Whether an episode has begun and not ended."""
        return self.phase in (Phase.FIRING, Phase.RECOVERING)

    def become(self, phase: Phase, since: int, cleared_at: int = 0) -> State:
        """The same instance in another phase; `dataclasses.replace` takes thrice as long, and these are many."""
        return State(phase, since, cleared_at, self.memory, self.level)


@dataclass(frozen=True, slots=True)
class EpisodeKey:
    """One time that an instance was true. `start`: epoch seconds, its first true bar."""

    alert: str
    labels: Labels
    start: int


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of one instance; an episode fires once, whatever is restated later.

    `episode`: epoch seconds, the first true bar. `valid_at`: the bar at which it changed. `judged_at`: when that bar
    was sealed, or what made it another one was learnt. `value`, `reference`: the numbers compared, in the unit of the
    rule; NaN = none. `level`: the severity it has from then on, of a rule with levels. `gap_from`: the last bar known
    before this one where too much of unknown lies between; `moved_from`: the episode that was told before figures were
    restated; 0 = none. `note`: evidence in words, where there is any. `joined`: the labels with what the catalogue
    said then, stored only with what is owed, `scene`: what stood around it, never stored; both for texts.
    """

    alert: str
    labels: Labels
    kind: Change
    episode: int
    valid_at: int
    judged_at: int
    value: float
    reference: float
    level: str = ""
    gap_from: int = 0
    moved_from: int = 0
    note: str = ""
    joined: Labels = field(default_factory=Labels, compare=False)
    scene: Scene | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A transition as it stands in the record.

    `silent`: nobody was told of it; `recorded_at`: epoch seconds. `partition`: what was judged together.
    """

    transition: Transition
    silent: bool
    recorded_at: int
    partition: str = ""


def episode_of(transition: Transition) -> EpisodeKey:
    """The episode that a transition belongs to."""
    return EpisodeKey(transition.alert, transition.labels, transition.episode)
