"""The ways to post, as a contract, and what is asked of each where an earlier try is in doubt."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from monitor.chart.message import Attachment
from monitor.model.notification import Notification, Said
from monitor.notifiers.slack.answers import BLIND, Answer, Cause, postponement
from monitor.notifiers.slack.blocks import Message

_TRIES = 5  # of a refusal whose code nobody knows


class Poster(Protocol):
    """One way to post; see the client module. No method raises: what went wrong is in the answer."""

    @property
    def threads(self) -> bool:
        """Whether it can add to what it posted: replies and pictures."""
        ...

    def post(self, message: Message, notification: Notification, begun: Said | None) -> Answer:
        """Post it, as a reply to what began its story if that is given."""
        ...

    def edit(self, message: Message, begun: Said) -> Answer:
        """Let what began a story say this instead."""
        ...

    def find(self, notification: Notification) -> Answer:
        """Where an earlier try posted it; an empty reference = it did not."""
        ...

    def upload(self, picture: Attachment, notification: Notification) -> Answer:
        """Bring a picture to where nobody sees it yet; the reference is the file's id."""
        ...

    def share(self, file_id: str, title: str, begun: Said) -> Answer:
        """Show it in the thread."""
        ...


class Patience:
    """Counts refusals with a code that nobody knows."""

    def __init__(self) -> None:
        self._refusals: Counter[str] = Counter()  # by notification

    def is_over(self, notification: Notification, answer: Answer) -> bool:
        """Whether this answer makes it too many; then, and after a delivery, the count begins anew."""
        if answer.cause is Cause.UNKNOWN:
            self._refusals[notification.id] += 1
        if answer.cause is not Cause.NONE and self._refusals[notification.id] < _TRIES:
            return False
        del self._refusals[notification.id]
        return answer.cause is not Cause.NONE


def looked_up(poster: Poster, notification: Notification) -> Answer:
    """Found, with its reference; or not, without; or that this may not be known. Raises DeliveryError: not now."""
    found = poster.find(notification)
    if found.cause is not Cause.NONE and found.code not in BLIND:
        raise postponement(found, "whether it has arrived could not be looked up")
    return found
