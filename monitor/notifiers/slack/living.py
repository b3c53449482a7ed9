"""The first message of a story as it stands now, and which answers say that a story can not go on there. Pure."""

from __future__ import annotations

from dataclasses import replace

from monitor.model.alert import SEVERITIES
from monitor.model.notification import Notification
from monitor.notifiers.slack.answers import Answer, Cause
from monitor.notifiers.slack.moods import MARKS, WORDS

_GONE = frozenset(
    "message_not_found thread_not_found cannot_reply_to_message restricted_action_thread_locked".split()  # noqa: SIM905
)


def living(first: Notification, latest: Notification) -> Notification:
    """What the message that says `first` shall say once `latest` is so: the mark and words of that, then its own.

    Its own are not said twice, where nothing but the mood is another.
    """
    before = () if (first.title, first.lines) == (latest.title, latest.lines) else _began(first)
    return replace(
        latest,
        id=first.id,
        transitions=latest.transitions or first.transitions,
        details=latest.details or first.details,
        lines=(*_mood(latest), *latest.lines, *before),
        citations=tuple(dict.fromkeys((*latest.citations, *first.citations))),
        possible_repeat=False,
    )


def is_graver(latest: Notification, first: Notification) -> bool:
    """Whether it is more severe than what the channel was told first, so that it has to see the reply too."""
    return not latest.part and _rank(latest) > _rank(first)


def is_gone(answer: Answer) -> bool:
    """Whether what begins the story is no longer there, or takes nothing more: a person deleted it, or the bot left."""
    return answer.code in _GONE or answer.cause is Cause.CHANNEL


def _began(first: Notification) -> tuple[str, ...]:
    return (f"began as: {first.title}", *first.lines)


def _mood(notification: Notification) -> tuple[str, ...]:
    words = WORDS.get(notification.mood, "")
    return (f"{MARKS[notification.mood]} {words}",) if words else ()


def _rank(notification: Notification) -> int:
    return SEVERITIES.index(notification.severity) if notification.severity in SEVERITIES else 0
