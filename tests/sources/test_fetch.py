from __future__ import annotations

import gzip
from datetime import timedelta
from email.utils import format_datetime
from hashlib import sha256

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor import __version__
from monitor.errors import SourceError
from monitor.ports import HttpState
from monitor.sources.fetch import Fetch
from monitor.sources.manners import Budget
from tests.shared import payload
from tests.sources.fakes import Clock, Memory

pytestmark = pytest.mark.asyncio
KEY = {"Authorization": SecretStr("Bearer sk-or-topsecret")}


def where(server: HTTPServer, path: str = "/list") -> str:
    return server.url_for(path)


async def test_a_request_names_the_program_asks_for_gzip_and_carries_key_and_query(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock
) -> None:
    """The good citizen's request, and the answer unpacked with its digest and time."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(gzip.compress(b"[1]"), headers={"Content-Encoding": "gzip"})

    httpserver.expect_request("/list").respond_with_handler(answer)
    body = await fetch.get(where(httpserver), params={"period": "day"}, secret_headers=KEY)
    assert seen[0].headers["User-Agent"] == f"model-market-monitor/{__version__} (+ops@example.org)"
    assert seen[0].headers["Accept-Encoding"] == "gzip"
    assert seen[0].headers["Authorization"] == "Bearer sk-or-topsecret"
    assert seen[0].query_string == b"period=day"
    assert body.body == b"[1]"
    assert body.digest == sha256(b"[1]").hexdigest()
    assert (body.fetched_at, body.not_modified) == (clock.at, False)


async def test_an_accepted_answer_is_asked_for_only_if_it_changed(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, memory: Memory
) -> None:
    """ETag and Last-Modified go out after a restart too; 304 says that a look was had, and when."""
    validators = {"ETag": 'W/"abc"', "Last-Modified": "Tue, 18 Aug 2026 10:00:00 GMT"}
    httpserver.expect_ordered_request("/list").respond_with_data(b"[1]", headers=validators)
    conditions = {"If-None-Match": 'W/"abc"', "If-Modified-Since": "Tue, 18 Aug 2026 10:00:00 GMT"}
    httpserver.expect_ordered_request("/list", headers=conditions).respond_with_data(b"", status=304)
    first = await fetch.get(where(httpserver), conditional=True)
    fetch.accept(first.digest)
    clock.at += timedelta(hours=1)
    restarted = Fetch(memory, contact="ops@example.org", now=clock.now, sleep=clock.sleep)
    second = await restarted.get(where(httpserver), conditional=True)
    await restarted.aclose()
    assert (second.not_modified, second.body, second.fetched_at) == (True, b"", clock.at)


async def test_an_answer_that_was_not_accepted_is_fetched_whole_again(httpserver: HTTPServer, fetch: Fetch) -> None:
    """A crash before the commit, a broken list or a quarantine must not end in "unchanged" at the next poll."""
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response(b"[1]", headers={"ETag": '"abc"'})

    httpserver.expect_request("/list").respond_with_handler(answer)
    await fetch.get(where(httpserver), conditional=True)
    fetch.accept(sha256(b"another answer").hexdigest())
    await fetch.get(where(httpserver), conditional=True)
    assert [request.headers.get("If-None-Match") for request in seen] == [None, None]


async def test_validators_belong_to_one_query_and_retry_after_to_the_address(
    httpserver: HTTPServer, fetch: Fetch, memory: Memory
) -> None:
    """Two slices of one address have two ETags; nothing of the query is stored as text."""
    httpserver.expect_request("/list").respond_with_data(b"[1]", headers={"ETag": '"abc"'})
    body = await fetch.get(where(httpserver), params={"category": "finance"}, conditional=True)
    fetch.accept(body.digest)
    (key,) = memory.states
    assert key.startswith(where(httpserver) + "#")
    assert "finance" not in key
    again = await fetch.get(where(httpserver), params={"category": "legal"}, conditional=True)
    assert not again.not_modified


async def test_an_answer_without_validators_clears_the_old_ones(
    httpserver: HTTPServer, fetch: Fetch, memory: Memory
) -> None:
    """The next 304 would speak of an answer that is no longer the stored one. Unsendable ones count as none."""
    memory.states[where(httpserver)] = HttpState(etag='"old"')
    httpserver.expect_request("/list").respond_with_data(b"[2]", headers={"ETag": '"ü"'})
    body = await fetch.get(where(httpserver), conditional=True)
    fetch.accept(body.digest)
    assert memory.states[where(httpserver)] == HttpState()


async def test_a_304_that_was_not_asked_for_is_an_error(httpserver: HTTPServer, fetch: Fetch) -> None:
    """Without a remembered answer there is nothing that could be unchanged."""
    httpserver.expect_request("/list").respond_with_data(b"", status=304)
    with pytest.raises(SourceError, match="got HTTP 304, expected 200"):
        await fetch.get(where(httpserver), conditional=True)


@pytest.mark.parametrize("as_date", [False, True])
async def test_retry_after_is_honoured_over_a_restart(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, memory: Memory, *, as_date: bool
) -> None:
    """429 and Retry-After: one request, then none until it is over, whichever process asks."""
    header = format_datetime(clock.at + timedelta(seconds=600), usegmt=True) if as_date else "600"
    error = payload("openrouter-errors/error-429.json")
    httpserver.expect_oneshot_request("/list").respond_with_data(error, status=429, headers={"Retry-After": header})
    with pytest.raises(SourceError, match="got HTTP 429") as first:
        await fetch.get(where(httpserver))
    assert (first.value.not_before, first.value.permanent, clock.slept) == (600, False, [])
    clock.at += timedelta(seconds=100)
    restarted = Fetch(memory, contact="ops@example.org", now=clock.now, sleep=clock.sleep)
    with pytest.raises(SourceError, match="asked to wait; the next request may go out in 500 s") as second:
        await restarted.get(where(httpserver))
    assert second.value.not_before == pytest.approx(500)
    assert len(httpserver.log) == 1
    clock.at += timedelta(seconds=500)
    httpserver.expect_request("/list").respond_with_data(b"[1]")
    assert (await restarted.get(where(httpserver))).body == b"[1]"
    assert memory.states[where(httpserver)] == HttpState()
    await restarted.aclose()


async def test_a_short_retry_after_is_waited_for(httpserver: HTTPServer, fetch: Fetch, clock: Clock) -> None:
    """A few seconds are no reason to lose a poll; they are longer than the usual pause, so they count."""
    busy = payload("openrouter-errors/error-429.json")
    httpserver.expect_oneshot_request("/list").respond_with_data(busy, status=503, headers={"Retry-After": "3"})
    httpserver.expect_request("/list").respond_with_data(b"[1]")
    assert (await fetch.get(where(httpserver))).body == b"[1]"
    assert clock.slept == [3]


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_a_passing_fault_is_tried_three_times_and_counted(
    httpserver: HTTPServer, fetch: Fetch, clock: Clock, memory: Memory, status: int
) -> None:
    """Two quick retries, then it is left to the next poll, with the number of polls that failed in a row."""
    error = payload("openrouter-errors/error-500.json")
    httpserver.expect_request("/list").respond_with_data(error, status=status)
    for failures in (1, 2):
        with pytest.raises(SourceError, match=rf"/list: got HTTP {status}, expected 200$") as caught:
            await fetch.get(where(httpserver))
        assert (caught.value.permanent, caught.value.not_before) == (False, None)
        assert len(httpserver.log) == 3 * failures
        assert memory.states[where(httpserver)].failures == failures
    assert clock.slept == [0.5, 1.0, 0.5, 1.0]


async def test_a_retry_that_succeeds_is_a_success(httpserver: HTTPServer, fetch: Fetch, memory: Memory) -> None:
    """One 500 is not told and not counted."""
    httpserver.expect_oneshot_request("/list").respond_with_data(b"", status=500)
    httpserver.expect_request("/list").respond_with_data(b"[1]")
    assert (await fetch.get(where(httpserver))).body == b"[1]"
    assert not memory.states


@pytest.mark.parametrize(
    ("status", "hint"),
    [(400, "what this source's settings ask for"), (401, "check `key`"), (403, "check `key`"), (404, "check `url`")],
)
async def test_a_refusal_is_permanent_and_says_which_setting_to_check(
    httpserver: HTTPServer, fetch: Fetch, status: int, hint: str
) -> None:
    """Asking again will not help: one request, and a hint."""
    httpserver.expect_request("/list").respond_with_data(b"{}", status=status)
    with pytest.raises(SourceError, match=f"got HTTP {status}") as caught:
        await fetch.get(where(httpserver))
    assert caught.value.permanent
    assert hint in (caught.value.hint or "")
    assert len(httpserver.log) == 1


async def test_every_attempt_is_counted_against_the_budget(
    httpserver: HTTPServer, fetch: Fetch, memory: Memory
) -> None:
    """The source counts retries too; when the budget ends between two of them, the fault is told at once."""
    httpserver.expect_request("/list").respond_with_data(b"", status=500)
    for _ in range(2):
        with pytest.raises(SourceError, match="got HTTP 500"):
            await fetch.get(where(httpserver), budget=Budget("api", per_minute=30, per_day=5))
    assert len(memory.spent["api"]) == len(httpserver.log) == 5
    with pytest.raises(SourceError, match="the request budget api") as caught:
        await fetch.get(where(httpserver), budget=Budget("api", per_minute=30, per_day=5))
    assert (caught.value.not_before or 0) > 80_000
    assert len(httpserver.log) == 5


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
async def test_any_encoding_but_gzip_is_refused(httpserver: HTTPServer, fetch: Fetch, encoding: str) -> None:
    """Only what can be unpacked within bounds was asked for."""
    httpserver.expect_request("/list").respond_with_data(b"x", headers={"Content-Encoding": encoding})
    with pytest.raises(SourceError, match=f"got Content-Encoding '{encoding}', expected gzip or none"):
        await fetch.get(where(httpserver))


async def test_a_redirect_within_the_host_is_followed(httpserver: HTTPServer, fetch: Fetch) -> None:
    """A moved path on the same host gets the same request, key included."""
    httpserver.expect_request("/list").respond_with_data(b"", status=308, headers={"Location": "/v2/list?a=b"})
    httpserver.expect_request(
        "/v2/list", query_string="a=b", headers={"Authorization": "Bearer sk-or-topsecret"}
    ).respond_with_data(b"[2]")
    assert (await fetch.get(where(httpserver), secret_headers=KEY)).body == b"[2]"


@pytest.mark.parametrize("location", ["http://127.0.0.1:{port}/list?k=v", "//127.0.0.1:{port}/list?k=v"])
async def test_a_redirect_to_another_host_is_refused_and_never_sees_the_key(
    httpserver: HTTPServer, fetch: Fetch, location: str
) -> None:
    """The error names both hosts and no more; the other host gets no request at all."""
    port = httpserver.port
    target = {"Location": location.format(port=port)}
    httpserver.expect_request("/list").respond_with_data(b"", status=302, headers=target)
    expected = f"^redirected from host localhost:{port} to host 127.0.0.1:{port}, which is refused$"
    with pytest.raises(SourceError) as caught:
        await fetch.get(where(httpserver), params={"q": "1"}, secret_headers=KEY)
    assert caught.match(expected.rstrip("$"))
    assert "?" not in str(caught.value)
    assert "/list" not in caught.value.message
    assert caught.value.permanent
    assert len(httpserver.log) == 1


@pytest.mark.parametrize("location", ["ftp://localhost/list", "http://u:p@localhost/list"])
async def test_a_redirect_to_nonsense_is_refused(httpserver: HTTPServer, fetch: Fetch, location: str) -> None:
    """Whatever a Location holds, it ends in a SourceError that does not repeat it."""
    httpserver.expect_request("/list").respond_with_data(b"", status=302, headers={"Location": location})
    with pytest.raises(SourceError, match="the address it redirects to can not be asked"):
        await fetch.get(where(httpserver))


async def test_redirects_end_after_three(httpserver: HTTPServer, fetch: Fetch) -> None:
    """A circle is left."""
    httpserver.expect_request("/list").respond_with_data(b"", status=302, headers={"Location": "/list"})
    with pytest.raises(SourceError, match="got more than 3 redirects"):
        await fetch.get(where(httpserver))
    assert len(httpserver.log) == 4


@pytest.mark.parametrize("url", ["", "ftp://example.org/", "https://me:pw@example.org/", "https://", "http://h:99999/"])
async def test_a_wrong_address_is_named_as_a_setting(fetch: Fetch, url: str) -> None:
    """Nothing is sent; a user name in an address would be a secret in the wrong place, so it is not repeated."""
    with pytest.raises(SourceError, match="an address can not be asked") as caught:
        await fetch.get(url)
    assert caught.value.permanent
    assert "pw" not in str(caught.value)
    assert "check `url`" in (caught.value.hint or "")
