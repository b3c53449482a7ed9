"""A source that misbehaves on the wire, and what may be told of it."""

from __future__ import annotations

import asyncio
import gzip
import logging
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from monitor.errors import SourceError
from monitor.sources.fetch import Fetch, Limits
from tests.secrecy import assert_hidden, chained
from tests.sources.fakes import Answer, Clock, Memory, babble, cut, drip, misbehaving, reset, say_nothing

SECRET = "sk-or-v1-topsecret"
QUERY = "2026-08-18"


async def ask(fetch: Fetch, url: str, secret: str = SECRET) -> SourceError:
    """The error of a request that carries a secret and a query."""
    headers = {"Authorization": SecretStr(f"Bearer {secret}")}
    with pytest.raises(SourceError) as caught:
        await fetch.get(url, params={"end_date": QUERY}, secret_headers=headers)
    return caught.value


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (cut, r"no whole answer \(RemoteProtocolError\)"),
        (reset, r"no whole answer \(ReadError\)"),
        (babble, r"no whole answer \(RemoteProtocolError\)"),
    ],
    ids=["cut", "RST", "no HTTP"],
)
async def test_a_fault_on_the_wire_is_tried_three_times_and_told(fetch: Fetch, answer: Answer, told: str) -> None:
    """Each fault has a name, and the address stands before it."""
    async with misbehaving(answer) as (url, asked):
        error = await ask(fetch, f"{url}/list")
        assert error.message.startswith(f"{url}/list: ")
        assert not error.permanent
    with pytest.raises(SourceError, match=told):
        raise error
    assert len(asked) == 3


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", [drip, say_nothing])
async def test_an_attempt_ends_at_its_deadline(hasty: Fetch, clock: Clock, answer: Answer) -> None:
    """A byte now and then satisfies every timeout of a read; the deadline counts the whole."""
    async with misbehaving(answer) as (url, _):
        error = await ask(hasty, f"{url}/list")
    assert error.message in {f"{url}/list: no whole answer {why}" for why in ("within 0.2 s", "(ReadTimeout)")}
    assert clock.slept == [0.5, 1.0]


@pytest.mark.asyncio
async def test_nobody_there_is_told(fetch: Fetch) -> None:
    """A closed port: the reason stands in the message."""
    async with misbehaving(cut) as (url, _):
        pass
    assert (await ask(fetch, f"{url}/list")).message.startswith(f"{url}/list: no connection (")


@pytest.mark.asyncio
async def test_all_attempts_together_have_a_deadline(clock: Clock, memory: Memory) -> None:
    """However patient an attempt may be, the whole call ends."""
    patient = Fetch(memory, contact="x", now=clock.now, sleep=clock.sleep, limits=Limits(attempt=60, whole=0.2))
    async with misbehaving(drip) as (url, _):
        assert (await ask(patient, f"{url}/list")).message == f"{url}/list: no answer within 0.2 s"
    assert not clock.slept
    await patient.aclose()


@pytest.mark.asyncio
async def test_what_was_cut_off_by_its_caller_stays_cut_off(fetch: Fetch, memory: Memory) -> None:
    """The daemon's own deadline is no fault of the source: nothing swallows it, and nothing is counted."""
    arrived = asyncio.Event()

    async def answer(_: asyncio.StreamWriter) -> None:
        arrived.set()
        await asyncio.Event().wait()

    async with misbehaving(answer) as (url, _):
        poll = asyncio.create_task(fetch.get(f"{url}/list"))
        await arrived.wait()
        poll.cancel()
        with pytest.raises(asyncio.CancelledError):
            await poll
    assert not memory.states


@pytest.mark.asyncio
@pytest.mark.parametrize("location", [b"http://[", b"\xff\xfe//", b"http://\xe9\x80/", b"http://a..b\x7f/"])
async def test_a_location_of_rubbish_is_refused(fetch: Fetch, location: bytes) -> None:
    """Bytes that are no address at all end in a SourceError too."""

    async def redirect(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: %b\r\n\r\n" % location)
        await writer.drain()

    async with misbehaving(redirect) as (url, _):
        assert "127.0.0.1" in (await ask(fetch, f"{url}/list")).message


@pytest.mark.asyncio
async def test_one_request_at_a_time_for_each_host(fetch: Fetch) -> None:
    """Polls run side by side, but a host never sees two of ours at once."""
    running: list[int] = []
    most = 0

    async def answer(writer: asyncio.StreamWriter) -> None:
        nonlocal most
        running.append(1)
        most = max(most, len(running))
        await asyncio.sleep(0.01)  # on the server: long enough for another request to arrive
        running.pop()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    async with misbehaving(answer) as (url, asked):
        await asyncio.gather(*(fetch.get(f"{url}/{path}") for path in "abc"))
        assert (len(asked), most) == (3, 1)


async def _status(writer: asyncio.StreamWriter, status: int, headers: bytes = b"", body: bytes = b"") -> None:
    head = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%b\r\n" % (status, len(body), headers)
    writer.write(head + body)
    await writer.drain()


_FAULTS: dict[str, Callable[[asyncio.StreamWriter], Awaitable[None]]] = {
    "cut": cut,
    "RST": reset,
    "no HTTP": babble,
    "401": partial(_status, status=401, body=SECRET.encode()),
    "429": partial(_status, status=429, headers=b"Retry-After: 900\r\n"),
    "500": partial(_status, status=500),
    "other host": partial(_status, status=302, headers=b"Location: http://localhost:1/?k=" + SECRET.encode() + b"\r\n"),
    "same host": partial(_status, status=302, headers=b"Location: /?k=" + SECRET.encode() + b"\r\n"),
    "encoding": partial(_status, status=200, headers=b"Content-Encoding: br\r\n"),
    "no gzip": partial(_status, status=200, headers=b"Content-Encoding: gzip\r\n", body=b"xyz"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", _FAULTS)
async def test_no_error_log_or_memory_ever_holds_the_key_or_the_query(
    fetch: Fetch, memory: Memory, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """Message, repr, the whole chain of causes and contexts, every log record at DEBUG, and what is stored."""
    caplog.set_level(logging.DEBUG)
    async with misbehaving(_FAULTS[fault]) as (url, asked):
        error = await ask(fetch, f"{url}/list")
    assert SECRET.encode() in asked[0]  # it was sent
    assert_hidden([SECRET, QUERY], texts=[*chained(error, unshown=True), caplog.text, repr(memory), repr(vars(fetch))])


@pytest.mark.asyncio
@pytest.mark.parametrize("secret", [f"{SECRET}\n", f"{SECRET}\r\nX-Evil: 1", f"{SECRET}…"])
async def test_a_key_that_fits_no_header_is_refused_without_being_shown(fetch: Fetch, secret: str) -> None:
    """A line break pasted with a key would otherwise end up in the text of the protocol's own error."""
    async with misbehaving(cut) as (url, asked):
        error = await ask(fetch, f"{url}/list", secret)
        assert not asked
    assert error.permanent
    assert "the header Authorization can not be sent" in error.message
    assert_hidden([SECRET], texts=chained(error, unshown=True))


@pytest.mark.asyncio
async def test_a_successful_request_logs_no_address(
    httpserver: HTTPServer, fetch: Fetch, caplog: pytest.LogCaptureFixture
) -> None:
    """The client's own log line holds the whole URL; it is not written."""
    caplog.set_level(logging.DEBUG)
    httpserver.expect_request("/list").respond_with_data(b"[1]")
    await fetch.get(httpserver.url_for("/list"), params={"end_date": QUERY})
    own = [record for record in caplog.records if record.name != "werkzeug"]  # the test's server logs too
    assert QUERY not in "".join(record.getMessage() for record in own)


_ONE_FETCH = """
import asyncio, sys
from datetime import UTC, datetime
from monitor.errors import SourceError
from monitor.sources.fetch import Fetch
from tests.secrecy import assert_hidden, chained
from tests.sources.fakes import Memory
from tests.secrecy import assert_hidden, chained

def high_water():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))  # KiB

async def main(url):
    fetch = Fetch(Memory(), contact="x", now=lambda: datetime.now(UTC))
    await fetch.get(url + "/small")
    before = high_water()
    try:
        await fetch.get(url + "/bomb")
    except SourceError as error:
        print(high_water() - before, error.message, sep="|")

asyncio.run(main(sys.argv[1]))
"""


def test_a_bomb_of_400_mb_costs_less_than_60_mb(httpserver: HTTPServer) -> None:
    """408 kB on the wire: noticed after 16 MiB, in a process of its own that reports its high-water mark."""
    zeros = bytes(4_000_000)
    packed = gzip.compress(zeros * 100)
    assert len(packed) < 420_000
    packer = {"Content-Encoding": "gzip"}
    httpserver.expect_request("/small").respond_with_data(gzip.compress(b"[1]"), headers=packer)
    httpserver.expect_request("/bomb").respond_with_data(packed, headers=packer)
    program = [sys.executable, "-c", _ONE_FETCH, httpserver.url_for("").rstrip("/")]
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=60)
    assert not done.stderr
    grown, message = done.stdout.strip().split("|")
    assert message == f"{httpserver.url_for('/bomb')}: got more than 16,777,216 bytes, expected at most that"
    assert int(grown) * 1024 < 60_000_000
