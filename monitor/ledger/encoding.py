"""How values that are no numbers are written: canonical JSON, in which NaN is null and infinities are strings."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from monitor.model.bar import Bar
from monitor.model.detail import Detail, Figure
from monitor.model.labels import Labels
from monitor.model.metric import Unit
from monitor.model.notification import Mood, Notification, Reason
from monitor.model.scene import Trail
from monitor.model.transition import Change, Transition

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)
Slot = float | str | None
"""A number in JSON."""


def labels_text(labels: Labels) -> str:
    """Canonical: equal labels have equal text, whatever characters they hold."""
    return _ENCODER.encode(dict(labels.pairs))


def labels_of(text: str) -> Labels:
    """The inverse of `labels_text`."""
    return _labels(json.loads(text))


def memory_text(memory: tuple[float, ...]) -> str:
    """What a condition remembers, as a list of slots."""
    return _ENCODER.encode([_slot(number) for number in memory])


def memory_of(text: str) -> tuple[float, ...]:
    """The inverse of `memory_text`."""
    return tuple(_number(slot) for slot in json.loads(text))


def transition_text(transition: Transition) -> str:
    """Without its scene."""
    return _ENCODER.encode(_transition_document(transition))


def transition_of_text(text: str) -> Transition:
    """The inverse of `transition_text`."""
    return _transition(json.loads(text))


def notification_text(notification: Notification) -> str:
    """All of a notification but what only the outbox can know."""
    document = {
        "id": notification.id,
        "receiver": notification.receiver,
        "reason": notification.reason.value,
        "severity": notification.severity,
        "thread": notification.thread,
        "title": notification.title,
        "lines": notification.lines,
        "citations": notification.citations,
        "transitions": [_transition_document(transition) for transition in notification.transitions],
        "labels": dict(notification.labels.pairs),
        "details": [_detail_document(detail) for detail in notification.details],
        "link": notification.link,
        "mood": notification.mood.value,
        "quiet": notification.quiet,
        "part": notification.part,
    }
    return _ENCODER.encode(document)


def notification_of(text: str) -> Notification:
    """The inverse of `notification_text`; what older programs did not write is empty."""
    document = json.loads(text)
    return Notification(
        id=document["id"],
        receiver=document["receiver"],
        reason=Reason(document["reason"]),
        severity=document["severity"],
        thread=document["thread"],
        title=document["title"],
        lines=tuple(document["lines"]),
        citations=tuple(document["citations"]),
        transitions=tuple(_transition(inner) for inner in document["transitions"]),
        labels=_labels(document.get("labels", {})),
        details=tuple(_detail(inner) for inner in document.get("details", ())),
        link=document.get("link", ""),
        mood=Mood(document.get("mood", "")),
        quiet=document.get("quiet", False),
        part=document.get("part", ""),
    )


def _transition_document(transition: Transition) -> dict[str, object]:
    return {
        "alert": transition.alert,
        "labels": dict(transition.labels.pairs),
        "kind": transition.kind.value,
        "episode": transition.episode,
        "valid_at": transition.valid_at,
        "judged_at": transition.judged_at,
        "value": _slot(transition.value),
        "reference": _slot(transition.reference),
        "level": transition.level,
        "gap_from": transition.gap_from,
        "moved_from": transition.moved_from,
        "note": transition.note,
        "joined": dict(transition.joined.pairs),
    }


def _transition(document: Mapping[str, Any]) -> Transition:
    return Transition(
        alert=document["alert"],
        labels=_labels(document["labels"]),
        kind=Change(document["kind"]),
        episode=document["episode"],
        valid_at=document["valid_at"],
        judged_at=document["judged_at"],
        value=_number(document["value"]),
        reference=_number(document["reference"]),
        level=document.get("level", ""),
        gap_from=document.get("gap_from", 0),
        moved_from=document.get("moved_from", 0),
        note=document.get("note", ""),
        joined=_labels(document.get("joined", {})),
    )


def _detail_document(detail: Detail) -> dict[str, object]:
    """Without what is empty: of many instances most is."""
    trail = None if detail.trail is None else _trail_document(detail.trail)
    figures = [[figure.name, figure.text] for figure in detail.figures]
    filled = {"figures": figures, "when": detail.when, "certainty": detail.certainty, "evidence": detail.evidence}
    return {"headline": detail.headline, **{name: each for name, each in filled.items() if each}, "trail": trail}


def _detail(document: Mapping[str, Any]) -> Detail:
    trail = document["trail"]
    return Detail(
        document["headline"],
        tuple(Figure(name, text) for name, text in document.get("figures", ())),
        document.get("when", ""),
        document.get("certainty", ""),
        document.get("evidence", ""),
        None if trail is None else _trail(trail),
    )


def _trail_document(trail: Trail) -> dict[str, object]:
    return {
        "unit": trail.unit.value,
        "bar": trail.bar.value,
        "at": trail.at,
        "value": [_slot(number) for number in trail.value],
        "reference": [_slot(number) for number in trail.reference],
        "holds": trail.holds,
    }


def _trail(document: Mapping[str, Any]) -> Trail:
    return Trail(
        Unit(document["unit"]),
        Bar(document["bar"]),
        tuple(document["at"]),
        tuple(_number(slot) for slot in document["value"]),
        tuple(_number(slot) for slot in document["reference"]),
        document["holds"],
    )


def _labels(mapping: Mapping[str, str]) -> Labels:
    return Labels(tuple(mapping.items()))


def _slot(number: float) -> Slot:
    if math.isnan(number):
        return None
    return number if math.isfinite(number) else str(number)


def _number(slot: Slot) -> float:
    return math.nan if slot is None else float(slot)
