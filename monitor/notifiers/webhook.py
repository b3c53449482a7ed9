"""A webhook: each notification as a signed POST of Alertmanager's JSON to an address, which is a secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from monitor.errors import DeliveryError
from monitor.model.notification import Notification, Receipt
from monitor.notifiers.alertmanager import payload
from monitor.ports import Notifier

KIND = "webhook"
GAP = 0.0
"""Seconds between two notifications at least."""
HOLD = 900.0
"""Seconds until an address that lets us not in is tried again."""
TIMESTAMP, SIGNATURE = "X-Monitor-Timestamp", "X-Monitor-Signature"
"""The headers of a signed notification."""

_TIMEOUT = 10.0  # seconds without a byte
_PATIENCE = 3_600.0  # seconds; a longer Retry-After is more likely a mistake than a wish
_LAST_PORT = 65_535
_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_SHUT = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)  # before a byte of the request


class Config(BaseModel):
    """`url`: where to post. `secret`: signs each body. `token`: sent as Authorization: Bearer."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: SecretStr
    secret: SecretStr | None = None
    token: SecretStr | None = None

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: SecretStr) -> SecretStr:
        if not _fits(url.get_secret_value()):
            raise ValueError("expected an address with https:// or http://, without user and password")
        return url

    @field_validator("secret", "token")
    @classmethod
    def _is_visible(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
            raise ValueError("expected visible ASCII characters without blanks")
        return secret


def build(config: Config) -> Notifier:
    """A notifier for one address."""
    return Webhook(config)


class Webhook:
    """Posts once and follows no redirect: what is posted is meant for this address only."""

    def __init__(self, config: Config, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._config = config
        self._now = now

    def send(self, notification: Notification) -> Receipt:
        """Returns the status as reference; raises DeliveryError, which never holds the address."""
        now = self._now()
        body = json.dumps(payload(notification, now), separators=(",", ":"), allow_nan=False).encode()
        headers = self._headers(notification.id, body, int(now.timestamp()))
        try:
            with (
                httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client,
                # The body of the answer is nobody's concern and is not read.
                client.stream("POST", self._config.url.get_secret_value(), content=body, headers=headers) as answer,
            ):
                status, wait = answer.status_code, answer.headers.get("Retry-After", "")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            sent = not isinstance(error, _NOT_SENT)
            said = "no answer" if sent else "can not be reached"
            raise DeliveryError(f"webhook: {said} ({type(error).__name__})", outcome_unknown=sent) from None
        if HTTPStatus(200) <= status < HTTPStatus.MULTIPLE_CHOICES:
            return Receipt(f"HTTP {status}")
        raise _failure(status, _seconds(wait))

    def _headers(self, notification_id: str, body: bytes, at: int) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "model-market-monitor",
            "Idempotency-Key": notification_id,
        }
        if self._config.token is not None:
            headers["Authorization"] = f"Bearer {self._config.token.get_secret_value()}"
        if self._config.secret is not None:
            headers |= {TIMESTAMP: str(at), SIGNATURE: signature(self._config.secret.get_secret_value(), at, body)}
        return headers


def signature(secret: str, at: int, body: bytes) -> str:
    """HMAC-SHA256 over the epoch second, a dot and the body, in hex."""
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def _failure(status: int, wait: float | None) -> DeliveryError:
    said = f"HTTP {status}"
    if status in _LATER:
        return DeliveryError(f"webhook: not now ({said})", not_before=wait)
    if status in _SHUT:
        hint = "put the token or address right; what is owed is kept until then"
        return DeliveryError(f"webhook: lets us not in ({said})", hint=hint, permanent=True, not_before=HOLD)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        hint = "redirects are not followed: name the address it leads to"
        return DeliveryError(f"webhook: redirects ({said})", hint=hint, permanent=True, not_before=HOLD)
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return DeliveryError(f"webhook: refuses it ({said})", permanent=True)
    return DeliveryError(f"webhook: no clear answer ({said})", outcome_unknown=True, not_before=wait)


def _seconds(retry_after: str) -> float | None:
    """Seconds of the Retry-After header; None where it is none that counts seconds."""
    return min(float(retry_after), _PATIENCE) if re.fullmatch(r"[0-9]{1,9}", retry_after.strip()) else None


def _fits(address: str) -> bool:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return False
    named = bool(url.host) and not url.userinfo and (url.port or 1) <= _LAST_PORT
    return url.scheme in {"http", "https"} and named and address.isascii()
