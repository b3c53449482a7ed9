"""E-mail against a real SMTP server: what arrives, over which connection, and what answers mean."""

from __future__ import annotations

import socket
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import ValidationError

from monitor.errors import DeliveryError
from monitor.notifiers import email
from monitor.notifiers.email import HOLD
from monitor.ports import Notifier
from tests.notifiers.mail import PASSWORD, USER, Postbox, certificate, served
from tests.notifiers.said import CITATION, NOTIFICATION

TO = "ops@example.com"


def made(port: int, **more: object) -> Notifier:
    plain = {"host": "127.0.0.1", "port": port, "security": "none", "sender": "monitor@example.com", "to": [TO]}
    return email.build(email.Config.model_validate(plain | more))


def failure(answers: dict[str, str], **more: object) -> DeliveryError:
    with served(Postbox(answers)) as port, pytest.raises(DeliveryError) as failed:
        made(port, **more).send(NOTIFICATION)
    return failed.value


def arrived(postbox: Postbox) -> EmailMessage:
    message = message_from_bytes(postbox.taken[-1][1], policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_message_has_text_and_html_and_its_ids() -> None:
    """Law: the Message-ID follows from the notification, references from its story; nothing of it is markup."""
    postbox = Postbox()
    said = replace(NOTIFICATION, title="<b>通义</b> & more", lines=("a < b",), possible_repeat=True)
    with served(postbox) as port:
        receipt = made(port).send(said)
    message = arrived(postbox)
    text, html = (part.get_content() for part in message.iter_parts())
    assert receipt.reference == message["Message-ID"] == f"<{said.id}@example.com>"
    assert message["References"] == message["In-Reply-To"] == "<thread.thread@example.com>"
    assert message["Subject"] == "[critical] <b>通义</b> & more"
    assert message["Auto-Submitted"] == "auto-generated"
    assert text.splitlines() == ["<b>通义</b> & more", "a < b", "(possible repeat)", CITATION]
    assert "&lt;b&gt;通义&lt;/b&gt; &amp; more" in html
    assert "<p>a &lt; b</p>" in html


def test_no_header_can_be_slipped_in_by_a_name() -> None:
    """Case: a model whose name has a line break."""
    postbox = Postbox()
    with served(postbox) as port:
        made(port).send(replace(NOTIFICATION, title="x\r\nBcc: eve@example.com"))
    assert arrived(postbox)["Bcc"] is None
    assert postbox.taken[0][0] == [TO]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_login_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, security: str) -> None:
    """Law: both ways, with a certificate that is trusted; one that is not gets no password."""
    postbox = Postbox()
    path, context = certificate(tmp_path)
    login = {"security": security, "user": USER, "password": PASSWORD}
    with served(postbox, private=context, at_once=security == "tls") as port:
        with pytest.raises(DeliveryError, match="certificate") as refused:
            made(port, **login).send(NOTIFICATION)
        assert (refused.value.permanent, refused.value.not_before) == (True, HOLD)
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        made(port, **login).send(NOTIFICATION)
        assert (postbox.logins, len(postbox.taken)) == (1, 1)
        with pytest.raises(DeliveryError, match="user or password refused") as refused:
            made(port, **login | {"password": "very-secret-other"}).send(NOTIFICATION)
    assert (refused.value.permanent, refused.value.not_before) == (True, HOLD)
    assert "very-secret" not in f"{refused.value!r}{refused.value}"


def test_without_starttls_nothing_is_sent() -> None:
    """Law: a server that does not offer what the settings demand is a matter for a person."""
    postbox = Postbox()
    with served(postbox) as port, pytest.raises(DeliveryError, match="STARTTLS") as refused:
        made(port, security="starttls").send(NOTIFICATION)
    assert (refused.value.permanent, refused.value.not_before, postbox.taken) == (True, HOLD, [])


@pytest.mark.parametrize(
    ("answers", "permanent", "outcome_unknown", "said"),
    [
        ({TO: "550 5.1.1 no such user"}, True, False, "email: ops@example.com is refused (550 5.1.1)"),
        ({TO: "451 4.7.1 greylisted"}, False, False, "email: ops@example.com is refused (451 4.7.1)"),
        ({"DATA": "554 5.7.1 spam, very-secret"}, True, False, "email: the message is refused (554 5.7.1)"),
        ({"DATA": "452 later"}, False, False, "email: the message is refused (452)"),
        ({"DATA": "DROP"}, False, True, "email: no answer to the message (SMTPServerDisconnected)"),
    ],
)
def test_answers_are_told_apart(answers: dict[str, str], permanent: object, outcome_unknown: object, said: str) -> None:
    """Law: 5xx never, 4xx later, in doubt where the connection breaks after DATA; only the code is told."""
    error = failure(answers)
    assert (error.permanent, error.outcome_unknown, str(error)) == (permanent, outcome_unknown, said)


def test_one_refused_address_does_not_keep_the_others_from_it() -> None:
    """Law: it is delivered to the rest, and what was refused is told."""
    postbox = Postbox({"gone@example.com": "550 gone"})
    with (
        served(postbox) as port,
        pytest.raises(DeliveryError, match=r"delivered, but not to gone@example\.com") as part,
    ):
        made(port, to="gone@example.com, ops@example.com").send(NOTIFICATION)
    assert (part.value.permanent, part.value.outcome_unknown) == (True, False)
    assert postbox.taken[0][0] == [TO]


def test_of_several_refusals_one_that_passes_is_enough_to_wait() -> None:
    """Case: nobody was reached yet: one mailbox is gone, another full."""
    assert not failure({TO: "452 full", "gone@example.com": "550 gone"}, to=[TO, "gone@example.com"]).permanent


def test_nobody_there_is_no_doubt() -> None:
    """Case: nothing listens: it was not sent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DeliveryError, match="can not be reached") as failed:
        made(port).send(NOTIFICATION)
    assert (failed.value.permanent, failed.value.outcome_unknown) == (False, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": "nobody"},
        {"to": []},
        {"to": ["a@b\r\nX: y"]},
        {"to": "a@example.com, b@@x"},
        {"user": "monitor"},
        {"password": PASSWORD},
        {"host": "mail.example.com", "user": "monitor", "password": PASSWORD},
        {"security": "ssl"},
    ],
)
def test_wrong_settings_are_refused_without_showing_a_secret(wrong: dict[str, object]) -> None:
    """Law: no password without its user or over an open line, no address that is none."""
    with pytest.raises(ValidationError) as refused:
        made(25, **wrong)
    assert "very-secret" not in str(refused.value)
