"""Changes of prices in a period: those that an independent source confirmed in it, and those that one alone claims."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.digest.period import Period
from monitor.model.metric import PRICES
from monitor.truth.event import Event, Said, Status


@dataclass(frozen=True, slots=True)
class PriceStep:
    """One price of a model, in USD per million tokens."""

    metric: str
    old: float
    new: float


@dataclass(frozen=True, slots=True)
class PriceMove:
    """What became of the prices of a model. `sources`: that show it; `evidence`: in words, where there is any.

    `host`: who sells it, where that is not its maker.
    """

    model: str
    host: str
    confirmed: bool
    steps: Sequence[PriceStep]
    sources: Sequence[str]
    evidence: str

    @property
    def size(self) -> float:
        """How far its price moved that moved most, up or down alike."""
        return max(_size(step) for step in self.steps)


def price_moves(said: Iterable[Said], period: Period) -> list[PriceMove]:
    """By model, as things stood when the period ended: confirmed ones first, then makers, then what moved most."""
    found: dict[tuple[str, str, bool], list[Event]] = {}
    for each in said:
        standing = each.event.word(period.end - 1)
        if standing is None or not period.holds(each.word.at) or each.word.status is not standing.status:
            continue
        if standing.status in (Status.CONFIRMED, Status.CLAIMED):
            offer = each.event.key.offer
            events = found.setdefault((offer.model, offer.host, standing.status is Status.CONFIRMED), [])
            events += [each.event] if each.event not in events else []
    moves = [_move(*key, events, period) for key, events in found.items()]
    return sorted(moves, key=_place)


def _move(model: str, host: str, confirmed: bool, events: Sequence[Event], period: Period) -> PriceMove:  # noqa: FBT001 - a part of its key
    ordered = sorted(events, key=lambda event: (PRICES.index(event.key.metric), event.at))
    steps = tuple(PriceStep(event.key.metric, event.old, event.new) for event in ordered)
    seen = sorted({sight.source for event in events for sight in event.sightings if sight.at < period.end})
    words = [event.word(period.end - 1) for event in ordered]
    evidence = next((word.reading.evidence for word in words if word is not None and word.reading.evidence), "")
    return PriceMove(model, host, confirmed, steps, seen, evidence)


def _place(move: PriceMove) -> tuple[object, ...]:
    cache_alone = all("cache" in step.metric for step in move.steps)
    return not move.confirmed, move.host != "", cache_alone, -move.size, move.model, move.host


def _size(step: PriceStep) -> float:
    return abs(math.log(step.new / step.old)) if step.new > 0 and step.old > 0 else math.inf
