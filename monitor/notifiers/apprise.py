"""Everything that Apprise reaches, by one of its addresses, which is a secret. An optional package: `.[apprise]`."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Protocol

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from monitor.errors import DeliveryError
from monitor.model.notification import Notification, Receipt
from monitor.ports import Notifier

KIND = "apprise"
GAP = 1.0
"""Seconds between two notifications at least: most of what it reaches has a limit."""
HOLD = 900.0
"""Seconds until a service that never took anything is tried again."""

_TRIES = 5  # until a person is told: Apprise says that it failed, and never why
_TYPES = {"critical": "failure", "warning": "warning", "info": "info"}


class Service(Protocol):
    """What Apprise makes of an address."""

    def notify(self, body: str, title: str, notify_type: str, body_format: str) -> object:
        """True in a boolean place where it was taken."""
        ...


class Config(BaseModel):
    """`url`: an address of one service, as Apprise's manual lists them."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: SecretStr

    @field_validator("url")
    @classmethod
    def _is_known(cls, url: SecretStr) -> SecretStr:
        _service(url)
        return url


def build(config: Config) -> Notifier:
    """A notifier for one service."""
    return Told(_service(config.url))


class Told:
    """Sends through one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._failures: Counter[str] = Counter()  # in a row, by notification

    def send(self, notification: Notification) -> Receipt:
        """Raises DeliveryError, always in doubt: the service may have taken what Apprise calls a failure."""
        rest = notification.text.removeprefix(notification.title).lstrip("\n")
        title, body = (notification.title, rest) if rest else ("", notification.title)
        if self._service.notify(body, title, _TYPES.get(notification.severity, "info"), "text"):
            self._failures.pop(notification.id, None)
            return Receipt()
        self._failures[notification.id] += 1
        held = self._failures[notification.id] >= _TRIES
        hint = "try its address with Apprise's own command; what is owed is kept until then"
        raise DeliveryError(
            "apprise: the service did not take it",
            hint=hint,
            permanent=held,
            outcome_unknown=True,
            not_before=HOLD if held else None,
        )


def _service(url: SecretStr) -> Service:
    """Raises ValueError, without the address."""
    try:
        from apprise import Apprise  # noqa: PLC0415 - only those who use it pay for it, or need to have it
    except ImportError:
        raise ValueError("needs a package that is not installed\n    pip install '.[apprise]'") from None
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # it writes of addresses
    service = Apprise()
    if not service.add(url.get_secret_value()):
        raise ValueError("expected an address that Apprise knows, such as ntfys://host/topic")
    return service
