"""Who may ask the HTTP surface, and what browsers may do with its answers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from starlette.datastructures import URL, Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
"""The names by which a machine reaches itself."""
_SAID: Final = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


class Guard:
    """Before an app: refuses requests by other names than `hosts`, and those that pages of other origins make.

    The first is what a rebound name shows (DNS rebinding), the second what a browser tells of a foreign page.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._app = TrustedHostMiddleware(app, sorted(self._hosts), www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SAID.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["type"] == "http" and self._is_foreign(Headers(scope=scope)):
            await PlainTextResponse("Pages of other origins may not ask here.\n", 403)(scope, receive, sent)
        else:
            await self._app(scope, receive, sent)

    def _is_foreign(self, headers: Headers) -> bool:
        """Whether a page of another origin asks: its name or its port is another than that which is asked."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate"
        return URL(origin).netloc.lower() != headers.get("host", "").lower()
