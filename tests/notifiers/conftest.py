"""Servers that receivers are tried against."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly, whatever proxy the environment names."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def closing() -> Iterator[Callable[[], int]]:
    """Starts a server that reads a request and closes without an answer; its port."""
    servers: list[socket.socket] = []

    def serve(server: socket.socket) -> None:
        with suppress(OSError):  # closed before anybody came: the test is over
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)

    def start() -> int:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        port: int = server.getsockname()[1]
        return port

    yield start
    for server in servers:
        server.close()
