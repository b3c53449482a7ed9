"""Who hears of what: routes in order, the first that matches, and further ones where it goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from monitor.dispatch.inhibition import Inhibition
from monitor.dispatch.telling import alert_of, severity_of
from monitor.model.alert import Alert
from monitor.model.labels import Labels
from monitor.model.matcher import Matcher
from monitor.model.notification import Reason
from monitor.model.recurrence import Recurrence
from monitor.model.transition import Change, EpisodeKey, Transition, episode_of

Levels = Mapping[EpisodeKey, Collection[str]]
"""By episode: the levels at which it was told before."""

BY_ALERT = ("alertname",)
"""By which labels transitions of one evaluation are told together, unless a route says otherwise."""


@dataclass(frozen=True, slots=True)
class Route:
    """What matches all of `matchers` (none: everything) reaches `receivers`; `goes_on`: later routes too.

    `group_by`: transitions of one evaluation that are equal in these labels are one message. `mute`: when nothing is
    sent; what happens then is told in one message afterwards. `remind_after`: seconds until a person is reminded of
    what still fires, then twice as long each time; None = never.
    """

    matchers: tuple[Matcher, ...]
    receivers: tuple[str, ...]
    goes_on: bool = False
    group_by: tuple[str, ...] = BY_ALERT
    mute: tuple[Recurrence, ...] = ()
    remind_after: int | None = None

    def matches(self, labels: Labels) -> bool:
        """Whether it is for what has these labels."""
        return all(matcher.matches(labels) for matcher in self.matchers)

    def muted(self, at: int) -> Recurrence | None:
        """The time in which it is mute at `at`, epoch seconds; None where it is not."""
        return next((each for each in self.mute if each.holds(at)), None)


EVERYTHING = Route((), ())
"""What stands for the route of that which no route takes."""


@dataclass(frozen=True, slots=True)
class Addressed:
    """A transition on its way to a receiver. `labels`: those that routes see; `route`: the first that leads there."""

    transition: Transition
    labels: Labels
    receiver: str
    route: Route = EVERYTHING

    @property
    def group(self) -> tuple[str, ...]:
        """What is equal for all that is told together."""
        return tuple(self.labels.get(label) for label in self.route.group_by)


@dataclass(frozen=True, slots=True)
class Routes:
    """All receivers there are, and the routes to them; what no route takes reaches all.

    `inhibitions`: what is not told while something else fires. `most`: messages on alerts that a receiver gets within
    an hour; what is beyond is told together.
    """

    receivers: tuple[str, ...]
    routes: tuple[Route, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    most: int = 60

    def taken(self, labels: Labels) -> tuple[int, ...]:
        """The places of the routes, from 0, that what has these labels takes."""
        found = []
        for place, route in enumerate(self.routes):
            if route.matches(labels):
                found.append(place)
                if not route.goes_on:
                    break
        return tuple(found)

    def ways(self, labels: Labels) -> dict[str, Route]:
        """By receiver that what has these labels reaches, the first route that leads there."""
        taken = [self.routes[place] for place in self.taken(labels)]
        if not taken:
            return dict.fromkeys(self.receivers, EVERYTHING)
        first = {name: route for route in reversed(taken) for name in route.receivers}
        return {name: first[name] for name in self.receivers if name in first}

    def reached(self, labels: Labels) -> tuple[str, ...]:
        """The receivers that what has these labels reaches."""
        return tuple(self.ways(labels))

    def hearing(self, reason: Reason, severity: str, **labels: str) -> tuple[str, ...]:
        """The receivers of a notice of the monitor's own."""
        return self.reached(Labels.of({**labels, "reason": reason.word, "severity": severity}))

    def addressed(
        self,
        transitions: Iterable[Transition],
        alerts: Mapping[str, Alert],
        told: Levels = MappingProxyType({}),
    ) -> Iterator[Addressed]:
        """Each transition with whom it reaches; who heard of an episode at a level hears its other ones."""
        levels = {episode: set(before) for episode, before in told.items()}
        for each in transitions:
            known = levels.setdefault(episode_of(each), set())
            if each.kind is Change.FIRING:
                known.clear()
            known.add(each.level)
            alert = alert_of(each.alert, alerts)
            seen = {level: labels_of(each, alert, level) for level in known}
            ways: dict[str, Route] = {}
            for level in sorted(known, key=lambda level: level != each.level):  # its own level first
                ways = self.ways(seen[level]) | ways
            yield from (Addressed(each, seen[each.level], name, ways[name]) for name in self.receivers if name in ways)


def labels_of(transition: Transition, alert: Alert, level: str) -> Labels:
    """What routes see of a change: labels of the rule, of the instance with its catalogue, and what it is called."""
    told = Labels.of(
        alertname=alert.name,
        level=level,
        severity=severity_of(alert, level),
        reason=Reason.TRANSITION.word,
    )
    return Labels.of(alert.labels).merged(transition.joined).merged(transition.labels).merged(told)
