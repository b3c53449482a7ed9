"""Replays records in order of observation, as a monitor would have seen them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from monitor.catalog import Join
from monitor.evaluate.records import Records
from monitor.evaluate.score import Score, score
from monitor.model.bar import DAY
from monitor.truth.event import Event, Status
from monitor.truth.offer import offers
from monitor.truth.step import Look, Offer
from monitor.truth.truth import Truth


@dataclass(frozen=True, slots=True)
class Flapping:
    """Prices by host that move all the time. `busiest`: most claims of one model on one day."""

    looks: int
    changes: int
    claims: int
    busiest: int


def replayed(records: Records, join: Join) -> Score:
    """All sources side by side, in order of observation."""
    truth = Truth(offers(join.identities), join.routed)
    truth.watch(records.looks, records.announced)
    return score(records, truth.events())


def flapping(records: Records) -> Flapping:
    """What is claimed of prices by host, each model at each host by itself."""
    truth = Truth(_by_host, lambda _: True)
    claims: Counter[tuple[str, int]] = Counter()
    for look in records.endpoints:
        claims.update(_claimed(truth.look(look), look))
    changes = sum(1 for _ in truth.events())
    return Flapping(len(records.endpoints), changes, claims.total(), max(claims.values(), default=0))


def _by_host(source: str, model: str) -> Offer:  # noqa: ARG001
    name, _, host = model.partition("@")
    return Offer(name, host)


def _claimed(events: list[Event], look: Look) -> set[tuple[str, int]]:
    """(model, day) of each model of which this look claims something: one notice tells all its prices."""
    begun = (event for event in events if event.at == look.at and event.words[0].status is Status.CLAIMED)
    return {(event.key.offer.model, look.at // DAY) for event in begun}
