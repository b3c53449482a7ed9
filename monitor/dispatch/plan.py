"""Which notifications are owed for which transitions: one for each receiver, group and evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from monitor.dispatch.identity import identity
from monitor.dispatch.routes import Addressed, Routes
from monitor.dispatch.telling import Evaluation, Telling, alert_of, catch_up, group
from monitor.model.notification import Notification
from monitor.model.transition import Change, Transition

_FOLDED = 2
"""Evaluations that are too old to be news, from which number on they are told in one notification."""

_Group = tuple[str, ...]
_Share = tuple[tuple[_Group, Transition], ...]


def plan(addressed: Iterable[Addressed], telling: Telling) -> tuple[Notification, ...]:
    """What is owed, older evaluations first."""
    own: dict[str, list[tuple[_Group, Transition]]] = {}
    for each in addressed:
        own.setdefault(each.receiver, []).append((each.group, each.transition))
    shares: dict[_Share, list[str]] = {}
    for receiver, share in own.items():
        shares.setdefault(tuple(share), []).append(receiver)
    return tuple(
        for_receiver(each, receiver)
        for share, receivers in shares.items()
        for each in _told(share, telling)
        for receiver in receivers
    )


def for_receiver(notification: Notification, receiver: str) -> Notification:
    """The same words for one receiver, under an id of their own."""
    return replace(notification, receiver=receiver, id=identity(receiver, notification.id))


def for_all(said: Notification, routes: Routes) -> tuple[Notification, ...]:
    """The same words for whoever hears of them; planning it again yields the same."""
    receivers = routes.hearing(said.reason, said.severity, **said.labels.as_dict())
    return tuple(for_receiver(said, name) for name in receivers)


def _told(share: _Share, telling: Telling) -> tuple[Notification, ...]:
    groups = _groups(share, telling)
    missed = [each for each in groups if all(map(telling.missed, each))]
    if len(missed) < _FOLDED:
        missed = []
    single = [_notification(each, telling) for each in groups if each not in missed]
    folded = [catch_up([one for each in missed for one in each], telling)] if missed else []
    return (*folded, *single)


def _notification(evaluations: Sequence[Evaluation], telling: Telling) -> Notification:
    return telling.notification(*evaluations[0]) if len(evaluations) == 1 else group(evaluations, telling)


def _groups(share: _Share, telling: Telling) -> list[tuple[Evaluation, ...]]:
    """What is told together: the evaluations of each alert in one bar, oldest bar first."""
    found: dict[tuple[int, int, _Group], dict[str, list[Transition]]] = {}
    for labels, transition in share:
        if transition.kind is not Change.RESOLVED or alert_of(transition.alert, telling.alerts).tells_end:
            key = (transition.judged_at, transition.valid_at, labels)
            found.setdefault(key, {}).setdefault(transition.alert, []).append(transition)
    return [evaluations(found[key], telling) for key in sorted(found)]


def evaluations(changed: dict[str, list[Transition]], telling: Telling) -> tuple[Evaluation, ...]:
    """What changed by alert, in the order in which it is told."""
    return tuple((alert_of(name, telling.alerts), tuple(sorted(changed[name], key=_place))) for name in sorted(changed))


def _place(transition: Transition) -> tuple[bool, object, int, str]:
    return (transition.kind is Change.RESOLVED, transition.labels, transition.episode, transition.kind.value)
