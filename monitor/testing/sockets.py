"""WebSockets as Socket Mode has them (RFC 6455, server side): envelopes go out, acknowledgements come in."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from io import BufferedIOBase
from typing import Any

from monitor.testing.loopback import Reply, Request

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_SHORT, _LONG, _MASKED, _WHOLE = 126, 127, 0x80, 0x80
_WITHIN = 10.0  # seconds: far longer than anything takes

PATIENCE = 3.0
"""Seconds within which Slack wants an envelope acknowledged; the person is shown a fault otherwise."""


class Line:
    """One connection."""

    def __init__(self, stream: BufferedIOBase, connection: socket.socket) -> None:
        self._stream = stream
        self._connection = connection
        self._mutex = threading.Lock()

    def send(self, document: Mapping[str, object]) -> None:
        """One text."""
        self._write(_TEXT, json.dumps(document).encode())

    def cut(self) -> None:
        """End it without a word."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def serve(self, heard: Callable[[Mapping[str, Any]], None]) -> None:
        """Read until the other side ends it."""
        with suppress(OSError, struct.error):
            while (frame := self._read())[0] != _CLOSE:
                kind, content = frame
                if kind == _PING:
                    self._write(_PONG, content)
                elif kind == _TEXT:
                    heard(json.loads(content))

    def _read(self) -> tuple[int, bytes]:
        first, second = struct.unpack("!BB", self._stream.read(2))
        length = second & ~_MASKED
        if length == _SHORT:
            (length,) = struct.unpack("!H", self._stream.read(2))
        elif length == _LONG:
            (length,) = struct.unpack("!Q", self._stream.read(8))
        mask = self._stream.read(4)
        content = self._stream.read(length)
        return first & 0x0F, bytes(byte ^ mask[place % 4] for place, byte in enumerate(content))

    def _write(self, kind: int, content: bytes) -> None:
        with self._mutex:
            self._connection.sendall(_head(_WHOLE | kind, len(content)) + content)


class Sockets:
    """All connections of an app. `opened`: how many there ever were."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.opened = 0
        self._acknowledged: Counter[str] = Counter()
        self._changed = threading.Condition()

    def upgrade(self, request: Request) -> Reply:
        """The handshake, and what follows it."""
        key = request.headers.get("sec-websocket-key", "")
        accepted = base64.b64encode(hashlib.sha1((key + _GUID).encode(), usedforsecurity=False).digest()).decode()
        headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accepted}
        return Reply(HTTPStatus.SWITCHING_PROTOCOLS, headers=headers, then=self._serve)

    def wait(self, opened: int = 1) -> None:
        """Until so many were opened, and one stands; raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self.opened >= opened and self.lines, _WITHIN):
                raise TimeoutError(f"{self.opened} connections were opened, expected {opened}")

    def wait_for_end(self) -> None:
        """Until none stands; raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self.lines, _WITHIN):
                raise TimeoutError(f"{len(self.lines)} connections stand, expected none")

    def hand_over(self, envelope: Mapping[str, object], times: int = 1) -> None:
        """By the newest connection; raises TimeoutError where it is not acknowledged in time, each time."""
        name = str(envelope["envelope_id"])
        for count in range(1, times + 1):
            self.lines[-1].send(envelope)
            with self._changed:
                if not self._changed.wait_for(lambda: self._acknowledged[name] >= count, PATIENCE):  # noqa: B023
                    raise TimeoutError(f"not acknowledged within {PATIENCE:g} seconds")

    def refresh(self) -> None:
        """Ask for a new connection, as Slack does every few hours."""
        self.lines[-1].send({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}})

    def cut(self) -> None:
        """End all of them without a word."""
        for line in tuple(self.lines):
            line.cut()

    def _serve(self, stream: BufferedIOBase, connection: socket.socket) -> None:
        line = Line(stream, connection)
        line.send({"type": "hello", "num_connections": len(self.lines) + 1, "debug_info": {}})
        with self._changed:
            self.lines.append(line)
            self.opened += 1
            self._changed.notify_all()
        line.serve(self._heard)
        with self._changed:
            self.lines.remove(line)
            self._changed.notify_all()

    def _heard(self, document: Mapping[str, Any]) -> None:
        with self._changed:
            self._acknowledged[str(document.get("envelope_id"))] += 1
            self._changed.notify_all()


def _head(first: int, size: int) -> bytes:
    if size < _SHORT:
        return struct.pack("!BB", first, size)
    return struct.pack("!BBH", first, _SHORT, size) if size < 1 << 16 else struct.pack("!BBQ", first, _LONG, size)
