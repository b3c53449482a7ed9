"""An HTTP server on the loopback interface that answers from threads of its own; for fakes and demonstrations."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from socket import socket
from socketserver import BaseServer, ThreadingTCPServer
from types import TracebackType
from typing import Self

_HOST = "127.0.0.1"
_POLL = 0.02  # seconds: how soon a stop is noticed


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `target`: path and query; `headers`: by their names in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered. `then`: takes the connection over after it, until it returns."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Callable[[BufferedIOBase, socket], None] | None = None


Answer = Callable[[Request], Reply | None]
"""None = hang up without a word."""


class Server:
    """Answers while it is entered; may be entered again, and has the same port then."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._server: _Listener | None = None  # opened when somebody wants to know its port, or to ask it
        self._port = 0
        self._thread = threading.Thread()

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        if not self._port:
            self._open()
        return f"http://{_HOST}:{self._port}"

    def __enter__(self) -> Self:
        server = self._open()
        self._thread = threading.Thread(target=server.serve_forever, args=(_POLL,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        server, self._server = self._open(), None
        server.shutdown()
        self._thread.join()
        server.server_close()

    def _open(self) -> _Listener:
        if self._server is None:
            self._server = _Listener((_HOST, self._port), partial(_Connection, self._answer))
            self._port = self._server.server_address[1]
        return self._server


class _Listener(ThreadingTCPServer):
    # Not an HTTPServer: that would look its own name up in the DNS.
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever asked may be dead by now."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait for the first's receipt

    def __init__(self, answer: Answer, request: socket, client_address: tuple[str, int], server: BaseServer) -> None:
        self._answer = answer
        super().__init__(request, client_address, server)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        reply = self._answer(Request(self.command, self.path, headers, body))
        if reply is None:
            self.close_connection = True
            return
        with suppress(ConnectionError):  # whoever asked may be gone
            self._send(reply)
            if reply.then is not None:
                self.close_connection = True
                reply.then(self.rfile, self.connection)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        size = {"Content-Length": str(len(reply.body))} if reply.then is None else {}
        for name, value in {**size, **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""
