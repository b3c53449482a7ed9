"""Price truth over looks in order of time: an event is claimed, and confirmed or withdrawn by what comes after."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from monitor.model.quantity import date
from monitor.truth.book import Book, Changes, Identify, Standing
from monitor.truth.event import Event, Kind, Reading, Sighting, Status, opened
from monitor.truth.readings import Scene, read
from monitor.truth.step import DAY, Announcement, Key, Look, Sight, Step, independent, same

WITHIN = 90 * DAY
"""How long after a first sight a second one is of the same event: price lists lag by up to ten weeks (measured)."""

_LISTED_WITHIN = 30 * DAY  # a first listing shows no change: it counts only while the change is news
_OLDS_APART = 5.0  # factor; of what two sources showed before they show the same new price
_NEVER = frozenset({Kind.ALIAS, Kind.LATE})  # two names that move, or two lists that catch up, are no new price
_ROUTER_ONLY = frozenset({Kind.ROUTED, Kind.PROMOTION_END})  # a list that starts later says nothing of these
_COPIED = 20  # models; whoever lists that many at once has copied a table, and confirms nothing by it


class Truth:
    """Fed with looks in order of time; every look returns the events that it began or changed.

    `routed`: whether a source is known to show what a router chose at the moment, not what somebody asks. One whose
    prices come and go is taken for such a source as well.
    """

    def __init__(self, identify: Identify, routed: Callable[[str], bool], within: int = WITHIN) -> None:
        self._book = Book(identify)
        self._routed = routed
        self._within = within
        self._events: defaultdict[Key, list[Event]] = defaultdict(list)
        self._claims: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._announced: defaultdict[Key, list[Announcement]] = defaultdict(list)

    def announce(self, announcement: Announcement) -> None:
        """A source announces a price before it holds, or no longer does: before its date that cancels it."""
        source, model, at = announcement.source, announcement.model, announcement.known_at
        key = Key(self._book.identify(source, model), announcement.metric)
        open_ = self._announced[key]
        for before in [each for each in open_ if (each.source, each.model) == (source, model) and each.begins > at]:
            open_.remove(before)
            if announcement.price is None and before.price is not None:
                said = f"{source} had announced it for {date(before.begins)} on {date(before.known_at)}"
                step = Step(Sight(source, model, announcement.metric, key), at, before.price, before.price)
                self._events[key].append(opened(step, Reading(Kind.CANCELLED, said)))
        if announcement.price is not None:
            open_.append(announcement)

    def watch(self, looks: Iterable[Look], announced: Iterable[Announcement] = ()) -> None:
        """All looks, in order of time; each knows what had been announced by then."""
        waiting = sorted(announced, key=lambda each: each.known_at, reverse=True)
        for look in looks:
            while waiting and waiting[-1].known_at <= look.at:
                self.announce(waiting.pop())
            self.look(look)
        for announcement in reversed(waiting):
            self.announce(announcement)

    def look(self, look: Look) -> list[Event]:
        """The events that this look began, confirmed or withdrew, each once."""
        changes = self._book.look(look)
        touched: dict[int, Event] = {}
        for event in itertools.chain(
            *(self._leave(step) for step in changes.steps),
            self._stepped(changes.steps),
            self._first_shown(changes.listed),
            self._renamed(changes, look.at),
        ):
            touched[id(event)] = event
        return list(touched.values())

    def _stepped(self, steps: Sequence[Step]) -> Iterator[Event]:
        by_model: defaultdict[str, list[Step]] = defaultdict(list)
        for step in steps:
            by_model[step.sight.model].append(step)
        crowds = _crowds(steps)
        return (self._seen(step) or self._begin(step, by_model, crowds[_crowd(step)]) for step in steps)

    def _first_shown(self, listed: Sequence[Standing]) -> Iterator[Event]:
        copied = len({standing.sight.model for standing in listed}) >= _COPIED
        return itertools.chain(*(self._listed(standing) for standing in listed if not copied))

    def _renamed(self, changes: Changes, at: int) -> Iterator[Event]:
        """What goes under one name and comes under another at the same price in the same look is the same."""
        gone = {(standing.sight.key, standing.price): standing for standing in changes.gone}
        for standing in changes.listed:
            before = gone.get((standing.sight.key, standing.price))
            if before is not None:
                reading = Reading(Kind.RENAMED, f"{before.sight.model} is {standing.sight.model} now")
                step = Step(standing.sight, at, standing.price, standing.price)
                event = opened(step, reading)
                self._events[standing.sight.key].append(event)
                yield event

    def events(self) -> Iterator[Event]:
        """All of them, by key, oldest first."""
        return (event for events in self._events.values() for event in events)

    def _leave(self, step: Step) -> Iterator[Event]:
        """A series leaves its price: what was claimed by it alone is withdrawn."""
        for event in self._events[step.sight.key]:
            for sighting in event.standing():
                if (sighting.source, sighting.model) == (step.sight.source, step.sight.model):
                    sighting.left = step.at
            if event.status is Status.CLAIMED and not event.standing():
                event.say(step.at, Status.WITHDRAWN)
                yield event

    def _seen(self, step: Step) -> Event | None:
        """The event that another series began, if this step is one more sight of it."""
        for event in reversed(self._events[step.sight.key]):
            if self._is_of(step, event):
                self._add(event, Sighting(step.sight.source, step.sight.model, step.at, step.old))
                return event
        return None

    def _is_of(self, step: Step, event: Event) -> bool:
        if not self._is_open(event, step.at, step.new) or (step.new > step.old) != (event.new > event.old):
            return False
        if same(step.old, event.old):
            return True
        if event.status is Status.DOUBTED or not (step.old and event.old):
            return False
        return 1 / _OLDS_APART <= step.old / event.old <= _OLDS_APART

    def _listed(self, standing: Standing) -> Iterator[Event]:
        """A source lists something at a price that is claimed elsewhere."""
        for event in reversed(self._events[standing.sight.key]):
            claimed = event.status is Status.CLAIMED and event.reading.kind not in _ROUTER_ONLY
            soon = standing.since - event.at <= _LISTED_WITHIN
            if claimed and soon and self._is_open(event, standing.since, standing.price):
                self._add(event, Sighting(standing.sight.source, standing.sight.model, standing.since, None))
                yield event
                return

    def _is_open(self, event: Event, at: int, price: float) -> bool:
        """Whether somebody still shows it, and it is not too long ago."""
        return same(event.new, price) and event.at >= at - self._within and bool(event.standing())

    def _add(self, event: Event, sighting: Sighting) -> None:
        witness = next((each for each in event.standing() if independent(each.source, sighting.source)), None)
        event.sightings.append(sighting)
        if witness is None or event.status is Status.CONFIRMED or event.reading.kind in _NEVER:
            return
        evidence = f"{witness.source} since {date(witness.at)}, {sighting.source} on {date(sighting.at)}"
        event.say(sighting.at, Status.CONFIRMED, Reading(Kind.PRICE, evidence))

    def _begin(self, step: Step, by_model: Mapping[str, Sequence[Step]], crowd: int) -> Event:
        source, key = step.sight.source, step.sight.key
        earlier, claims = self._events[key], self._claims[source, key.offer.model]
        claimed = next((at for at in reversed(claims) if at < step.at), 0)
        announced = self._announced.get(key, ())
        routed = self._routed(source) or self._book.wanders(source)
        event = opened(step, read(step, Scene(self._book, by_model, crowd, earlier, routed, claimed, announced)))
        if event.status is Status.CLAIMED:
            claims.append(step.at)
        earlier.append(event)
        return event


def _crowd(step: Step) -> tuple[str, float]:
    """The provider, as the source spells it, and the factor."""
    model = step.sight.model
    provider = model.partition("/")[0] if "/" in model else step.sight.key.offer.model.partition("/")[0]
    return provider, round(step.factor, 3)


def _crowds(steps: Iterable[Step]) -> dict[tuple[str, float], int]:
    models: defaultdict[tuple[str, float], set[str]] = defaultdict(set)
    for step in steps:
        models[_crowd(step)].add(step.sight.model)
    return {crowd: len(each) for crowd, each in models.items()}
