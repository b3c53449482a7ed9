"""Serves the surface in the event loop of the monitor, which it never holds up and never ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address

import uvicorn
from starlette.types import ASGIApp

from monitor.workers import pause

_log = logging.getLogger(__name__)
_LOOK_AGAIN = 10.0  # seconds: an address that another program has may become free
_MOST = 64  # connections at once; more are answered 503
_LONGEST_HEAD = 16 * 1024  # bytes of a request's line and headers
_GRACE = 2  # seconds for what is being answered at a stop

Address = tuple[str, int]
"""An IP address and a port; port 0 = any that is free."""


class Web:
    """Listens at an address while the monitor runs. `told`: is called with the address once it listens."""

    def __init__(self, app: ASGIApp, address: Address, told: Callable[[str], None] | None = None) -> None:
        self._app = app
        self._address = address
        self._told = told

    async def run(self, stop: asyncio.Event) -> None:
        """See `monitor.ports.Listener`. An address that can not be had is tried again."""
        complained = False
        while not stop.is_set():
            try:
                listening = _socket(self._address)
            except OSError as error:
                if not complained:
                    _log.error("page: %s: %s; tried again", _shown(*self._address), os.strerror(error.errno or 0))
                complained = True
                await pause(stop, _LOOK_AGAIN)
            else:
                await self._serve(listening, stop)

    async def _serve(self, listening: socket.socket, stop: asyncio.Event) -> None:
        address = f"http://{_shown(*listening.getsockname()[:2])}"
        _log.info("page: %s", address)
        if self._told is not None:
            self._told(address)
        config = uvicorn.Config(
            self._app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            limit_concurrency=_MOST,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
            timeout_graceful_shutdown=_GRACE,
        )
        await _Server(config, stop).serve([listening])


class _Server(uvicorn.Server):
    """Uvicorn within a program that has signals of its own, and without a look at the clock ten times a second."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event) -> None:
        super().__init__(config)
        self._stop = stop

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self._stop.wait()


def _socket(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ip_address(address[0]).version == 6 else socket.AF_INET  # noqa: PLR2004
    return socket.create_server(address, family=family, backlog=_MOST)


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
