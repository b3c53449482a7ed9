"""A clock that sleeping moves, a memory in dictionaries, and a server that misbehaves on the wire."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.ports import HttpState

DAY = 86_400
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Clock:
    """Time as a value: `sleep` moves it and remembers by how much."""

    at: datetime = datetime(2026, 8, 19, 0, 20, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@dataclass
class Memory:
    """A FetchMemory that outlives a Fetch, as the ledger does."""

    states: dict[str, HttpState] = field(default_factory=dict)
    spent: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def http_state(self, key: str) -> HttpState:
        return self.states.get(key, HttpState())

    def remember_http(self, key: str, state: HttpState) -> None:
        self.states[key] = state

    def spend(self, budget: str, at: float, *, per_minute: int, per_day: int) -> float:
        times = self.spent[budget]
        for span, most in ((DAY, per_day), (60, per_minute)):
            within = [time for time in times if time > at - span]
            if len(within) >= most:
                return within[-most] + span - at
        times.append(at)
        return 0.0


@asynccontextmanager
async def misbehaving(answer: Answer) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server on a free port that reads a request and then does what `answer` says; its URL and what it was asked."""
    asked: list[bytes] = []
    running: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            await answer(writer)
        writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running[writer] = asyncio.create_task(serve(reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        for writer, task in running.items():
            task.cancel()
            writer.close()
        ends = [writer.wait_closed() for writer in running]
        await asyncio.gather(*running.values(), *ends, return_exceptions=True)


async def drip(writer: asyncio.StreamWriter) -> None:
    """A byte now and then, for ever: no read ever times out."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def say_nothing(_: asyncio.StreamWriter) -> None:
    """Takes the request and never answers."""
    await asyncio.Event().wait()


async def cut(writer: asyncio.StreamWriter) -> None:
    """Ends the connection in the middle of the body."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data":[')
    await writer.drain()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Ends the connection with RST in the middle of the body."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"data":[')
    await writer.drain()
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def babble(writer: asyncio.StreamWriter) -> None:
    """Answers something that is no HTTP."""
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await writer.drain()
