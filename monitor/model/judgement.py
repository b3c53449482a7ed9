"""What one evaluation of one rule decided, as it is recorded: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from monitor.model.labels import Labels
from monitor.model.transition import State, Transition


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier evaluations left of one alert in one partition. `through`: the end of the newest bar judged."""

    through: int | None = None
    states: Mapping[Labels, State] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome for one alert and one partition (a `source` label, or "" where a rule joins several).

    `through`: epoch seconds, the end of the newest bar judged. `states`: every instance that is not in its first
    state. `transitions`: what changed, in order of (valid_at, labels). `past`: what it went on from; where that lies
    before the newest bar judged, figures had been restated. `restatable`: whether that can happen to it.
    """

    alert: str
    partition: str
    through: int
    states: Mapping[Labels, State]
    transitions: tuple[Transition, ...]
    past: Past = Past()
    restatable: bool = False


class Recollection(Protocol):
    """What is remembered of earlier evaluations; the ledger is one, a backtest's memory another."""

    def past(self, alert: str, partition: str) -> Past:
        """What the newest evaluation left."""
        ...

    def rewound(self, alert: str, partition: str, bar: int) -> Past:
        """What the newest evaluation left that judged no bar from `bar` (epoch seconds) on."""
        ...

    def recorded(self, alert: str, partition: str | None, since: int) -> Sequence[Transition]:
        """All transitions of every episode that has one of bars from `since` on, in the order they were decided.

        `partition`: None = of all of them.
        """
        ...
