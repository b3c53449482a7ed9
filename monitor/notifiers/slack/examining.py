"""Whether Slack would take what a bot sends: its token, its scopes, its channel, and whether people can act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slack_sdk import WebClient

from monitor.model.finding import Finding, failed, ok, warning
from monitor.notifiers.slack.answers import Answer, Cause
from monitor.notifiers.slack.client import TIMEOUT, asked, silent

_SCOPES: Mapping[str, str] = {
    "chat:write": "nothing can be posted",
    "channels:history": "what is in doubt can not be looked up (groups:history in a private channel)",
    "files:write": "pictures are left out",
    "files:read": "a picture in doubt may come twice",
}
"""What each scope is needed for."""
_NEEDED = "chat:write"
_HISTORY = frozenset({"channels:history", "groups:history"})
_APP = "make the app from deploy/slack-app.yaml, and install it again"


def examined(about: str, token: str, channel: str, app_token: str, base_url: str) -> Iterator[Finding]:
    """Nothing is posted."""
    client = _client(token, base_url)
    answer, _ = asked(client.auth_test)
    if answer.cause is not Cause.NONE:
        yield failed(about, f"the token is refused or Slack is not there ({answer.said})", "give a valid bot token")
        return
    yield ok(about, "the token is good")
    yield from _scopes(about, answer)
    yield _channel(about, asked(client.conversations_history, channel=channel, limit=1)[0], channel)
    if app_token:
        opened, _ = asked(_client(app_token, base_url).apps_connections_open, app_token=app_token)
        good = opened.cause is Cause.NONE
        told = failed(about, f"the app token is refused ({opened.said})", "give one with the scope connections:write")
        yield ok(about, "people can act from messages") if good else told


def _scopes(about: str, answer: Answer) -> Iterator[Finding]:
    """Nothing is said where Slack does not list them."""
    for scope, lack in _SCOPES.items() if answer.scopes else ():
        met = answer.scopes & (_HISTORY if scope in _HISTORY else {scope})
        if not met:
            told = failed if scope == _NEEDED else warning
            yield told(about, f"without the scope {scope} {lack}", _APP)


def _channel(about: str, answer: Answer, channel: str) -> Finding:
    match answer.code:
        case "ok":
            return ok(about, f"the channel {channel} can be read")
        case "channel_not_found":
            return warning(about, f"nobody can look into {channel}", "name the channel by its id, and invite the app")
        case "not_in_channel":
            return failed(about, f"the app is not in {channel}", "invite it: /invite @market-monitor")
        case "missing_scope":
            return warning(about, f"whether {channel} takes messages can not be seen", _APP)
        case _:
            return failed(about, f"{channel}: {answer.said}", "invite the app to the channel or name another one")


def _client(token: str, base_url: str) -> WebClient:
    return WebClient(token, base_url=base_url, timeout=TIMEOUT, logger=silent(), retry_handlers=[])
