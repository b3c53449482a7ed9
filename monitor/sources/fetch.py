"""The one shared fetch: bounded, conditional, polite. Nothing else asks by httpx; no secret and no query leaves it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from http import HTTPStatus
from typing import Self

import httpx
from pydantic import SecretStr

from monitor import __version__
from monitor.errors import ContractError, SourceError
from monitor.ports import FetchMemory, HttpState
from monitor.sources.address import host, key_of, parsed, redirected, where_of
from monitor.sources.manners import Budget, Manners, retry_after
from monitor.sources.unpack import Unpacker

_REDIRECTS = 3
_PAUSES = (0.5, 1.0)  # seconds before the two quick retries
_SHORT = 5.0  # seconds: a Retry-After up to this is waited for, a longer one is left to the next poll
_CONDITIONS = ("If-None-Match", "If-Modified-Since")
_ENCODINGS = {"": False, "identity": False, "gzip": True, "x-gzip": True}
_RETRIED = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_HINTS: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "the source refused the request: check what this source's settings ask for",
    HTTPStatus.UNAUTHORIZED: "check `key` (or `token`, `headers`) in this source's settings",
    HTTPStatus.FORBIDDEN: "check `key` (or `token`, `headers`) in this source's settings, and what it may read",
    HTTPStatus.NOT_FOUND: "the address may have moved: check `url` in this source's settings",
    HTTPStatus.GONE: "the address was given up: check `url` in this source's settings",
}
_MOVED = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds for one attempt, for all attempts and for a connection; bytes of an unpacked body."""

    attempt: float = 20.0
    whole: float = 60.0
    connect: float = 5.0
    size: int = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Body:
    """An answer. `digest`: sha256 of the body. `not_modified`: as at the last accepted answer; `body` is then empty.

    `next_page`: the address that a Link header gives for the rest of a list; empty = this is the end of it.
    """

    body: bytes = field(repr=False)
    digest: str
    not_modified: bool
    fetched_at: datetime
    next_page: str = field(default="", repr=False)

    @classmethod
    def of(cls, body: bytes, fetched_at: datetime) -> Self:
        """An answer that came whole."""
        return cls(body, hashlib.sha256(body).hexdigest(), not_modified=False, fetched_at=fetched_at)


@dataclass(frozen=True, slots=True)
class _Question:
    """One request. `where` is all that may be told of it; `key` is where its validators are remembered, if at all.

    `content`: of a POST; None = a GET. `words`: what an answer that refuses says to people.
    """

    url: httpx.URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    where: str
    key: str | None = None
    content: bytes | None = field(default=None, repr=False)
    words: Callable[[bytes], str] | None = None


@dataclass(frozen=True, slots=True)
class _Failure:
    """An attempt worth repeating; `retry_after` in seconds, if the source named it."""

    text: str
    retry_after: float | None = None


class Fetch:
    """Asks for all sources of a process: one client, one request at a time for each host.

    `contact`: how an operator of a source reaches us; stands in the User-Agent. `memory` keeps Retry-After, validators
    and budgets over restarts. `now` and `sleep` are the clock.
    """

    def __init__(
        self,
        memory: FetchMemory,
        *,
        contact: str,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        limits: Limits = Limits(),
    ) -> None:
        self._memory = memory
        self._manners = Manners(memory, now, sleep)
        self._agent = f"model-market-monitor/{__version__} (+{contact})"
        self._limits = limits
        self._turns: dict[str, asyncio.Lock] = {}
        self._offered: dict[str, tuple[str, HttpState]] = {}  # key → digest and validators of its newest answer
        for chatty in ("httpx", "httpcore"):  # they log whole URLs
            logging.getLogger(chatty).setLevel(logging.WARNING)

    async def get(  # noqa: PLR0913  (each is a line of a GET)
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, SecretStr] | None = None,
        budget: Budget | None = None,
        conditional: bool = False,
    ) -> Body:
        """Ask once, with at most two quick retries; raises SourceError.

        While the source's Retry-After lasts or the day's budget is spent nothing is sent; `not_before` says how long.
        `conditional`: only if it changed since the last answer that `accept` was called for.
        """
        target = parsed(url)
        where = where_of(target)
        key = key_of(target, params or {}) if conditional else None
        known = HttpState() if key is None else self._memory.http_state(key)
        sent = self._headers(where, {**(headers or {}), **_revealed(secret_headers)}, known)
        question = _Question(target.copy_merge_params(params) if params else target, sent, where, key)
        return await self._in_turn(question, budget)

    async def post(  # noqa: PLR0913  (each is a line of a POST)
        self,
        url: str,
        content: bytes,
        *,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        secret_headers: Mapping[str, SecretStr],
        words: Callable[[bytes], str],
    ) -> Body:
        """Send a query that changes nothing there, in the manners of a GET: it may be repeated; raises SourceError.

        `words`: from the body of an answer that refuses to what a person is told of it.
        """
        target = parsed(url)
        where = where_of(target)
        sent = self._headers(where, {**headers, **_revealed(secret_headers)}, HttpState())
        question = _Question(target.copy_merge_params(params), sent, where, content=content, words=words)
        return await self._in_turn(question, None)

    def accept(self, digest: str) -> None:
        """The answer with this digest is stored for good: from now on ask only for what differs from it.

        Called after the snapshot was committed. Without it the same answer is fetched whole again, never lost.
        """
        for key, (offered, validators) in tuple(self._offered.items()):
            if offered == digest:
                state = self._memory.http_state(key)
                kept = replace(state, etag=validators.etag, last_modified=validators.last_modified)
                self._memory.remember_http(key, kept)
                del self._offered[key]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        timeout = httpx.Timeout(self._limits.attempt, connect=self._limits.connect)
        return httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    def _headers(self, where: str, asked: Mapping[str, str], known: HttpState) -> Mapping[str, str]:
        conditions = dict(zip(_CONDITIONS, (known.etag, known.last_modified), strict=True))
        headers = {**asked, "User-Agent": self._agent, "Accept-Encoding": "gzip", **conditions}
        for name, value in headers.items():
            if not _fits_a_header(value):
                raise SourceError(
                    f"{where}: the header {name} can not be sent: got a line break or a character outside ASCII",
                    hint="check `key` and `contact` in the settings",
                    permanent=True,
                )
        return {name: value for name, value in headers.items() if value}

    async def _in_turn(self, question: _Question, budget: Budget | None) -> Body:
        where = question.where
        async with self._turns.setdefault(host(question.url), asyncio.Lock()):
            self._manners.refuse_early(where)
            await self._manners.wait_for(budget, where)
            try:
                body = await self._ask(question, budget)
            except SourceError as error:
                self._manners.remember_failure(where, error.not_before)
                raise
            self._manners.remember_success(where)
            return body

    async def _ask(self, question: _Question, budget: Budget | None) -> Body:
        outcome: Body | _Failure = _Failure(f"no answer within {self._limits.whole:g} s")
        try:
            async with asyncio.timeout(self._limits.whole):
                outcome = await self._attempt(question)
                for pause in _PAUSES:
                    if isinstance(outcome, Body) or (outcome.retry_after or 0.0) > _SHORT:
                        break
                    await self._manners.sleep(max(pause, outcome.retry_after or 0.0))
                    if self._manners.spend(budget) > 0:
                        break
                    outcome = await self._attempt(question)
        except TimeoutError:
            pass  # what the last attempt came to is told
        if isinstance(outcome, Body):
            return outcome
        raise SourceError(f"{question.where}: {outcome.text}", not_before=outcome.retry_after)

    async def _attempt(self, question: _Question) -> Body | _Failure:
        """What came of one attempt. Errors of httpx end here: they carry the request, hence the query and the key."""
        try:
            async with asyncio.timeout(self._limits.attempt):
                return await self._follow(question)
        except TimeoutError:
            return _Failure(f"no whole answer within {self._limits.attempt:g} s")
        except httpx.ConnectError as error:
            return _Failure(f"no connection ({error})")
        except (httpx.TransportError, OSError) as error:  # OSError: TLS faults that httpx lets through
            return _Failure(f"no whole answer ({type(error).__name__})")

    async def _follow(self, question: _Question) -> Body | _Failure:
        url = question.url
        method = "GET" if question.content is None else "POST"
        for _ in range(1 + _REDIRECTS):
            stream = self._client.stream(method, url, headers=question.headers, content=question.content)
            async with stream as response:
                if not response.has_redirect_location:
                    return await self._answer(question, response)
                url = redirected(url, response.headers["Location"])
        raise SourceError(f"{question.where}: got more than {_REDIRECTS} redirects", permanent=True)

    async def _answer(self, question: _Question, response: httpx.Response) -> Body | _Failure:
        status = response.status_code
        if status == HTTPStatus.OK:
            return await self._read(question, response)
        if status == HTTPStatus.NOT_MODIFIED and not question.headers.keys().isdisjoint(_CONDITIONS):
            return Body(b"", "", not_modified=True, fetched_at=self._manners.now())
        words = "" if question.words is None else question.words(await self._whole(question, response))
        text = f"got HTTP {status}, expected 200{words and f': {words}'}"
        wait = retry_after(response.headers.get("Retry-After", ""), self._manners.now())
        if wait is not None or status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return _Failure(text, wait)
        kind = ContractError if status in _MOVED else SourceError
        hint = None if words and status in _MOVED else _HINTS.get(status)  # the words say what is not there
        raise kind(f"{question.where}: {text}", hint=hint, permanent=True)

    async def _read(self, question: _Question, response: httpx.Response) -> Body:
        body = Body.of(await self._whole(question, response), self._manners.now())
        if question.key is not None:
            etag, modified = (_sendable(response.headers.get(name, "")) for name in ("ETag", "Last-Modified"))
            self._offered[question.key] = body.digest, HttpState(etag=etag, last_modified=modified)
        return replace(body, next_page=response.links.get("next", {}).get("url", ""))

    async def _whole(self, question: _Question, response: httpx.Response) -> bytes:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in _ENCODINGS:
            raise SourceError(f"{question.where}: got Content-Encoding {encoding[:20]!r}, expected gzip or none")
        unpacker = Unpacker(question.where, self._limits.size, gzipped=_ENCODINGS[encoding])
        async for piece in response.aiter_raw():
            unpacker.feed(piece)
        return unpacker.body()


def _revealed(secrets: Mapping[str, SecretStr] | None) -> Mapping[str, str]:
    return {name: value.get_secret_value() for name, value in (secrets or {}).items()}


def _fits_a_header(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _sendable(validator: str) -> str:
    return validator if _fits_a_header(validator) else ""
