"""Which notifications are owed for which transitions: one for each receiver, alert and evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from monitor.dispatch.identity import identity
from monitor.dispatch.routes import Levels, Routes
from monitor.dispatch.telling import Evaluation, Telling, Timeliness, alert_of, catch_up
from monitor.model.alert import Alert, Citations
from monitor.model.fact import NO_TEXTS, Texts
from monitor.model.notification import Notification
from monitor.model.transition import Change, EpisodeKey, Transition

_FOLDED = 2
"""Evaluations that are too old to be news, from which number on they are told in one notification."""


def plan(  # noqa: PLR0913, PLR0917 - all that a text depends on
    transitions: Iterable[Transition],
    alerts: Mapping[str, Alert],
    routes: Routes,
    citations: Citations,
    timeliness: Timeliness,
    origins: Mapping[EpisodeKey, int] = MappingProxyType({}),
    texts: Texts = NO_TEXTS,
    levels: Levels = MappingProxyType({}),
) -> tuple[Notification, ...]:
    """What is owed, older evaluations first.

    `alerts`: by name; a transition of an alert that is no longer there is told plainly. `citations`: see `Citations`.
    `origins`: where figures were restated, the start of the episode that a story was first told under.
    `texts`: what numbers in `Unit.TEXT` stand for. `levels`: at which an episode was told before, for routes by level.
    """
    context = Telling(alerts, citations, timeliness, origins, texts)
    return tuple(
        replace(each, receiver=receiver, id=identity(receiver, each.id))
        for share, receivers in routes.shares(transitions, alerts, levels).items()
        for each in _told(share, alerts, context)
        for receiver in receivers
    )


def _told(transitions: Iterable[Transition], alerts: Mapping[str, Alert], context: Telling) -> tuple[Notification, ...]:
    evaluations = _evaluations(transitions, alerts)
    missed = [each for each in evaluations if context.missed(each)]
    if len(missed) < _FOLDED:
        missed = []
    single = [context.notification(*each) for each in evaluations if each not in missed]
    folded = [catch_up(missed, context)] if missed else []
    return (*folded, *single)


def _evaluations(transitions: Iterable[Transition], alerts: Mapping[str, Alert]) -> list[Evaluation]:
    found: dict[tuple[int, int, str], list[Transition]] = {}
    for transition in transitions:
        alert = alert_of(transition.alert, alerts)
        if transition.kind is not Change.RESOLVED or alert.tells_end:
            key = (transition.judged_at, transition.valid_at, transition.alert)
            found.setdefault(key, []).append(transition)
    return [(alert_of(key[2], alerts), tuple(sorted(found[key], key=_place))) for key in sorted(found)]


def _place(transition: Transition) -> tuple[bool, object, int, str]:
    return (transition.kind is Change.RESOLVED, transition.labels, transition.episode, transition.kind.value)
