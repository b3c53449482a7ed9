"""Who hears of what: routes in order, the first that matches, and further ones where it goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from monitor.dispatch.telling import alert_of, severity_of
from monitor.model.alert import Alert
from monitor.model.labels import Labels
from monitor.model.matcher import Matcher
from monitor.model.notification import Reason
from monitor.model.transition import Change, EpisodeKey, Transition, episode_of

Levels = Mapping[EpisodeKey, Collection[str]]
"""By episode: the levels at which it was told before."""


@dataclass(frozen=True, slots=True)
class Route:
    """What matches all of `matchers` (none: everything) reaches `receivers`; `goes_on`: later routes too."""

    matchers: tuple[Matcher, ...]
    receivers: tuple[str, ...]
    goes_on: bool = False

    def matches(self, labels: Labels) -> bool:
        """Whether it is for what has these labels."""
        return all(matcher.matches(labels) for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class Routes:
    """All receivers there are, and the routes to them; what no route takes reaches all."""

    receivers: tuple[str, ...]
    routes: tuple[Route, ...] = ()

    def taken(self, labels: Labels) -> tuple[int, ...]:
        """The places of the routes, from 0, that what has these labels takes."""
        found = []
        for place, route in enumerate(self.routes):
            if route.matches(labels):
                found.append(place)
                if not route.goes_on:
                    break
        return tuple(found)

    def reached(self, labels: Labels) -> tuple[str, ...]:
        """The receivers that what has these labels reaches."""
        taken = self.taken(labels)
        if not taken:
            return self.receivers
        wanted = {name for place in taken for name in self.routes[place].receivers}
        return tuple(name for name in self.receivers if name in wanted)

    def hearing(self, reason: Reason, severity: str, **labels: str) -> tuple[str, ...]:
        """The receivers of a notice of the monitor's own."""
        return self.reached(Labels.of({**labels, "reason": reason.word, "severity": severity}))

    def shares(
        self, transitions: Iterable[Transition], alerts: Mapping[str, Alert], told: Levels
    ) -> dict[tuple[Transition, ...], list[str]]:
        """Which receivers get which transitions together; who heard of an episode at a level hears its other ones."""
        levels = {episode: set(before) for episode, before in told.items()}
        own: dict[str, list[Transition]] = {name: [] for name in self.receivers}
        for each in transitions:
            known = levels.setdefault(episode_of(each), set())
            if each.kind is Change.FIRING:
                known.clear()
            known.add(each.level)
            alert = alert_of(each.alert, alerts)
            wanted = {name for level in known for name in self.reached(labels_of(each, alert, level))}
            for name in wanted:
                own[name].append(each)
        found: dict[tuple[Transition, ...], list[str]] = {}
        for name, share in own.items():
            found.setdefault(tuple(share), []).append(name)
        return found


def labels_of(transition: Transition, alert: Alert, level: str) -> Labels:
    """What routes see of a change: labels of the rule, of the instance with its catalogue, and what it is called."""
    told = Labels.of(
        alertname=alert.name,
        level=level,
        severity=severity_of(alert, level),
        reason=Reason.TRANSITION.word,
    )
    return Labels.of(alert.labels).merged(transition.joined).merged(transition.labels).merged(told)
