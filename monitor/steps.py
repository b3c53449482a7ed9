"""What the monitor's own steps came to: how often each ended how since the start, and which went wrong last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

BROKEN = "broken off"
"""How a step ended that was not taken to its end."""


class Steps:
    """Used from one event loop. A step is what the monitor does itself: that a source does not answer is none of it.

    `counts`: by (step, how it ended).
    """

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._wrong: dict[str, str] = {}

    @property
    def wrong(self) -> Mapping[str, str]:
        """Why, by step, of those that went wrong when they were last taken."""
        return self._wrong

    def went(self, step: str, how: str = "well") -> None:
        """A step was taken to its end."""
        self.counts[step, how] += 1
        self._wrong.pop(step, None)

    def failed(self, step: str, why: str) -> None:
        """A step was not taken to its end: the ledger could not be used, or this program has a fault."""
        self.counts[step, BROKEN] += 1
        self._wrong[step] = why.splitlines()[0]
