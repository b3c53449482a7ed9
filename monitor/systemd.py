"""What a service manager is told by the protocol of sd_notify(3): ready, reloading, alive, stopping, what it does."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from monitor.workers import pause

_MICRO = 1_000_000
_OFTEN = 4  # times within the watchdog's span
_LEISURE = 15.0  # seconds between two looks where there is no watchdog


@dataclass(frozen=True, slots=True)
class Supervisor:
    """The socket of a service manager, and within how many seconds it wants to hear; None = there is none.

    Nothing is raised: what a service manager is not told it finds out by itself.
    """

    address: str | None = None
    watchdog: float | None = None

    @classmethod
    def of(cls, environ: Mapping[str, str], pid: int) -> Supervisor:
        """As systemd sets it up for the process `pid`."""
        span = environ.get("WATCHDOG_USEC", "")
        mine = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        watchdog = int(span) / _MICRO if span.isdecimal() and mine else None
        return cls(environ.get("NOTIFY_SOCKET") or None, watchdog)

    def ready(self) -> None:
        """It does its work from now on, or again after a reload."""
        self._tell("READY=1")

    def reloading(self) -> None:
        """It reads its configuration again."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """It finishes what is under way."""
        self._tell("STOPPING=1")

    def alive(self, status: str) -> None:
        """It answers; `status` is a line for `systemctl status`."""
        self._tell("WATCHDOG=1", f"STATUS={status}")

    def unwell(self, status: str) -> None:
        """It does not answer: the watchdog is not fed."""
        self._tell(f"STATUS={status}")

    def _tell(self, *lines: str) -> None:
        if self.address is None:
            return
        name = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out,
        ):
            out.sendto("\n".join(line.replace("\n", " ") for line in lines).encode(), name)


class Watchdog:
    """Tells a service manager that all is well, as long as it is.

    `answers`: waits until every part has answered, and returns a line on how things stand, or None where one does not.
    """

    def __init__(self, supervisor: Supervisor, answers: Callable[[], Awaitable[str | None]]) -> None:
        self._supervisor = supervisor
        self._answers = answers

    async def run(self, stop: asyncio.Event) -> None:
        """See `monitor.ports.Listener`."""
        span = self._supervisor.watchdog
        wait = _LEISURE if span is None else min(span / _OFTEN, _LEISURE)
        while not stop.is_set() and self._supervisor.address is not None:
            status = await self._answers()
            if status is None:
                self._supervisor.unwell("the scheduler does not answer")
            else:
                self._supervisor.alive(status)
            await pause(stop, wait)
