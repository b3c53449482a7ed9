"""The calls themselves: the only file that knows slack_sdk. No retries of its own, no logs, no secret in any error."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from monitor.errors import DeliveryError
from monitor.notifiers.slack.answers import Answer, code, retry_after
from monitor.notifiers.slack.blocks import Message

TIMEOUT = 10
"""Seconds without a byte."""
EVENT = "model_market_monitor_notification"
"""The metadata's event type: by it a message is found again."""

# Raised before anything of the request could have been read by Slack.
_NOT_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)


class Bot:
    """Posts with a bot token to one channel."""

    def __init__(self, token: str, channel: str, base_url: str) -> None:
        self._channel = channel
        self._client = WebClient(token, base_url=base_url, timeout=TIMEOUT, logger=_silent(), retry_handlers=[])

    def post(self, message: Message, notification_id: str, message_id: str) -> Answer:
        """`message_id`: a UUID that Slack may know a repeat by. Raises DeliveryError where there is no answer."""
        try:
            response = self._client.chat_postMessage(
                channel=self._channel,
                **_body(message),
                parse="none",
                link_names=False,
                client_msg_id=message_id,
                metadata={"event_type": EVENT, "event_payload": {"notification_id": notification_id}},
            )
        except SlackApiError as refused:
            return _answer(refused.response)
        except (OSError, HTTPException, SlackClientError, ValueError, AttributeError) as error:
            raise _no_answer(error) from None
        return _answer(response)


class Hook:
    """Posts to the address of an incoming webhook; the address is the secret."""

    def __init__(self, address: str) -> None:
        self._client = WebhookClient(address, timeout=TIMEOUT, logger=_silent(), retry_handlers=[])

    def post(self, message: Message, notification_id: str, message_id: str) -> Answer:  # noqa: ARG002 - as Bot
        """Webhooks take no ids: a repeat can not be known. Raises DeliveryError where there is no answer."""
        try:
            response = self._client.send_dict(_body(message))
        except (OSError, HTTPException, SlackClientError, ValueError) as error:
            raise _no_answer(error) from None
        return Answer(response.status_code, code(response.body), retry_after(response.headers))


def _body(message: Message) -> dict[str, Any]:
    blocks = {"blocks": [dict(block) for block in message.blocks]} if message.blocks else {}
    return {"text": message.text, **blocks, "unfurl_links": False, "unfurl_media": False}


def _answer(response: object) -> Answer:
    if not isinstance(response, SlackResponse):
        return Answer(0, "")
    fields: Mapping[str, object] = response.data if isinstance(response.data, dict) else {}
    said = "ok" if fields.get("ok") is True else code(fields.get("error"))
    reference = f"{fields.get('channel', '')}:{fields.get('ts', '')}" if "ts" in fields else ""
    return Answer(response.status_code, said, retry_after(response.headers), reference)


def _no_answer(error: Exception) -> DeliveryError:
    """Only the kind of the fault is told: its text may hold an address."""
    reason = error.reason if isinstance(error, URLError) else error
    kind = type(reason).__name__
    if isinstance(reason, _NOT_SENT):
        return DeliveryError(f"slack: can not be reached ({kind})")
    return DeliveryError(f"slack: no answer ({kind})", outcome_unknown=True)


def _silent() -> logging.Logger:
    """A logger of nobody: slack_sdk writes whole addresses, the webhook's secret among them."""
    return logging.Logger("slack_sdk.silent", level=logging.CRITICAL + 1)  # noqa: LOG001 - nobody can turn it on
