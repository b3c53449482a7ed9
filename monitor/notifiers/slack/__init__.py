"""Slack: a bot token through chat.postMessage, or an incoming webhook. slack_sdk is imported when one is built."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Protocol, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, model_validator

from monitor.model.notification import Notification, Receipt
from monitor.notifiers.slack.answers import Answer, Cause, failure
from monitor.notifiers.slack.blocks import Message, message, plain_message
from monitor.ports import Notifier

KIND = "slack"
GAP = 1.0
"""Seconds between two notifications at least: Slack takes about one message a second for a channel."""
API = "https://slack.com/api/"

_TRIES = 5  # of a refusal whose code nobody knows
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
    """One way to post; see the client module."""

    def post(self, message: Message, notification_id: str, message_id: str) -> Answer:
        """Slack's answer; raises DeliveryError where there is none."""
        ...


def build(config: Config) -> Notifier:
    """A notifier for one channel; this imports slack_sdk (about 0.1 s)."""
    from monitor.notifiers.slack.client import Bot, Hook  # noqa: PLC0415 - only those who use Slack pay for it

    if config.webhook is not None:
        return Slack(Hook(config.webhook.get_secret_value()))
    token = "" if config.token is None else config.token.get_secret_value()
    return Slack(Bot(token, config.channel, config.base_url))


class Slack:
    """Posts a notification, once more as plain text if its blocks are refused, and says what became of it."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster
        self._unknown: Counter[str] = Counter()  # refusals with an unknown code, by notification

    def send(self, notification: Notification) -> Receipt:
        """Returns channel and ts; raises DeliveryError, with permanent and not_before for a refused token."""
        answer = self._post(notification, message(notification))
        if answer.cause is Cause.MESSAGE:
            answer = self._post(notification, plain_message(notification))
        if answer.cause is Cause.NONE:
            self._unknown.pop(notification.id, None)
            return Receipt(answer.reference)
        raise failure(answer, give_up=self._is_tried_enough(notification, answer))

    def _post(self, notification: Notification, said: Message) -> Answer:
        message_id = str(uuid.uuid5(uuid.NAMESPACE_OID, notification.id))
        return self._poster.post(said, notification.id, message_id)

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
