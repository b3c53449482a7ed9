"""One connection of Socket Mode, by slack_sdk's own client, and answers to who acted. No retries, no logs here."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.webhook import WebhookClient

from monitor.notifiers.slack.addresses import is_safe
from monitor.notifiers.slack.answers import Answer
from monitor.notifiers.slack.client import FAULTS, TIMEOUT, asked, hooked, silent

_WORKERS = 4  # people who act at once
_PING = 5.0  # seconds
_CHUNK = 65_536  # bytes: what people act on carries its message along
_TLS = 443

Heard = Callable[[str, str, Mapping[str, Any]], None]
"""Is given the id, the type and the payload of each envelope, in a thread of its own."""


class Socket:
    """Opened, opened anew and closed by one thread."""

    def __init__(self, token: str, base_url: str, heard: Heard) -> None:
        self._token = token
        self._web = WebClient(token, base_url=base_url, timeout=TIMEOUT, logger=silent(), retry_handlers=[])
        self._heard = heard
        self._client: _Client | None = None

    @property
    def is_open(self) -> bool:
        """Whether the connection stands, as far as this end knows, and Slack does not want it to be opened anew."""
        session = None if self._client is None or self._client.is_ending else self._client.current_session
        return session is not None and session.sock is not None and not _is_hung_up(session.sock)

    def open(self) -> Answer:
        """Ask for an address and connect to it, before the connection that there was is closed.

        Returns why there is no connection, where there is none.
        """
        former, self._client = self._client, None
        try:
            return self._opened()
        finally:
            _close(former)

    def close(self) -> None:
        """End the connection and every thread of it; waits for what is being done."""
        former, self._client = self._client, None
        _close(former)

    def _opened(self) -> Answer:
        answer, fields = asked(self._web.apps_connections_open, app_token=self._token)
        if answer.code != "ok":
            return answer
        address = str(fields.get("url", ""))
        if not _is_private(address):
            return Answer(answer.status, "")
        self._client = _Client(self._token, self._web, self._received)
        self._client.wss_uri = address
        self._client.connect()  # raises nothing: it is not connected then
        return answer if self.is_open else Answer(0, "", fault="no WebSocket")

    def _received(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        with suppress(*FAULTS):  # the connection has just ended: Slack hands it over once more
            client.send_socket_mode_response({"envelope_id": request.envelope_id})
        self._heard(request.envelope_id, request.type, request.payload)


class _Client(SocketModeClient):
    """Never connects again by itself: it would wait in threads that can not be stopped, and read nothing meanwhile."""

    def __init__(
        self, token: str, web: WebClient, received: Callable[[BaseSocketModeClient, SocketModeRequest], None]
    ) -> None:
        super().__init__(
            token,
            silent(),
            web,
            auto_reconnect_enabled=False,
            ping_interval=_PING,
            receive_buffer_size=_CHUNK,
            concurrency=_WORKERS,
        )
        self.is_ending = False
        self.socket_mode_request_listeners.append(received)

    def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - as slack_sdk has it
        """Slack wants that: it ends this connection soon."""
        self.is_ending = True


def _is_hung_up(connection: socket.socket) -> bool:
    """Whether the other side has ended it: slack_sdk would read on for half a minute, as fast as it can."""
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as seen:
            seen.settimeout(0.0)
            return not seen.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False  # it is only quiet
    except OSError:
        return True


def _close(client: _Client | None) -> None:
    if client is None:
        return
    session = client.current_session
    if session is not None and session.sock is not None:
        with suppress(OSError):  # it may have ended by itself
            session.sock.shutdown(socket.SHUT_RDWR)  # or closing waits until the read that is under way times out
    client.closed = True
    client.message_queue.put(None)  # as above, of its queue
    client.close()


def reply(address: str, document: Mapping[str, object]) -> Answer:
    """Answer who acted, and nobody else; the address is good for half an hour."""
    if not is_safe(address):
        return Answer(HTTPStatus.OK, "")
    answer = hooked(WebhookClient(address, timeout=TIMEOUT, logger=silent(), retry_handlers=[]), document)
    return replace(answer, code="ok") if answer.status == HTTPStatus.OK else answer  # its words differ from a webhook's


def _is_private(address: str) -> bool:
    """slack_sdk speaks in the open to every other port."""
    with suppress(ValueError):
        parts = urlsplit(address)
        return is_safe(address, "wss") and (parts.scheme == "ws" or (parts.port or _TLS) == _TLS)
    return False
