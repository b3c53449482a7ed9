"""Inhibition: what is not worth telling while something else fires. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model.labels import Labels
from monitor.model.matcher import Matcher
from monitor.model.transition import EpisodeKey


@dataclass(frozen=True, slots=True)
class Firing:
    """An open episode with the labels that routes see of it."""

    episode: EpisodeKey
    labels: Labels


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While something fires that matches `source`, what matches `target` and equals it in `equal` is held back."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...]
    words: str

    def holds(self, each: Firing, others: Sequence[Firing]) -> bool:
        """Whether one of the others keeps it from being told."""
        return all(matcher.matches(each.labels) for matcher in self.target) and any(
            self._is_above(other, each) for other in others
        )

    def _is_above(self, other: Firing, each: Firing) -> bool:
        equal = all(other.labels.get(label) == each.labels.get(label) for label in self.equal)
        return equal and other.episode != each.episode and all(matcher.matches(other.labels) for matcher in self.source)
