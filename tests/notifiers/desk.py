"""A desk that notes what it is asked, and answers as it is told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from monitor.ports import Actor, Quiet


@dataclass
class FakeDesk:
    """`asked`: every call with its arguments, in order. `answer`: makes the answer, or raises."""

    answer: Callable[[], str] = lambda: "done"
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def acknowledge(self, about: str, actor: Actor) -> str:
        """Noted."""
        return self._note("acknowledge", about, actor)

    def silence(self, about: str, actor: Actor, quiet: Quiet) -> str:
        """Noted."""
        return self._note("silence", about, actor, quiet)

    def why(self, about: str) -> str:
        """Noted."""
        return self._note("why", about)

    def history(self, about: str) -> str:
        """Noted."""
        return self._note("history", about)

    def command(self, words: str, actor: Actor) -> str:
        """Noted."""
        return self._note("command", words, actor)

    def _note(self, *asked: object) -> str:
        self.asked.append(asked)
        return self.answer()
