"""The server in the loop of the monitor: it is there, it waits for its address, it goes with the monitor."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest

from monitor.web import Web, app, server
from monitor.web.guard import LOOPBACK
from tests.web.surface import Shown

pytestmark = pytest.mark.asyncio


async def asked(address: str, sent: bytes) -> bytes:
    """All that comes back for these bytes."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return answer


async def test_it_listens_until_the_stop_and_leaves_the_signals_alone(shown: Shown) -> None:
    """Case: port 0 is any that is free; after the stop nobody listens there, and nothing is left running."""
    stop, address = asyncio.Event(), asyncio.get_running_loop().create_future()
    running = asyncio.create_task(Web(app(shown.surface(), LOOPBACK), ("127.0.0.1", 0), address.set_result).run(stop))
    place = await asyncio.wait_for(address, 20)
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert (await asked(place, request)).startswith(b"HTTP/1.1 200 ")
    stop.set()
    await asyncio.wait_for(running, 20)
    with pytest.raises(ConnectionRefusedError):
        await asked(place, request)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 20_000,
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ],
    ids=["TLS", "no host", "no end", "two hosts"],
)
async def test_rubbish_is_refused(shown: Shown, rubbish: bytes) -> None:
    """What is no request of HTTP gets 400 and an end, and the next one is answered."""
    stop, address = asyncio.Event(), asyncio.get_running_loop().create_future()
    running = asyncio.create_task(Web(app(shown.surface(), LOOPBACK), ("127.0.0.1", 0), address.set_result).run(stop))
    place = await asyncio.wait_for(address, 20)
    assert (await asked(place, rubbish)).startswith(b"HTTP/1.1 400 ")
    good = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert (await asked(place, good)).startswith(b"HTTP/1.1 200 ")
    stop.set()
    await asyncio.wait_for(running, 20)


async def test_an_address_that_is_taken_is_waited_for(
    shown: Shown, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The monitor goes on without; it is said once, and the page comes as soon as the other program is gone."""
    monkeypatch.setattr(server, "_LOOK_AGAIN", 0.01)
    stop, address = asyncio.Event(), asyncio.get_running_loop().create_future()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        web = Web(app(shown.surface(), LOOPBACK), ("127.0.0.1", port), address.set_result)
        with caplog.at_level(logging.ERROR, "monitor"):
            running = asyncio.create_task(web.run(stop))
            await asyncio.sleep(0.1)
        assert not address.done()
        assert [record.getMessage() for record in caplog.records] == [
            f"page: 127.0.0.1:{port}: Address already in use; tried again"
        ]
    assert await asyncio.wait_for(address, 20) == f"http://127.0.0.1:{port}"
    stop.set()
    await asyncio.wait_for(running, 20)
