"""The webhook over real sockets: what is posted, how it is signed, and what answers mean."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import jsonschema
import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import DeliveryError
from monitor.model.labels import Labels
from monitor.model.notification import Notification, Reason
from monitor.model.transition import Change, Transition
from monitor.notifiers import webhook
from monitor.notifiers.alertmanager import payload
from monitor.notifiers.webhook import HOLD
from monitor.ports import Notifier
from tests.notifiers.said import NOTIFICATION

PATH = "/hook/very-secret-path"
SECRET = "very-secret-key"
TOKEN = "very-secret-token"
NOW = datetime(2026, 2, 16, tzinfo=UTC)
WEEK = 1770595200  # 2026-02-09
MADE = replace(
    NOTIFICATION,
    labels=Labels.of(topic="prices", severity="critical"),
    transitions=(
        Transition(
            "PriceCut",
            Labels.of(model="gpt"),
            Change.FIRING,
            WEEK,
            WEEK,
            WEEK + 60,
            1.5,
            2.0,
            joined=Labels.of(vendor="openai"),
        ),
        Transition(
            "PriceCut",
            Labels.of(model="v4"),
            Change.RESOLVED,
            WEEK,
            WEEK + 86400,
            WEEK + 86460,
            float("nan"),
            2.0,
            joined=Labels.of(vendor="deepseek"),
        ),
    ),
)
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
ALERT = {
    "status": {"enum": ["firing", "resolved"]},
    "labels": TEXTS,
    "annotations": TEXTS,
    "startsAt": MOMENT,
    "endsAt": MOMENT,
    "generatorURL": {"type": "string"},
    "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
}
FIELDS = {
    "version": {"const": "4"},
    "groupKey": {"type": "string"},
    "truncatedAlerts": {"type": "integer"},
    "status": {"enum": ["firing", "resolved"]},
    "receiver": {"type": "string"},
    "groupLabels": TEXTS,
    "commonLabels": TEXTS,
    "commonAnnotations": TEXTS,
    "externalURL": {"type": "string"},
    "alerts": {
        "type": "array",
        "minItems": 1,
        "items": {"type": "object", "properties": ALERT, "required": [*ALERT], "additionalProperties": False},
    },
}
SCHEMA = {"type": "object", "properties": FIELDS, "required": [*FIELDS], "additionalProperties": False}
"""What Alertmanager's manual says of a webhook's JSON, version 4."""


def made(address: str, **more: str) -> Notifier:
    return webhook.build(webhook.Config.model_validate({"url": address, **more}))


def failure(notifier: Notifier) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        notifier.send(MADE)
    assert "very-secret" not in f"{failed.value!r}{failed.value}"
    return failed.value


def answering(server: HTTPServer, status: int, **headers: str) -> None:
    server.expect_request(PATH).respond_with_response(Response(status=status, headers=headers))


@pytest.mark.parametrize("said", [MADE, NOTIFICATION, replace(NOTIFICATION, reason=Reason.FEED, severity="info")])
def test_the_payload_is_that_of_alertmanager(said: Notification) -> None:
    """Law: every field that its manual names and no other, whatever is told."""
    jsonschema.validate(payload(said, NOW), SCHEMA)


def test_an_alert_has_all_its_labels() -> None:
    """Case: one fires and one is over: rule, instance and catalogue; common is what both have."""
    document = payload(MADE, NOW)
    alerts = document["alerts"]
    assert isinstance(alerts, list)
    fired, over = alerts
    assert (document["status"], document["groupLabels"]) == ("firing", {"alertname": "PriceCut"})
    assert document["commonLabels"] == {"alertname": "PriceCut", "severity": "critical", "topic": "prices"}
    assert fired["labels"] == {
        "alertname": "PriceCut",
        "severity": "critical",
        "topic": "prices",
        "model": "gpt",
        "vendor": "openai",
    }
    assert (fired["status"], fired["startsAt"], fired["endsAt"]) == (
        "firing",
        "2026-02-09T00:00:00Z",
        "0001-01-01T00:00:00Z",
    )
    assert (over["status"], over["endsAt"]) == ("resolved", "2026-02-10T00:00:00Z")
    assert (fired["annotations"]["value"], "value" in over["annotations"]) == ("1.5", False)
    assert fired["fingerprint"] != over["fingerprint"]
    assert "CC BY 4.0" in fired["annotations"]["description"]


def test_an_instance_keeps_its_fingerprint_as_its_level_changes() -> None:
    """Law: what is resolved is what fired."""
    later = replace(MADE.transitions[0], kind=Change.RESOLVED, level="warning", valid_at=WEEK + 86400)
    prints = [
        payload(replace(MADE, transitions=(each,)), NOW)["alerts"][0]["fingerprint"]  # type: ignore[index]
        for each in (MADE.transitions[0], later)
    ]
    assert prints[0] == prints[1]


def test_a_post_is_signed_and_has_its_key(httpserver: HTTPServer) -> None:
    """Law: the check of the manual accepts it; a repeat has the same Idempotency-Key."""
    answering(httpserver, 204)
    notifier = made(httpserver.url_for(PATH), secret=SECRET, token=TOKEN)
    assert notifier.send(MADE).reference == "HTTP 204"
    notifier.send(replace(MADE, possible_repeat=True))
    (first, _), (second, _) = httpserver.log
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == MADE.id
    assert first.headers["Authorization"] == f"Bearer {TOKEN}"
    assert first.headers["Content-Type"] == "application/json"
    signed = f"{first.headers['X-Monitor-Timestamp']}.".encode() + first.get_data()
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert first.headers["X-Monitor-Signature"] == expected
    jsonschema.validate(json.loads(first.get_data()), SCHEMA)


@pytest.mark.parametrize(
    ("status", "headers", "permanent", "outcome_unknown", "not_before"),
    [
        (429, {"Retry-After": "7"}, False, False, 7.0),
        (503, {"Retry-After": "99999"}, False, False, 3600.0),
        (503, {"Retry-After": "soon"}, False, False, None),
        (400, {}, True, False, None),
        (404, {}, True, False, None),
        (401, {}, True, False, HOLD),
        (403, {}, True, False, HOLD),
        (500, {}, False, True, None),
        (502, {}, False, True, None),
    ],
)
def test_answers_are_told_apart(  # noqa: PLR0913, PLR0917 - a table
    httpserver: HTTPServer,
    status: int,
    headers: dict[str, str],
    permanent: object,
    outcome_unknown: object,
    not_before: float | None,
) -> None:
    """Law: given up, later, kept until a person acts, or in doubt."""
    answering(httpserver, status, **headers)
    error = failure(made(httpserver.url_for(PATH)))
    assert (error.permanent, error.outcome_unknown, error.not_before) == (permanent, outcome_unknown, not_before)
    assert f"HTTP {status}" in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(httpserver: HTTPServer, status: int) -> None:
    """Law: nothing is posted anywhere but to the address of the settings."""
    answering(httpserver, status, Location=httpserver.url_for("/elsewhere"))
    error = failure(made(httpserver.url_for(PATH)))
    assert (error.permanent, error.not_before, len(httpserver.log)) == (True, HOLD, 1)


def test_nobody_there_is_no_doubt() -> None:
    """Case: nothing listens: it was not sent."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = failure(made(f"http://127.0.0.1:{port}{PATH}"))
    assert (error.permanent, error.outcome_unknown) == (False, False)


def test_a_broken_answer_is_in_doubt(closing: Callable[[], int]) -> None:
    """Case: it was read, and the connection closed without an answer."""
    error = failure(made(f"http://127.0.0.1:{closing()}{PATH}"))
    assert (error.permanent, error.outcome_unknown) == (False, True)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "ftp://very-secret/"},
        {"url": "https://user:very-secret@host/"},
        {"url": "very-secret"},
        {"url": "https://very-secret:99999/"},
        {"url": "https://host/", "secret": "very-secret key"},
        {"url": "https://host/", "token": ""},
        {"url": "https://host/", "header": "x"},
    ],
)
def test_wrong_settings_are_refused_without_showing_them(settings: dict[str, str]) -> None:
    """Law: an address that can not be posted to, and secrets that fit into no header."""
    with pytest.raises(ValidationError) as refused:
        webhook.Config.model_validate(settings)
    assert "very-secret" not in str(refused.value)


def test_requests_are_made_of_bytes(httpserver: HTTPServer) -> None:
    """Case: names of models in any script arrive as they are."""
    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(json.loads(request.get_data())["commonAnnotations"]["summary"])
        return Response()

    httpserver.expect_request(PATH).respond_with_handler(answer)
    made(httpserver.url_for(PATH)).send(replace(MADE, title='通义千问 ↑ "x"'))
    assert seen == ['通义千问 ↑ "x"']
