"""A real SMTP server in a thread that answers as a test says, and a certificate for it."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "monitor", "very-secret-password"


@dataclass
class Postbox:
    """Keeps what arrives. `answers`: by recipient, or "DATA"; "DROP" ends the connection without a word."""

    answers: Mapping[str, str] = field(default_factory=dict)
    taken: list[tuple[list[str], bytes]] = field(default_factory=list)
    logins: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: object, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 ok")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.taken.append((envelope.rcpt_tos, content))
        if self.answers.get("DATA") == "DROP":
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return self.answers.get("DATA", "250 ok")

    def login(self, _server: object, _session: Session, _envelope: Envelope, _how: str, given: object) -> AuthResult:
        """Whether user and password are right."""
        right = given == LoginPassword(USER.encode(), PASSWORD.encode())
        self.logins += right
        return AuthResult(success=right, handled=True) if right else AuthResult(success=False, handled=False)


@contextmanager
def served(postbox: Postbox, *, private: ssl.SSLContext | None = None, at_once: bool = False) -> Iterator[int]:
    """The port; `private`: with STARTTLS and logins, or `at_once` with TLS from the first byte."""
    wanted: dict[str, Any] = {"authenticator": postbox.login, "auth_require_tls": not at_once}
    if private is not None and not at_once:
        wanted |= {"tls_context": private, "require_starttls": True}
    loop = asyncio.new_event_loop()
    serving = loop.create_server(
        lambda: SMTP(postbox, hostname="localhost", loop=loop, **wanted),
        "127.0.0.1",
        0,
        ssl=private if at_once else None,
    )
    server = loop.run_until_complete(serving)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _closed(server: asyncio.Server) -> None:
    """Every connection has ended, and nothing of it is left running."""
    server.close()
    own = asyncio.current_task()
    running = [task for task in asyncio.all_tasks() if task is not own]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """One for 127.0.0.1, signed by itself, and the server's side of it."""
    path, key = folder / "certificate.pem", folder / "key.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run([*command.split(), "-keyout", key, "-out", path], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key)
    return path, context
