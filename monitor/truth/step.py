"""What sources show of prices: looks, the steps between them, and what each series stands at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

DAY = 86_400
_SAME = 1e-6  # relative; sources round: 0.6000000000000001 was seen for 0.6


@dataclass(frozen=True, slots=True)
class Offer:
    """What is sold: the same key at two sources means the same thing, sold by the same.

    `model`: canonical name, with the variant. `host`: who serves it where that is not its maker, else empty.
    `moving`: an alias ("-latest") that points to another model from time to time. `snapshot`: the date in its name, if
    it has one: a snapshot is sold as the model it is of, until its maker asks another price for a newer one.
    """

    model: str
    host: str = ""
    moving: bool = False
    snapshot: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Key:
    """A price of an offer, by its metric: what several sources can agree on."""

    offer: Offer
    metric: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One price of one look that differs from the look before; `price`: USD per million tokens, None = gone."""

    model: str
    metric: str
    price: float | None


@dataclass(frozen=True, slots=True)
class Announcement:
    """A price that a source announces: it is to hold from `begins` on. `known_at`: when that was seen.

    `price`: None = the source says no longer what it had announced.
    """

    source: str
    model: str
    metric: str
    price: float | None
    begins: int
    known_at: int


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a source, with what changed in it. `at`: epoch seconds, in order for each source."""

    source: str
    at: int
    shown: Sequence[Shown]


@dataclass(frozen=True, slots=True)
class Sight:
    """A series of one source: its price `model`, `metric` as the source spells them, and the key it stands for."""

    source: str
    model: str
    metric: str
    key: Key


@dataclass(frozen=True, slots=True)
class Step:
    """A series went from one price to another at a look. `relisted`: it was gone in between."""

    sight: Sight
    at: int
    old: float
    new: float
    relisted: bool = False

    @property
    def factor(self) -> float:
        """New by old; infinite from zero."""
        return self.new / self.old if self.old else float("inf")


def same(one: float, other: float) -> bool:
    """Whether two prices are one, but for rounding."""
    return abs(one - other) <= _SAME * max(abs(one), abs(other))


def independent(one: str, other: str) -> bool:
    """Whether two sources look for themselves: slices of one source ("openrouter/…") do not.

    The author's own endpoint is what the author asks there, whatever the router chose.
    """
    if one == other:
        return False
    if "author" in (one.partition("/")[2], other.partition("/")[2]):
        return True
    return one.partition("/")[0] != other.partition("/")[0]
