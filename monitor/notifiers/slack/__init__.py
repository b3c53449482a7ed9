"""Slack: a bot token through chat.postMessage, or an incoming webhook. slack_sdk is imported when one is built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr, model_validator

from monitor.model.finding import Finding, ok
from monitor.model.notification import Notification, Receipt, Said
from monitor.notifiers.slack.addresses import is_safe, is_visible_ascii
from monitor.notifiers.slack.answers import Answer, Cause, failure, postponement
from monitor.notifiers.slack.blocks import message, plain_message
from monitor.notifiers.slack.interactions import Room
from monitor.notifiers.slack.living import is_gone, living
from monitor.notifiers.slack.parts import PICTURE, rest, said
from monitor.notifiers.slack.pictures import SETTLING, Pictures
from monitor.notifiers.slack.posting import Patience, Poster, looked_up
from monitor.ports import Desk, Listener, Notifier
from monitor.settings import listed

KIND = "slack"
GAP = 1.0
"""Seconds between two notifications at least: Slack takes about one message a second for a channel."""
EDITS = True
"""What began a story is edited as it goes on."""
API = "https://slack.com/api/"

_BLINDNESS = (
    "a message may have come twice, and says so: whether it had arrived could not be looked up ({})\n"
    "    a bot token with the scope channels:history (groups:history for a private channel) avoids that"
)


class Config(BaseModel):
    """Either `token` and `channel` (a name or an id), or `webhook`; `base_url` is for tests.

    `app_token`, with `token` alone: people can act from messages. `users`: who of the channel, by id or name, if not
    all.
    """

    # Without the input in errors: it is a secret.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: SecretStr | None = None
    channel: str = ""
    app_token: SecretStr | None = None
    users: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()
    webhook: SecretStr | None = None
    base_url: str = API

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.token is None) == (self.webhook is None):
            raise ValueError("expected either token (with channel) or webhook")
        if (self.token is None) != (not self.channel.strip()):
            raise ValueError("expected a channel with token, and none with webhook")
        if self.app_token is not None and self.token is None:
            raise ValueError("expected app_token with token: what a webhook posts has no buttons")
        if self.users and self.app_token is None:
            raise ValueError("expected app_token with users: without it nobody can act")
        for name in ("token", "app_token", "webhook"):
            secret: SecretStr | None = getattr(self, name)
            if secret is not None and not is_visible_ascii(secret.get_secret_value()):
                raise ValueError(f"expected visible ASCII characters without blanks in {name}")
        if self.webhook is not None and not is_safe(self.webhook.get_secret_value()):
            raise ValueError("expected an address with https:// in webhook")
        if not is_safe(self.base_url):
            raise ValueError("expected an address with https:// in base_url")
        return self


def build(config: Config) -> Notifier:
    """A notifier for one channel; this imports slack_sdk (about 0.1 s)."""
    from monitor.notifiers.slack.client import Bot, Hook  # noqa: PLC0415 - only those who use Slack pay for it

    if config.webhook is not None:
        return Slack(Hook(config.webhook.get_secret_value()))
    token = "" if config.token is None else config.token.get_secret_value()
    return Slack(Bot(token, config.channel, config.base_url), acts=config.app_token is not None)


def examine(about: str, config: Config) -> Iterator[Finding]:
    """Token, scopes, channel and app token of a bot; what a webhook takes only a message shows."""
    if config.token is None:
        yield ok(about, "a webhook; only a message shows whether it arrives: `monitor notify test`")
        return
    from monitor.notifiers.slack.examining import examined  # noqa: PLC0415 - as in build

    app_token = "" if config.app_token is None else config.app_token.get_secret_value()
    yield from examined(about, config.token.get_secret_value(), config.channel, app_token, config.base_url)


def listen(configs: Mapping[str, Config], desk: Desk) -> tuple[Listener, ...]:
    """One for each Slack app, for all receivers of that app: what is asked comes in by any of its connections."""
    from monitor.notifiers.slack.listening import Listening  # noqa: PLC0415 - as in build

    apps: defaultdict[tuple[str, str], list[Room]] = defaultdict(list)
    for receiver, config in configs.items():
        if config.app_token is not None:
            room = Room(receiver, config.channel, frozenset(config.users))
            apps[config.app_token.get_secret_value(), config.base_url].append(room)
    return tuple(Listening(token, base_url, rooms, desk) for (token, base_url), rooms in apps.items())


class Slack:
    """Posts a notification exactly once, in the thread of what began its story, and says what became of it.

    Where it can not look whether an earlier try arrived the message is marked. Refused blocks go as plain text.
    """

    def __init__(self, poster: Poster, settling: float = SETTLING, *, acts: bool = False) -> None:
        self._poster = poster
        self._acts = acts
        self._pictures = Pictures(poster, settling)
        self._patience = Patience()

    def send(self, notification: Notification) -> Receipt:
        """Returns channel and ts; raises DeliveryError, with permanent and not_before for a refused token."""
        if notification.part == PICTURE:
            return self._pictures.send(notification)
        # An edit comes first: it can be repeated without harm, and what follows can be looked up.
        begun = notification.follows if notification.part else self._edited(notification)
        if notification.quiet or (notification.part and begun is None):
            return Receipt(begins=False)
        remark = ""
        if notification.possible_repeat:
            found = looked_up(self._poster, notification)
            if found.reference:
                return Receipt(found.reference, not found.reply, rest=self._rest(notification))
            remark = "" if found.cause is Cause.NONE else _BLINDNESS.format(found.code)
            notification = replace(notification, possible_repeat=bool(remark))
        answer, begun = self._posted(notification, begun)
        over = self._patience.is_over(notification, answer)
        if answer.cause is Cause.NONE:
            return Receipt(answer.reference, begun is None, remark, self._rest(notification))
        if notification.part and is_gone(answer):
            return Receipt(begins=False)  # with what it belonged to
        raise failure(answer, give_up=over)

    def _rest(self, notification: Notification) -> tuple[Notification, ...]:
        return rest(notification) if self._poster.threads else ()

    def _edited(self, notification: Notification) -> Said | None:
        """What began its story, edited to say how things stand; None where there is nothing to reply to."""
        begun = notification.follows
        if begun is None:
            return None
        now = living(begun.notification, notification)
        answer = self._poster.edit(message(now, acts=self._acts), begun)
        if answer.cause is Cause.MESSAGE:
            answer = self._poster.edit(plain_message(now), begun)
        if is_gone(answer):
            return None
        if answer.cause in (Cause.BUSY, Cause.UNSURE, Cause.TOKEN):
            raise postponement(answer, "the first message of its story could not be edited")
        return begun  # also where it may not be edited (edit_window_closed): the reply counts

    def _posted(self, notification: Notification, begun: Said | None) -> tuple[Answer, Said | None]:
        """The answer, and what it was posted in reply to after all."""
        whole = said(notification, threads=self._poster.threads, acts=self._acts)
        answer = self._poster.post(whole, notification, begun)
        if answer.cause is Cause.MESSAGE:
            plain = replace(whole, blocks=()) if notification.part else plain_message(notification)
            answer = self._poster.post(plain, notification, begun)
        if begun is not None and is_gone(answer) and not notification.part:
            return self._posted(notification, None)
        return answer, begun
