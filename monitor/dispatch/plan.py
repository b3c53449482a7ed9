"""Which notifications are owed for which transitions: one for each receiver, alert and evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from monitor.dispatch.identity import identity
from monitor.dispatch.wording import citations_of, headline, judged, remarks
from monitor.model.alert import Alert, Citations
from monitor.model.notification import Notification, Reason
from monitor.model.text import one_line
from monitor.model.transition import Change, Transition

MOST_LINES = 20
"""Instances that are listed one by one; the rest is counted."""
SEVERITIES = ("info", "warning", "critical")
_TITLE = 300


def plan(
    transitions: Iterable[Transition],
    alerts: Mapping[str, Alert],
    receivers: Sequence[str],
    citations: Citations,
    *,
    late_after: timedelta,
) -> tuple[Notification, ...]:
    """What is owed, older evaluations first.

    `alerts`: by name; a transition of an alert that is no longer there is told plainly. `citations`: see `Citations`.
    `late_after`: how long after its bar a judgement is called late.
    """
    evaluations = _evaluations(transitions, alerts)
    return tuple(
        _notification(receiver, alert, changed, citations, late_after)
        for alert, changed in evaluations
        for receiver in receivers
    )


def _evaluations(
    transitions: Iterable[Transition], alerts: Mapping[str, Alert]
) -> list[tuple[Alert, tuple[Transition, ...]]]:
    found: dict[tuple[int, int, str], list[Transition]] = {}
    for transition in transitions:
        if transition.kind is not Change.RESOLVED or _alert(transition.alert, alerts).tells_end:
            key = (transition.judged_at, transition.valid_at, transition.alert)
            found.setdefault(key, []).append(transition)
    return [(_alert(key[2], alerts), tuple(sorted(found[key], key=_place))) for key in sorted(found)]


def _alert(name: str, alerts: Mapping[str, Alert]) -> Alert:
    return alerts.get(name) or Alert(name, {})


def _place(transition: Transition) -> tuple[bool, object, int]:
    return (transition.kind is Change.RESOLVED, transition.labels, transition.episode)


def _notification(
    receiver: str,
    alert: Alert,
    changed: tuple[Transition, ...],
    citations: Citations,
    late_after: timedelta,
) -> Notification:
    severity = alert.labels.get("severity", "")
    title, lines = _told(alert, changed, citations)
    cited = (citation for transition in changed for citation in citations_of(transition, alert, citations))
    first = changed[0]
    return Notification(
        id=identity(receiver, alert.name, sorted(_key(transition) for transition in changed)),
        receiver=receiver,
        reason=Reason.TRANSITION,
        severity=severity if severity in SEVERITIES else SEVERITIES[0],
        thread=identity(alert.name, first.labels.pairs, first.episode),
        title=one_line(title, _TITLE),
        lines=(*lines, judged(first, alert.bar, late_after)),
        citations=tuple(dict.fromkeys(cited)),
        transitions=changed,
    )


def _key(transition: Transition) -> tuple[object, int, str]:
    return (transition.labels.pairs, transition.episode, transition.kind.value)


def _told(alert: Alert, changed: tuple[Transition, ...], citations: Citations) -> tuple[str, tuple[str, ...]]:
    if len(changed) == 1:
        said = headline(changed[0], alert, citations)
        # A title that had to be cut is said in full below it.
        return said, (*((said,) if len(said) > _TITLE else ()), *remarks(changed[0], alert, citations))
    return f"{alert.name}: {_counts(changed)}", _listed(alert, changed, citations)


def _counts(changed: tuple[Transition, ...]) -> str:
    kinds = [transition.kind for transition in changed]
    return ", ".join(f"{kinds.count(kind)} {kind.value}" for kind in Change if kind in kinds)


def _listed(alert: Alert, changed: tuple[Transition, ...], citations: Citations) -> tuple[str, ...]:
    """A line each; remarks that all of them share stand once below, others with their own line."""
    shown = changed[:MOST_LINES]
    own = [remarks(transition, alert, citations) for transition in shown]
    shared = own[0] if len(set(own)) == 1 else ()
    lines = [
        " — ".join((headline(transition, alert, citations, named=False), *(() if shared else remark)))
        for transition, remark in zip(shown, own, strict=True)
    ]
    more = (f"and {len(changed) - MOST_LINES} more",) if len(changed) > MOST_LINES else ()
    return (*lines, *more, *shared)
