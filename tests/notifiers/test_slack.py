"""Slack over real sockets: a fake server that answers as Slack does, and as Slack does not want to."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import DeliveryError
from monitor.notifiers import slack
from monitor.notifiers.slack.answers import HOLD
from monitor.ports import Notifier
from monitor.testing import CUT, FakeSlack, refused
from tests.notifiers.said import NOTIFICATION
from tests.secrecy import assert_hidden, chained

TOKEN = "xoxb-very-secret-token"
HOOK_PATH = "/services/T000/B000/very-secret-path"
POST = "chat.postMessage"


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    """A Slack that takes everything."""
    with FakeSlack(token=TOKEN, channels={"C123": "alerts"}) as slack:
        yield slack


@pytest.fixture
def bot(fake: FakeSlack) -> Notifier:
    """A notifier with a token, talking to the fake."""
    return _bot(fake.api)


@pytest.fixture
def page_bot(httpserver: HTTPServer) -> Notifier:
    """A notifier with a token, talking to a server that answers what Slack never would."""
    return _bot(httpserver.url_for("/api/"))


@pytest.fixture
def hook(httpserver: HTTPServer) -> Notifier:
    """A notifier with a webhook, talking to such a server."""
    return _hook(httpserver.url_for(HOOK_PATH))


def _bot(base_url: str) -> Notifier:
    return slack.build(slack.Config.model_validate({"token": TOKEN, "channel": "#alerts", "base_url": base_url}))


def _hook(address: str) -> Notifier:
    return slack.build(slack.Config.model_validate({"webhook": address}))


def _failure(notifier: Notifier) -> DeliveryError:
    with pytest.raises(DeliveryError) as failed:
        notifier.send(NOTIFICATION)
    return failed.value


def _answer_all(server: HTTPServer, answer: Callable[[Request], Response]) -> None:
    server.expect_request("/api/chat.postMessage", method="POST").respond_with_handler(answer)


def _bodies(server: HTTPServer) -> list[dict[str, object]]:
    return [json.loads(request.get_data()) for request, _ in server.log]


def test_a_bot_posts_text_blocks_and_ids(bot: Notifier, fake: FakeSlack) -> None:
    """One call, with the token in the header only; the receipt finds the message again."""
    receipt = bot.send(NOTIFICATION)
    (call,), (message,) = fake.calls, fake.posted
    assert receipt.reference == f"C123:{message.ts}"
    assert call.authorization == f"Bearer {TOKEN}"
    assert TOKEN not in json.dumps(call.fields)
    assert call.fields["channel"] == "#alerts"
    assert message.text.startswith("Chinese models overtook")
    assert (call.fields["unfurl_links"], call.fields["unfurl_media"], call.fields["link_names"]) == (
        False,
        False,
        False,
    )
    assert len(message.client_msg_id) == 36
    assert message.metadata == {
        "event_type": "model_market_monitor_notification",
        "event_payload": {"notification_id": NOTIFICATION.id},
    }


@pytest.mark.parametrize(
    ("code", "permanent", "outcome_unknown", "not_before"),
    [
        ("invalid_auth", True, False, HOLD),
        ("token_revoked", True, False, HOLD),
        ("missing_scope", True, False, HOLD),
        ("channel_not_found", True, False, None),
        ("not_in_channel", True, False, None),
        ("is_archived", True, False, None),
        ("restricted_action_read_only_channel", True, False, None),
        ("ratelimited", False, False, None),
        ("message_limit_exceeded", False, False, None),
        ("service_unavailable", False, False, None),
        ("team_added_to_org", False, False, None),
        ("internal_error", False, True, None),
        ("fatal_error", False, True, None),
        ("something_new", False, False, None),
    ],
)
def test_codes_are_told_apart(  # noqa: PLR0913 - a table
    bot: Notifier, fake: FakeSlack, code: str, *, permanent: bool, outcome_unknown: bool, not_before: float | None
) -> None:
    """A refused token is held, a refusing channel given up, a busy server asked later, the unclear said so."""
    fake.fail(POST, refused(code))
    error = _failure(bot)
    assert (error.permanent, error.outcome_unknown, error.not_before) == (permanent, outcome_unknown, not_before)
    assert code in str(error)
    assert len(fake.calls) == 1


@pytest.mark.parametrize(
    "code", ["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_metadata_format"]
)
def test_refused_blocks_are_sent_once_more_as_plain_text(bot: Notifier, fake: FakeSlack, code: str) -> None:
    """A mistake in our blocks does not cost the message."""
    fake.fail(POST, refused(code))
    assert bot.send(NOTIFICATION).reference
    assert ["blocks" in call.fields for call in fake.calls] == [True, False]


def test_plain_text_that_is_refused_too_is_given_up(bot: Notifier, fake: FakeSlack) -> None:
    """After the second call, not more."""
    fake.fail(POST, *[refused("invalid_arguments")] * 2)
    error = _failure(bot)
    assert error.permanent
    assert "also as plain text" in str(error)
    assert len(fake.calls) == 2


def test_an_unknown_code_is_given_up_after_a_few_tries(bot: Notifier, fake: FakeSlack) -> None:
    """Slack may add codes: a new one neither blocks the outbox forever nor costs the message at once."""
    fake.fail(POST, *[refused("something_new")] * 6)
    assert [_failure(bot).permanent for _ in range(6)] == [False, False, False, False, True, False]


@pytest.mark.parametrize(
    ("asked", "not_before"), [("7", 7.0), ("99999999", 3600.0), ("Mon, 16 Feb 2026 00:00:00 GMT", None), (None, None)]
)
def test_a_busy_slack_is_asked_when_it_says(
    page_bot: Notifier, httpserver: HTTPServer, asked: str | None, not_before: float | None
) -> None:
    """429 with Retry-After: no waiting inside the call, no second call, at most an hour."""
    headers = {} if asked is None else {"Retry-After": asked}
    body = json.dumps({"ok": False, "error": "ratelimited"})
    _answer_all(httpserver, lambda _: Response(body, 429, headers, content_type="application/json"))
    error = _failure(page_bot)
    assert (error.permanent, error.outcome_unknown, error.not_before) == (False, False, not_before)
    assert len(httpserver.log) == 1


@pytest.mark.parametrize(
    ("status", "outcome_unknown"), [(500, True), (503, True), (200, True), (403, False), (407, False)]
)
def test_a_page_instead_of_an_answer(
    page_bot: Notifier, httpserver: HTTPServer, *, status: int, outcome_unknown: bool
) -> None:
    """Where Slack may have posted before it the outcome is unknown; a proxy's refusal is a later try. Never shown."""
    page = "<html>a proxy's page</html>"
    _answer_all(httpserver, lambda _: Response(page, status, content_type="text/html"))
    error = _failure(page_bot)
    assert (error.permanent, error.outcome_unknown) == (False, outcome_unknown)
    assert "html" not in str(error)
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("body", [b"[1]", b"null", b"\xff\xfe", b'{"ok": true', b'{"ok": "yes"}'])
def test_json_that_is_no_answer_is_an_unknown_outcome(page_bot: Notifier, httpserver: HTTPServer, body: bytes) -> None:
    """Only `"ok": true` is a delivery."""
    _answer_all(httpserver, lambda _: Response(body, content_type="application/json"))
    assert _failure(page_bot).outcome_unknown


@pytest.mark.parametrize(
    ("build", "method"), [(lambda fake: _bot(fake.api), POST), (lambda fake: _hook(fake.hook("C123")), "webhook")]
)
def test_a_cut_connection_is_an_unknown_outcome_and_is_not_repeated_inside(
    fake: FakeSlack, build: Callable[[FakeSlack], Notifier], method: str
) -> None:
    """The default client posts again here: a duplicate that nobody marks. A refused connection delivered nothing."""
    fake.fail(method, CUT)
    cut = _failure(build(fake))
    assert (cut.permanent, cut.outcome_unknown) == (False, True)
    assert len(fake.calls) == 1
    with fake.away():
        away = _failure(build(fake))
    assert (away.permanent, away.outcome_unknown) == (False, False)
    assert "can not be reached" in str(away)


def test_a_webhook_takes_text_and_blocks(hook: Notifier, httpserver: HTTPServer) -> None:
    """No ids: incoming webhooks refuse what they do not know."""
    httpserver.expect_request(HOOK_PATH, method="POST").respond_with_data("ok")
    assert hook.send(NOTIFICATION).reference == ""
    (body,) = _bodies(httpserver)
    assert set(body) == {"text", "blocks", "unfurl_links", "unfurl_media"}


@pytest.mark.parametrize(
    ("status", "body", "permanent", "outcome_unknown"),
    [
        (404, "no_service", True, False),
        (404, "channel_not_found", True, False),
        (403, "action_prohibited", True, False),
        (403, "invalid_token", True, False),
        (410, "channel_is_archived", True, False),
        (400, "invalid_payload", True, False),
        (400, "something_new", False, False),
        (500, "rollup_error", False, True),
        (502, "<html>bad gateway</html>", False, True),
        (200, "<html>please log in</html>", False, True),
        (200, "", False, True),
    ],
)
def test_a_webhooks_answer_is_looked_at(  # noqa: PLR0913 - a table
    hook: Notifier, httpserver: HTTPServer, status: int, body: str, *, permanent: bool, outcome_unknown: bool
) -> None:
    """The client raises nothing for them: status and body decide."""
    httpserver.expect_request(HOOK_PATH).respond_with_data(body, status)
    error = _failure(hook)
    assert (error.permanent, error.outcome_unknown) == (permanent, outcome_unknown)


def test_a_busy_webhook_is_asked_when_it_says(hook: Notifier, httpserver: HTTPServer) -> None:
    """429 with Retry-After, as for a bot."""
    httpserver.expect_request(HOOK_PATH).respond_with_data("rate_limited", 429, {"Retry-After": "3"})
    assert _failure(hook).not_before == 3.0


def test_no_secret_is_in_any_error_log_or_name(
    fake: FakeSlack, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even with every logger at DEBUG, not in the chain of causes, not in what the config prints."""
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request(HOOK_PATH).respond_with_data("no_service", 404)
    said: list[str] = []
    fake.fail(POST, refused("invalid_auth"), CUT)
    bots = [{"token": TOKEN, "channel": "C1", "base_url": fake.api}] * 2
    for each in ({"webhook": httpserver.url_for(HOOK_PATH)}, *bots):
        config = slack.Config.model_validate(each)
        said += [repr(config), str(config), *chained(_failure(slack.build(config)), unshown=True)]
    said += [record.getMessage() for record in caplog.records if record.name != "werkzeug"]  # the fake's own log
    assert_hidden([TOKEN, HOOK_PATH], texts=said)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"token": TOKEN},
        {"token": TOKEN, "channel": " "},
        {"token": TOKEN, "channel": "C1", "webhook": "https://hooks.slack.com/very-secret"},
        {"webhook": "https://hooks.slack.com/very-secret", "channel": "C1"},
        {"webhook": "http://hooks.slack.com/very-secret"},
        {"webhook": "hooks.slack.com/very-secret"},
        {"webhook": "https://hooks.slack.com/very-secret\n"},
        {"webhook": "https://[very-secret"},
        {"token": "xoxb-very-secret\n", "channel": "C1"},
        {"token": "", "channel": "C1"},
        {"token": TOKEN, "channel": "C1", "base_url": "http://example.com/very-secret"},
        {"token": TOKEN, "channel": "C1", "colour": "very-secret"},
        {"token": TOKEN, "channel": "C1", "app_token": "xapp-very-secret\n"},
        {"webhook": "https://hooks.slack.com/very-secret", "app_token": "xapp-very-secret"},
        {"token": TOKEN, "channel": "C1", "users": "very-secret"},
    ],
)
def test_a_wrong_config_is_refused_without_showing_it(fields: dict[str, str]) -> None:
    """Exactly one way to post, over TLS; and the message holds none of the secrets."""
    with pytest.raises(ValidationError) as refused:
        slack.Config.model_validate(fields)
    assert "very-secret" not in str(refused.value)


def test_slack_sdk_is_loaded_only_by_those_who_use_it() -> None:
    """Finding the kind and reading its config cost nothing."""
    program = (
        "import sys; from monitor.notifiers import slack; slack.Config(webhook='https://hooks.slack.com/x');"
        "sys.exit('slack_sdk' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
