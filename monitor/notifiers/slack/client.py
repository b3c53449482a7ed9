"""The calls themselves: the only file that knows slack_sdk. No retries of its own, no logs, no secret in any answer."""

from __future__ import annotations

import logging
import socket
import ssl
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from monitor.chart.message import Attachment
from monitor.model.notification import Notification, Said
from monitor.notifiers.slack.addresses import is_safe
from monitor.notifiers.slack.answers import Answer, code, retry_after
from monitor.notifiers.slack.blocks import Message
from monitor.notifiers.slack.living import is_graver
from monitor.notifiers.slack.parts import PICTURE, is_shared, shared_name

TIMEOUT = 10
"""Seconds without a byte."""
EVENT = "model_market_monitor_notification"
"""The metadata's event type: by it a message is found again."""

_SKEW = 300  # seconds that this machine's clock may be ahead of Slack's
_PAGE = 200  # messages; Slack advises no more
_TITLE, _ALTERNATIVE = 150, 1_000  # characters of a file's title, and of what is read out in place of it

# Raised before anything of the request could have been read by Slack.
_NOT_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
FAULTS = (OSError, HTTPException, SlackClientError, ValueError, AttributeError)
"""What slack_sdk raises where there was no answer, or none that it could read."""


class Bot:
    """Posts with a bot token to one channel."""

    threads = True

    def __init__(self, token: str, channel: str, base_url: str) -> None:
        self._channel = channel
        self._id = channel  # as Slack names it, once it has: only posting takes a name
        self._client = WebClient(token, base_url=base_url, timeout=TIMEOUT, logger=silent(), retry_handlers=[])

    def post(self, message: Message, notification: Notification, begun: Said | None) -> Answer:
        """With a UUID that Slack may know a repeat by, and metadata that `find` knows it by."""
        answer, _ = asked(
            self._client.chat_postMessage,
            **_body(message),
            parse="none",
            link_names=False,
            client_msg_id=str(uuid.uuid5(uuid.NAMESPACE_OID, notification.id)),
            metadata=_metadata(notification),
            **(_reply(notification, begun) if begun else {"channel": self._channel}),
        )
        if answer.reference and begun is None:
            self._id, _ = _place(answer.reference)
        return answer

    def edit(self, message: Message, begun: Said) -> Answer:
        """The message keeps its place and its replies."""
        channel, ts = _place(begun.reference)
        metadata = _metadata(begun.notification)
        answer, _ = asked(
            self._client.chat_update, channel=channel, ts=ts, text=message.text, metadata=metadata, **_blocks(message)
        )
        return answer

    def find(self, notification: Notification) -> Answer:
        """In the thread of its story, and in the channel itself, since a little before the first try."""
        hidden = False
        for ask, place in self._places(notification):
            for answer, messages in _pages(ask, oldest=str(max(notification.tried_at - _SKEW, 0)), **place):
                hidden = hidden or any(map(_hides, messages))
                found = next((each for each in messages if _says(each, notification)), None)
                if found is not None:
                    reply = found.get("thread_ts", found["ts"]) != found["ts"]
                    return Answer(answer.status, "ok", reference=f"{place['channel']}:{found['ts']}", reply=reply)
                if answer.code not in ("ok", "thread_not_found"):
                    return answer
        return Answer(HTTPStatus.OK, "missing_scope" if hidden and notification.part == PICTURE else "ok")

    def upload(self, picture: Attachment, notification: Notification) -> Answer:
        """Two calls: for a place, and there. An address that others could read on the way is not used."""
        name, size = shared_name(notification), len(picture.png)
        alternative = picture.caption[:_ALTERNATIVE]
        answer, fields = asked(self._client.files_getUploadURLExternal, filename=name, length=size, alt_txt=alternative)
        if answer.code != "ok":
            return answer
        file_id, address = str(fields.get("file_id", "")), str(fields.get("upload_url", ""))
        return replace(_put(address, picture.png), reference=file_id) if is_safe(address) else replace(answer, code="")

    def share(self, file_id: str, title: str, begun: Said) -> Answer:
        """As a reply; what Slack answers does not say where it stands."""
        channel, ts = _place(begun.reference)
        files = [{"id": file_id, "title": title[:_TITLE]}]
        answer, _ = asked(self._client.files_completeUploadExternal, files=files, channel_id=channel, thread_ts=ts)
        return answer

    def _places(self, notification: Notification) -> Iterator[tuple[Callable[..., SlackResponse], dict[str, str]]]:
        if notification.follows is not None:
            channel, ts = _place(notification.follows.reference)
            yield self._client.conversations_replies, {"channel": channel, "ts": ts}
        yield self._client.conversations_history, {"channel": self._id}


class Hook:
    """Posts to the address of an incoming webhook, which is the secret. Each message stands by itself."""

    threads = False

    def __init__(self, address: str) -> None:
        self._client = WebhookClient(address, timeout=TIMEOUT, logger=silent(), retry_handlers=[])

    def post(self, message: Message, notification: Notification, begun: Said | None) -> Answer:  # noqa: ARG002 - as Bot
        """Webhooks take no ids: a repeat can not be known."""
        return hooked(self._client, _body(message))

    def edit(self, message: Message, begun: Said) -> Answer:  # noqa: ARG002 - as Bot
        """What a bot began is not there for a webhook."""
        return Answer(HTTPStatus.OK, "message_not_found")

    def find(self, notification: Notification) -> Answer:  # noqa: ARG002 - as Bot
        """Webhooks may not read."""
        return Answer(HTTPStatus.OK, "missing_scope")

    def upload(self, picture: Attachment, notification: Notification) -> Answer:  # noqa: ARG002 - as Bot
        """Webhooks take no files."""
        return Answer(HTTPStatus.OK, "missing_scope")

    def share(self, file_id: str, title: str, begun: Said) -> Answer:  # noqa: ARG002 - as Bot
        """Webhooks take no files."""
        return Answer(HTTPStatus.OK, "missing_scope")


def _reply(notification: Notification, begun: Said) -> dict[str, object]:
    channel, ts = _place(begun.reference)
    return {"channel": channel, "thread_ts": ts, "reply_broadcast": is_graver(notification, begun.notification)}


def _place(reference: str) -> tuple[str, str]:
    """Channel and ts."""
    channel, _, ts = reference.partition(":")
    return channel, ts


def _metadata(notification: Notification) -> dict[str, object]:
    return {"event_type": EVENT, "event_payload": {"notification_id": notification.id}}


def _says(message: Mapping[str, Any], notification: Notification) -> bool:
    """By its metadata; what shows a file has none, and is known by that."""
    payload = (message.get("metadata") or {}).get("event_payload") or {}
    files = message.get("files") or ()
    return bool(payload.get("notification_id") == notification.id) or any(
        is_shared(each.get("name"), notification) for each in files
    )


def _hides(message: Mapping[str, Any]) -> bool:
    """Whether it has files whose names are not shown to one without files:read."""
    return any("name" not in each for each in message.get("files") or ())


def _body(message: Message) -> dict[str, Any]:
    return {"text": message.text, **_blocks(message), "unfurl_links": False, "unfurl_media": False}


def _blocks(message: Message) -> dict[str, Any]:
    return {"blocks": [dict(block) for block in message.blocks]} if message.blocks else {}


def _pages(ask: Callable[..., SlackResponse], **wanted: str) -> Iterator[tuple[Answer, list[dict[str, Any]]]]:
    """Every page of messages with its answer, up to the first that is refused."""
    cursor: str | None = ""
    while cursor is not None:
        answer, fields = asked(ask, include_all_metadata=True, limit=_PAGE, cursor=cursor or None, **wanted)
        if answer.code == "ok" and not isinstance(fields.get("messages"), list):
            answer = replace(answer, code="")  # no answer to build upon
        yield answer, fields.get("messages") or []
        cursor = fields.get("response_metadata", {}).get("next_cursor") or None if fields.get("has_more") else None


def asked(ask: Callable[..., SlackResponse], **arguments: object) -> tuple[Answer, Mapping[str, Any]]:
    """The answer, and its fields."""
    try:
        response = ask(**arguments)
    except SlackApiError as refused:
        return _answer(refused.response)
    except FAULTS as error:
        return _no_answer(error), {}
    return _answer(response)


def hooked(client: WebhookClient, document: Mapping[str, object]) -> Answer:
    """The answer to a post to a webhook."""
    try:
        response = client.send_dict(dict(document))
    except FAULTS as error:
        return _no_answer(error)
    return Answer(response.status_code, code(response.body), retry_after(response.headers))


def _put(address: str, content: bytes) -> Answer:
    request = Request(address, content, {"Content-Type": "application/octet-stream"})  # noqa: S310 - seen to be safe
    try:
        with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
            return Answer(response.status, "ok")
    except HTTPError as refused:
        with refused:
            return Answer(refused.code, "", retry_after(dict(refused.headers)))
    except FAULTS as error:
        return _no_answer(error)


def _answer(response: object) -> tuple[Answer, Mapping[str, Any]]:
    if not isinstance(response, SlackResponse):
        return Answer(0, ""), {}
    fields: Mapping[str, Any] = response.data if isinstance(response.data, dict) else {}
    said = "ok" if fields.get("ok") is True else code(fields.get("error"))
    reference = f"{fields.get('channel', '')}:{fields.get('ts', '')}" if "ts" in fields else ""
    listed = next((value for name, value in response.headers.items() if name.lower() == "x-oauth-scopes"), "")
    scopes = frozenset(str(listed).replace(" ", "").split(",")) - {""}
    return Answer(response.status_code, said, retry_after(response.headers), reference, scopes=scopes), fields


def _no_answer(error: Exception) -> Answer:
    """Only the kind of the fault is told: its text may hold an address."""
    reason = error.reason if isinstance(error, URLError) else error
    return Answer(0, "", fault=type(reason).__name__, sent=not isinstance(reason, _NOT_SENT))


def silent() -> logging.Logger:
    """A logger of nobody: slack_sdk writes whole addresses, the webhook's secret among them."""
    return logging.Logger("slack_sdk.silent", level=logging.CRITICAL + 1)  # noqa: LOG001 - nobody can turn it on
