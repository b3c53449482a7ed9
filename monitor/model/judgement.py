"""What one evaluation of one rule decided, as it is recorded: all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model.labels import Labels
from monitor.model.transition import State, Transition


@dataclass(frozen=True, slots=True)
class Judgement:
    """The outcome for one alert and one partition (a `source` label, or "" where a rule joins several).

    `through`: epoch seconds, the end of the newest bar judged. `states`: every instance that is not in its first
    state. `transitions`: in order of (valid_at, labels).
    """

    alert: str
    partition: str
    through: int
    states: Mapping[Labels, State]
    transitions: tuple[Transition, ...]
