"""A proxy on the loopback interface between a feed and its server, which does what networks do now and then."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from enum import StrEnum

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Fault(StrEnum):
    """What becomes of one request."""

    NONE = "passed on and answered"
    BUSY = "503 with Retry-After, nothing is passed on"
    CUT = "the connection ends before anything is passed on"
    TORN = "half of the body is passed on, then both connections end"
    LOST = "the server took it, its answer is lost"
    LATE = "the server took it, its answer does not come before the other side gives up"


class Proxy:
    """Asks `fault` of each request. `met`: how often each fault was."""

    def __init__(self, port: int, fault: Callable[[], Fault]) -> None:
        self.met: Counter[Fault] = Counter()
        self.url = ""
        self._port = port
        self._fault = fault

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(_length(head))
            writer.write(await self._answer(head, body, reader))
            await writer.drain()
        writer.close()

    async def _answer(self, head: bytes, body: bytes, client: asyncio.StreamReader) -> bytes:
        fault = self._fault()
        self.met[fault] += 1
        if fault is Fault.BUSY:
            return BUSY
        if fault is Fault.CUT:
            return b""
        if fault is Fault.TORN:
            return await self._ask(head, body[: len(body) // 2], heard=False)
        answer = await self._ask(head, body)
        if fault is Fault.LATE:
            await client.read()
        return answer if fault is Fault.NONE else b""

    async def _ask(self, head: bytes, body: bytes, *, heard: bool = True) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + body)
        await writer.drain()
        answer = await reader.read() if heard else b""
        writer.close()
        return answer


@asynccontextmanager
async def proxied(port: int, fault: Callable[[], Fault] = lambda: Fault.NONE) -> AsyncIterator[Proxy]:
    """A proxy before the server on this port."""
    proxy = Proxy(port, fault)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield proxy


def _length(head: bytes) -> int:
    (length,) = (line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return int(length)
