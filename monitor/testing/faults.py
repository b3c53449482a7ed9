"""What may go wrong with one call: by script, or by seeded chance."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Fault:
    """How a call goes wrong. `acts`: it is carried out all the same.

    `status`: 0 = the connection is cut without an answer. `code`: Slack's; "" with status 200 = the true answer.
    `retry_after`, `late`: seconds; `late` passes before the answer.
    """

    status: int = 0
    code: str = ""
    acts: bool = False
    retry_after: int | None = None
    late: float = 0.0


CUT = Fault()
"""The connection breaks before anything was done."""
LOST = Fault(acts=True)
"""It is done, and nobody hears of it."""
BROKEN = Fault(HTTPStatus.SERVICE_UNAVAILABLE)
"""503 with a page, nothing done."""


def busy(seconds: int) -> Fault:
    """429 with Retry-After, nothing done."""
    return Fault(HTTPStatus.TOO_MANY_REQUESTS, "ratelimited", retry_after=seconds)


def refused(code: str, *, acts: bool = False) -> Fault:
    """`{"ok": false}` with a code of Slack; `acts`: although it was done, as with internal_error."""
    return Fault(HTTPStatus.OK, code, acts=acts)


def slow(seconds: float) -> Fault:
    """It is done, and the true answer comes late."""
    return Fault(HTTPStatus.OK, acts=True, late=seconds)


@dataclass(frozen=True, slots=True)
class Chance:
    """How often calls go wrong, each a share of all: 429, 503, done with the answer lost."""

    seed: int
    busy: float = 0.0
    broken: float = 0.0
    lost: float = 0.0
    wait: int = 1
    """Seconds of Retry-After."""


@dataclass
class Faults:
    """The faults of the calls to come; what is scripted for a method comes before chance."""

    chance: Chance = Chance(0)
    scripts: defaultdict[str, deque[Fault | None]] = field(default_factory=lambda: defaultdict(deque))
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.chance.seed)  # noqa: S311 - seeded, so that a run can be had again

    def next(self, method: str) -> Fault | None:
        """The fault of this call; None = it goes well."""
        if self.scripts[method]:
            return self.scripts[method].popleft()
        thrown, chance = self._dice.random(), self.chance
        for share, fault in ((chance.busy, busy(chance.wait)), (chance.broken, BROKEN), (chance.lost, LOST)):
            if thrown < share:
                return fault
            thrown -= share
        return None
