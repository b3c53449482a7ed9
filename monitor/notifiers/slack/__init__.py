"""Slack: a bot token through chat.postMessage, or an incoming webhook. slack_sdk is imported when one is built."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Protocol, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from monitor.model.notification import Notification, Receipt, Said
from monitor.notifiers.slack.answers import BLIND, Answer, Cause, failure, postponement
from monitor.notifiers.slack.blocks import Message, message, plain_message
from monitor.notifiers.slack.living import is_gone, living
from monitor.ports import Notifier

KIND = "slack"
GAP = 1.0
"""Seconds between two notifications at least: Slack takes about one message a second for a channel."""
EDITS = True
"""What began a story is edited as it goes on."""
API = "https://slack.com/api/"

_TRIES = 5  # of a refusal whose code nobody knows
_BLINDNESS = (
    "a message may have come twice, and says so: whether it had arrived could not be looked up ({})\n"
    "    a bot token with the scope channels:history (groups:history for a private channel) avoids that"
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Config(BaseModel):
    """Either `token` and `channel` (a name or an id), or `webhook`; `base_url` is for tests."""

    # Without the input in errors: it is a secret.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: SecretStr | None = None
    channel: str = ""
    webhook: SecretStr | None = None
    base_url: str = API

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.token is None) == (self.webhook is None):
            raise ValueError("expected either token (with channel) or webhook")
        if (self.token is None) != (not self.channel.strip()):
            raise ValueError("expected a channel with token, and none with webhook")
        for name in ("token", "webhook"):
            secret: SecretStr | None = getattr(self, name)
            if secret is not None and not _is_visible_ascii(secret.get_secret_value()):
                raise ValueError(f"expected visible ASCII characters without blanks in {name}")
        if self.webhook is not None and not _is_safe(self.webhook.get_secret_value()):
            raise ValueError("expected an address with https:// in webhook")
        if not _is_safe(self.base_url):
            raise ValueError("expected an address with https:// in base_url")
        return self


class Poster(Protocol):
    """One way to post; see the client module. No method raises: what went wrong is in the answer."""

    def post(self, message: Message, notification: Notification, begun: Said | None) -> Answer:
        """Post it, as a reply to what began its story if that is given."""
        ...

    def edit(self, message: Message, begun: Said) -> Answer:
        """Let what began a story say this instead."""
        ...

    def find(self, notification: Notification) -> Answer:
        """Where an earlier try posted it; an empty reference = it did not."""
        ...


def build(config: Config) -> Notifier:
    """A notifier for one channel; this imports slack_sdk (about 0.1 s)."""
    from monitor.notifiers.slack.client import Bot, Hook  # noqa: PLC0415 - only those who use Slack pay for it

    if config.webhook is not None:
        return Slack(Hook(config.webhook.get_secret_value()))
    token = "" if config.token is None else config.token.get_secret_value()
    return Slack(Bot(token, config.channel, config.base_url))


class Slack:
    """Posts a notification exactly once, in the thread of what began its story, and says what became of it.

    Where it can not look whether an earlier try arrived the message is marked. Refused blocks go as plain text.
    """

    def __init__(self, poster: Poster) -> None:
        self._poster = poster
        self._unknown: Counter[str] = Counter()  # refusals with an unknown code, by notification

    def send(self, notification: Notification) -> Receipt:
        """Returns channel and ts; raises DeliveryError, with permanent and not_before for a refused token."""
        begun = self._edited(notification)  # first: it can be repeated without harm, and what follows can be looked up
        if notification.quiet:
            return Receipt(begins=False)
        remark = ""
        if notification.possible_repeat:
            found = self._poster.find(notification)
            if found.cause is Cause.NONE and found.reference:
                return Receipt(found.reference, begins=not found.reply)
            if found.cause is not Cause.NONE and found.code not in BLIND:
                raise postponement(found, "whether it has arrived could not be looked up")
            remark = _BLINDNESS.format(found.code) if found.code in BLIND else ""
            notification = replace(notification, possible_repeat=bool(remark))
        answer, begun = self._posted(notification, begun)
        if answer.cause is Cause.NONE:
            self._unknown.pop(notification.id, None)
            return Receipt(answer.reference, begun is None, remark)
        raise failure(answer, give_up=self._is_tried_enough(notification, answer))

    def _edited(self, notification: Notification) -> Said | None:
        """What began its story, edited to say how things stand; None where there is nothing to reply to."""
        begun = notification.follows
        if begun is None:
            return None
        said = living(begun.notification, notification)
        answer = self._poster.edit(message(said), begun)
        if answer.cause is Cause.MESSAGE:
            answer = self._poster.edit(plain_message(said), begun)
        if is_gone(answer):
            return None
        if answer.cause in (Cause.BUSY, Cause.UNSURE, Cause.TOKEN):
            raise postponement(answer, "the first message of its story could not be edited")
        return begun  # also where it may not be edited (edit_window_closed): the reply counts

    def _posted(self, notification: Notification, begun: Said | None) -> tuple[Answer, Said | None]:
        """The answer, and what it was posted in reply to after all."""
        answer = self._poster.post(message(notification), notification, begun)
        if answer.cause is Cause.MESSAGE:
            answer = self._poster.post(plain_message(notification), notification, begun)
        if begun is not None and is_gone(answer):
            return self._posted(notification, None)
        return answer, begun

    def _is_tried_enough(self, notification: Notification, answer: Answer) -> bool:
        if answer.cause is Cause.UNKNOWN:
            self._unknown[notification.id] += 1
        if self._unknown[notification.id] < _TRIES:
            return False
        del self._unknown[notification.id]
        return True


def _is_visible_ascii(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text and bool(text)


def _is_safe(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )
