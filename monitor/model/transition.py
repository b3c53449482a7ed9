"""States and transitions: what is remembered of an instance, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from monitor.model.labels import Labels


class Phase(StrEnum):
    """Where an instance stands."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RECOVERING = "recovering"


class Change(StrEnum):
    """The kind of a transition."""

    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class State:
    """All that is remembered of an instance between two evaluations.

    `since`: epoch seconds, the first true bar of the episode (0 when inactive). `cleared_at`: the bar at which a
    recovering instance cleared (0 otherwise). `memory`: what its condition remembers (a number a slot, NaN = nothing).
    """

    phase: Phase = Phase.INACTIVE
    since: int = 0
    cleared_at: int = 0
    memory: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of one instance. (alert, labels, episode, kind) is unique in the ledger.

    `episode`: epoch seconds, the first true bar. `valid_at`: the bar at which it changed. `judged_at`: when that bar
    was sealed. `value`, `reference`: the numbers compared, in the unit of the rule; NaN = none. `joined`: the labels
    with what the catalogue says today, for texts; never stored.
    """

    alert: str
    labels: Labels
    kind: Change
    episode: int
    valid_at: int
    judged_at: int
    value: float
    reference: float
    joined: Labels = field(default_factory=Labels, compare=False)
