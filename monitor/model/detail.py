"""One transition laid open for those who can show more than lines of text."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model.scene import Trail


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name, both as people read them: "Output price", "$0.28 per million tokens"."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Detail:
    """What is shown of one transition; all of it plain text, not escaped for any receiver.

    `headline`, `evidence` and `when` also stand among the lines of its notification. `certainty`: claimed, confirmed,
    or empty where nobody asked. `trail`: for a sparkline and a picture; None = there is none, or no room for it.
    """

    headline: str
    figures: tuple[Figure, ...] = ()
    when: str = ""
    certainty: str = ""
    evidence: str = ""
    trail: Trail | None = None

    @property
    def lines(self) -> frozenset[str]:
        """The lines of a notification that say the same."""
        return frozenset({self.headline, self.evidence, self.when})
