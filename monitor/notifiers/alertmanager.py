"""A notification as Alertmanager's webhook payload, version 4, so that whatever reads that reads this. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from monitor.model.alert import SEVERITIES
from monitor.model.bar import instant
from monitor.model.labels import Labels
from monitor.model.notification import Notification, Reason
from monitor.model.transition import Change, Transition

ALERTNAME = "ModelMarketMonitor"
"""The name under which the monitor speaks of itself."""
_NEVER = "0001-01-01T00:00:00Z"  # what Alertmanager writes as the end of an alert that fires
_ENDS = (Change.RESOLVED, Change.WITHDRAWN)

Json = Mapping[str, object]


def payload(notification: Notification, now: datetime) -> Json:
    """The document; an alert for each change, or one for a notice of the monitor itself."""
    own = (_own(notification, now),)
    alerts = tuple(_alert(notification, each) for each in notification.transitions) or own
    firing = any(each["status"] == "firing" for each in alerts)
    common = _common([each["labels"] for each in alerts])
    return {
        "version": "4",
        "groupKey": notification.thread,
        "truncatedAlerts": 0,
        "status": "firing" if firing else "resolved",
        "receiver": notification.receiver,
        "groupLabels": {name: value for name, value in common.items() if name == "alertname"},
        "commonLabels": common,
        "commonAnnotations": _common([each["annotations"] for each in alerts]),
        "externalURL": "",
        "alerts": list(alerts),
    }


def _alert(notification: Notification, transition: Transition) -> dict[str, object]:
    severity = transition.level if transition.level in SEVERITIES else notification.severity
    own = Labels.of(alertname=transition.alert, severity=severity, level=transition.level)
    labels = notification.labels.merged(transition.joined).merged(transition.labels).merged(own)
    annotations = Labels.of(
        summary=notification.title,
        description=_description(notification),
        change=transition.kind.value,
        value=_number(transition.value),
        reference=_number(transition.reference),
    )
    ends = transition.kind in _ENDS
    instance = Labels.of(alertname=transition.alert).merged(transition.labels)
    return {
        "status": "resolved" if ends else "firing",
        "labels": labels.as_dict(),
        "annotations": annotations.as_dict(),
        "startsAt": _rfc3339(instant(transition.episode)),
        "endsAt": _rfc3339(instant(max(transition.valid_at, transition.episode))) if ends else _NEVER,
        "generatorURL": "",
        "fingerprint": _fingerprint(str(instance)),
    }


def _own(notification: Notification, now: datetime) -> dict[str, object]:
    # Of feeds and sinks only what is over is told as information.
    over = notification.reason in (Reason.FEED, Reason.SINK) and notification.severity == SEVERITIES[0]
    labels = Labels.of(alertname=ALERTNAME, severity=notification.severity, reason=notification.reason.word)
    return {
        "status": "resolved" if over else "firing",
        "labels": notification.labels.merged(labels).as_dict(),
        "annotations": Labels.of(summary=notification.title, description=_description(notification)).as_dict(),
        "startsAt": _rfc3339(now),
        "endsAt": _rfc3339(now) if over else _NEVER,
        "generatorURL": "",
        "fingerprint": _fingerprint(notification.thread),
    }


def _description(notification: Notification) -> str:
    return notification.text.removeprefix(notification.title).lstrip("\n")


def _number(value: float) -> str:
    return "" if value != value else repr(value)  # noqa: PLR0124 - NaN: there is none


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _common(every: Sequence[object]) -> dict[str, str]:
    found = [dict(each) for each in every if isinstance(each, Mapping)]
    return {name: value for name, value in found[0].items() if all(each.get(name) == value for each in found)}
