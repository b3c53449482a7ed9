"""The book: what every source shows now, since when, and what it showed before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from monitor.truth.step import DAY, Key, Look, Offer, Sight, Step, same

_LATELY = 30 * DAY
_ENOUGH, _WANDERING = 30, 0.05  # steps of a source; the part of them that go back to a price of the last weeks

Identify = Callable[[str, str], Offer]
"""(source, model as it is spelled there) → what is sold."""


@dataclass(slots=True)
class Standing:
    """What a series stands at, and since when.

    `listed`: the first look that showed it, 0 = it was there when the source was first looked at. `gone`: the look from
    which on it was missing, 0 = it is shown. `past`: (since, price) before, oldest first.
    """

    sight: Sight
    price: float
    since: int
    listed: int
    gone: int = 0
    past: list[tuple[int, float]] = field(default_factory=list)

    def held(self, price: float, since: int) -> int | None:
        """The last time it went to that price at or after `since`, before now."""
        return next((at for at, each in reversed(self.past) if at >= since and same(each, price)), None)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a look changed: prices, series that are listed for the first time, series that are gone."""

    steps: list[Step]
    listed: list[Standing]
    gone: list[Standing]


class Book:
    """Takes looks in order of time; tells what changed in each."""

    def __init__(self, identify: Identify) -> None:
        self._identify = identify
        self._offers: dict[tuple[str, str], Offer] = {}
        self._standing: dict[tuple[str, str, str], Standing] = {}
        self._by_key: defaultdict[Key, list[Standing]] = defaultdict(list)
        self._looked: dict[str, tuple[int, int]] = {}
        self._steps: Counter[str] = Counter()
        self._returns: Counter[str] = Counter()

    def look(self, look: Look) -> Changes:
        """What changed; of the first look at a source nothing did."""
        first = look.source not in self._looked
        self._looked[look.source] = look.at, look.at - self._looked.get(look.source, (0, 0))[0]
        steps, listed, gone = [], [], []
        for shown in look.shown:
            place = (look.source, shown.model, shown.metric)
            standing = self._standing.get(place)
            if shown.price is None:
                if standing is not None and not standing.gone:
                    standing.gone = look.at
                    gone.append(standing)
            elif standing is None:
                listed.append(self._list(place, shown.price, look.at, first=first))
            elif (step := _moved(standing, shown.price, look.at)) is not None:
                steps.append(step)
                self._steps[look.source] += 1
                self._returns[look.source] += standing.held(step.new, look.at - _LATELY) is not None
        return Changes(steps, [] if first else listed, gone)

    def wanders(self, source: str) -> bool:
        """Whether its prices come and go, as those do that a router chooses.

        On recorded prices 16 % of a router's steps go back to a price of the last 30 days, of lists at most 0.7 %.
        """
        return self._steps[source] >= _ENOUGH and self._returns[source] >= _WANDERING * self._steps[source]

    def gap(self, source: str) -> int:
        """Seconds between the last two looks at a source."""
        return self._looked[source][1]

    def showing(self, key: Key, at: int) -> Iterator[Standing]:
        """Every series that shows this price at `at`, or did until lately: lists drop a model and bring it back."""
        return (each for each in self._by_key.get(key, ()) if not each.gone or each.gone > at - _LATELY)

    def of(self, sight: Sight) -> Standing:
        """What a series stands at."""
        return self._standing[sight.source, sight.model, sight.metric]

    def identify(self, source: str, model: str) -> Offer:
        """What is sold under this name."""
        if (source, model) not in self._offers:
            self._offers[source, model] = self._identify(source, model)
        return self._offers[source, model]

    def _list(self, place: tuple[str, str, str], price: float, at: int, *, first: bool) -> Standing:
        source, model, metric = place
        sight = Sight(source, model, metric, Key(self.identify(source, model), metric))
        standing = self._standing[place] = Standing(sight, price, at, 0 if first else at)
        self._by_key[sight.key].append(standing)
        return standing


def _moved(standing: Standing, price: float, at: int) -> Step | None:
    """Write the price down; what changed by it, None = nothing but rounding or a return after it was gone."""
    relisted, standing.gone = bool(standing.gone), 0
    old = standing.price
    if same(old, price):
        return None
    standing.past.append((standing.since, old))
    standing.price, standing.since = price, at
    return Step(standing.sight, at, old, price, relisted)
