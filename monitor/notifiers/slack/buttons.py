"""What people can do under a message: buttons whose value is the id of what they are about. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from monitor.model.notification import Mood, Notification, Reason
from monitor.model.transition import Change
from monitor.ports import Quiet

Block = Mapping[str, object]


class Act(StrEnum):
    """What a person asks for; as `action_id` it is what Slack says was used."""

    ACKNOWLEDGE = "monitor_acknowledge"
    SILENCE = "monitor_silence"
    WHY = "monitor_why"
    HISTORY = "monitor_history"
    COMMAND = "monitor_command"


SPANS: Mapping[Quiet, str] = {
    Quiet.DAY: "1 day",
    Quiet.WEEK: "1 week",
    Quiet.MOVED: "until it changes by 5 more points",
}
_TELLING = (Reason.TRANSITION, Reason.ACTION)
_OVER = (Change.RESOLVED, Change.WITHDRAWN)


def buttons(notification: Notification) -> Iterator[Block]:
    """A block of them for what changed; what would do nothing any more is left out."""
    if notification.reason in _TELLING and notification.transitions:
        yield {"type": "actions", "elements": [*_deeds(notification), *_questions(notification.id)]}


def silence_value(quiet: Quiet, about: str) -> str:
    """What choosing a span says."""
    return f"{quiet.value} {about}"


def silence_of(value: str) -> tuple[Quiet, str] | None:
    """The inverse of `silence_value`; None for anything else."""
    written, _, about = value.partition(" ")
    return (Quiet(written), about) if written in [*Quiet] and about else None


def _deeds(notification: Notification) -> Sequence[Block]:
    if all(each.kind in _OVER for each in notification.transitions):
        return ()
    if notification.mood is Mood.ACKNOWLEDGED:
        return (_silence(notification.id),)
    return _button(Act.ACKNOWLEDGE, "Acknowledge", notification.id), _silence(notification.id)


def _questions(about: str) -> Sequence[Block]:
    return _button(Act.WHY, "Why", about), _button(Act.HISTORY, "History", about)


def _button(act: Act, label: str, about: str) -> Block:
    return {"type": "button", "action_id": act.value, "text": _plain(label), "value": about}


def _silence(about: str) -> Block:
    options = [{"text": _plain(label), "value": silence_value(quiet, about)} for quiet, label in SPANS.items()]
    return {
        "type": "static_select",
        "action_id": Act.SILENCE.value,
        "placeholder": _plain("Silence…"),
        "options": options,
    }


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}
