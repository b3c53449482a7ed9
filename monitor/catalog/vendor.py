"""A maker of models, as the catalogue has it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.catalog.spelling import parted

UNKNOWN = "unknown"
_VERSION = re.compile(r"[a-z]?\d")

Choices = tuple[tuple[re.Pattern[str], str], ...]
"""Patterns in order with what each stands for; the first that matches decides."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A maker of models.

    `country`: ISO 3166-1 alpha-2 or "unknown"; `origin`: the same, but the union (EU)
    of countries that count as one.
    `families` and `exceptions` match a model's name without its author, in lower case. `weights`: "open", "closed"
    or "unknown", where no exception says otherwise. `names`: its names of one word, in small letters.
    """

    key: str
    name: str
    country: str = UNKNOWN
    origin: str = UNKNOWN
    weights: str = UNKNOWN
    families: Choices = ()
    exceptions: Choices = ()
    names: frozenset[str] = frozenset()

    def family(self, part: str) -> str:
        """The family of a model of this vendor."""
        return _choose(self.families, part, UNKNOWN)

    def open(self, part: str) -> str:
        """Whether the weights of a model of this vendor are public: "open", "closed" or "unknown"."""
        return _choose(self.exceptions, part, self.weights)

    def own(self, part: str) -> str:
        """The name that is in a family: `meta-llama-3.1` → `llama-3.1`, DeepSeek's `v3.2` → `deepseek-v3.2`.

        As it is, where neither taking the vendor's name off nor putting it in front of a version makes it of a family.
        """
        first, _, rest = part.partition("-")
        candidates = (
            rest if first in self.names else "",
            part,
            parted(part),
            f"{self.key}-{part}" if _VERSION.match(part) else "",
        )
        return next((each for each in candidates if each and self.family(each) != UNKNOWN), part)

    @property
    def open_overall(self) -> str:
        """The same for a total over all its models: "unknown" where some are open and some closed."""
        agree = all(weights in (self.weights, UNKNOWN) for _, weights in self.exceptions)
        return self.weights if agree else UNKNOWN


NOBODY = Vendor(UNKNOWN, UNKNOWN)


def _choose(choices: Choices, part: str, otherwise: str) -> str:
    for pattern, choice in choices:
        if pattern.match(part):
            return choice
    return otherwise
