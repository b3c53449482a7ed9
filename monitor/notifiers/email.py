"""E-mail over SMTP: one message for each notification, threaded by its story. smtplib does the talking."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from monitor.errors import DeliveryError
from monitor.model.finding import Finding, of_error, ok
from monitor.model.notification import Notification, Receipt
from monitor.model.text import one_line
from monitor.ports import Notifier
from monitor.settings import listed

KIND = "email"
GAP = 0.0
"""Seconds between two notifications at least."""
HOLD = 900.0
"""Seconds until a server that lets us not in is tried again."""

_TIMEOUT = 10.0  # seconds without a byte
_SUBJECT = 200
_OK = 250
_TAKEN = frozenset({_OK, 251})  # of a recipient
_TEMPORARY = range(400, 500)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ADDRESS = r"[!-;=?A-~^]+@[A-Za-z0-9.-]+|[!-;=?A-~^]+@\[[0-9A-Fa-f.:]+\]"
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463: says why, and holds nothing else


Address = Annotated[str, Field(pattern=f"^(?:{_ADDRESS})$")]


class Config(BaseModel):
    """`security`: how the connection is made private; `to`: addresses, in the environment with commas."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: str = Field(min_length=1)
    port: int = Field(587, ge=1, le=65_535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Address
    to: Annotated[tuple[Address, ...], BeforeValidator(listed)] = Field(min_length=1)
    user: str = ""
    password: SecretStr | None = None

    @model_validator(mode="after")
    def _is_private(self) -> Self:
        if bool(self.user) != (self.password is not None):
            raise ValueError("expected user and password, or neither")
        if self.password is not None and self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError("expected security starttls or tls with a password")
        return self


def build(config: Config) -> Notifier:
    """A notifier for these addresses."""
    return Email(config)


def examine(about: str, config: Config) -> Iterator[Finding]:
    """Whether the server lets us in; no message is begun."""
    try:
        server = Email(config).connected()
    except (OSError, smtplib.SMTPException) as error:
        yield of_error(about, not_let_in(error))
        return
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    yield ok(about, f"{config.host}:{config.port} lets us in; to {', '.join(config.to)}")


class Email:
    """A connection for each notification: there are few, and none is kept that may have died."""

    def __init__(self, config: Config, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._config = config
        self._now = now

    def send(self, notification: Notification) -> Receipt:
        """Returns the Message-ID; raises DeliveryError, in doubt where the answer to the message itself is missing."""
        message = composed(notification, self._config, self._now())
        try:
            server = self.connected()
        except (OSError, smtplib.SMTPException) as error:
            raise not_let_in(error) from None
        try:
            refused = self._addressed(server)
            _handed_over(server, message)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
        if refused:
            raise DeliveryError(
                f"email: delivered, but not to {', '.join(refused)}", hint="put `to` right", permanent=True
            )
        return Receipt(str(message["Message-ID"]))

    def connected(self) -> smtplib.SMTP:
        """Raises OSError and SMTPException; nothing of the message is sent then."""
        config, context = self._config, ssl.create_default_context()
        if config.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(config.host, config.port, timeout=_TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(config.host, config.port, timeout=_TIMEOUT)
        try:
            if config.security == "starttls":
                server.starttls(context=context)
            if config.password is not None:
                server.login(config.user, config.password.get_secret_value())
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server

    def _addressed(self, server: smtplib.SMTP) -> dict[str, int]:
        """Name sender and recipients; returns those that are refused, with their codes. Raises DeliveryError."""
        try:
            code, said = server.mail(self._config.sender)
            if code != _OK:
                raise _refusal("the sender", code, said)
            answers = {each: server.rcpt(each) for each in self._config.to}
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"email: the connection broke before the message ({type(error).__name__})") from None
        refused = {each: answer for each, answer in answers.items() if answer[0] not in _TAKEN}
        if len(refused) == len(answers):
            # One that may be taken later is enough to wait for.
            raise _refusal(", ".join(refused), *min(refused.values(), key=lambda answer: answer[0]))
        return {each: code for each, (code, _) in refused.items()}


def _handed_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        code, said = server.data(message.as_bytes())
    except smtplib.SMTPDataError as error:  # before the message
        raise _refusal("the message", error.smtp_code, error.smtp_error) from None
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"email: no answer to the message ({type(error).__name__})", outcome_unknown=True) from None
    if code != _OK:
        raise _refusal("the message", code, said)


def composed(notification: Notification, config: Config, now: datetime) -> EmailMessage:
    """Plain text with simple HTML beside it. All of a story refer to one id, so that programs show one thread."""
    domain = config.sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = config.sender, ", ".join(config.to)
    message["Subject"] = one_line(f"[{notification.severity}] {notification.title}", _SUBJECT)
    message["Date"] = now
    message["Message-ID"] = f"<{notification.id}@{domain}>"
    message["In-Reply-To"] = message["References"] = f"<{notification.thread}.thread@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{notification.text}\n", cte="quoted-printable")
    first, *rest = notification.text.splitlines()
    lines = "".join(f"<p>{escape(line)}</p>\n" for line in rest)
    html = f"<html><body><p><b>{escape(first)}</b></p>\n{lines}</body></html>\n"
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def not_let_in(error: Exception) -> DeliveryError:
    """Only kind and code are told: a server's words may repeat what it was sent."""
    match error:
        case smtplib.SMTPAuthenticationError(smtp_code=code) if code not in _TEMPORARY:
            told, hint = f"user or password refused ({code})", "put them right"
        case smtplib.SMTPNotSupportedError():
            told, hint = "the server does not offer what is needed (STARTTLS, or a login)", "set `security`"
        case ssl.SSLCertVerificationError():
            told, hint = "the certificate of the server is not trusted", "name the host that it is made for"
        case _:
            return DeliveryError(f"email: can not be reached ({type(error).__name__})")
    return DeliveryError(
        f"email: {told}", hint=f"{hint}; what is owed is kept until then", permanent=True, not_before=HOLD
    )


def _refusal(what: str, code: int, said: bytes | str) -> DeliveryError:
    """4xx: later; anything else: never."""
    why = _ENHANCED.match(said if isinstance(said, bytes) else said.encode())
    told = f"{code} {why[0].decode()}" if why else str(code)
    return DeliveryError(f"email: {what} is refused ({told})", permanent=code not in _TEMPORARY)
