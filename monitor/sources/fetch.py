"""The one shared fetch: bounded, conditional, polite. Nothing else knows httpx; no secret and no query leaves it."""

from __future__ import annotations

import asyncio
import hashlib
import json
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
from monitor.sources.manners import Budget, Manners, retry_after
from monitor.sources.unpack import Unpacker

_REDIRECTS = 3
_PAUSES = (0.5, 1.0)  # seconds before the two quick retries
_SHORT = 5.0  # seconds: a Retry-After up to this is waited for, a longer one is left to the next poll
_LAST_PORT = 65535
_CONDITIONS = ("If-None-Match", "If-Modified-Since")
_ENCODINGS = {"": False, "identity": False, "gzip": True, "x-gzip": True}
_RETRIED = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_HINTS: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "the source refused the request: check what this source's settings ask for",
    HTTPStatus.UNAUTHORIZED: "check `key` in this source's settings",
    HTTPStatus.FORBIDDEN: "check `key` in this source's settings, and that the key may read this",
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
    """One GET. `where` is all that may be told of it; `key` is where its validators are remembered, if at all."""

    url: httpx.URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    where: str
    key: str | None


@dataclass(frozen=True, slots=True)
class _Failure:
    """An attempt worth repeating; `retry_after` in seconds, if the source named it."""

    text: str
    retry_after: float | None = None


class Fetch:
    """GETs for all sources of a process: one client, one request at a time for each host.

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
        target = _parsed(url)
        where = _where(target)
        key = _key(target, params or {}) if conditional else None
        known = HttpState() if key is None else self._memory.http_state(key)
        revealed = {name: value.get_secret_value() for name, value in (secret_headers or {}).items()}
        sent = self._headers(where, {**(headers or {}), **revealed}, known)
        question = _Question(target.copy_merge_params(params) if params else target, sent, where, key)
        async with self._turns.setdefault(_host(target), asyncio.Lock()):
            self._manners.refuse_early(where)
            await self._manners.wait_for(budget, where)
            try:
                body = await self._ask(question, budget)
            except SourceError as error:
                self._manners.remember_failure(where, error.not_before)
                raise
            self._manners.remember_success(where)
            return body

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
        for _ in range(1 + _REDIRECTS):
            async with self._client.stream("GET", url, headers=question.headers) as response:
                if not response.has_redirect_location:
                    return await self._answer(question, response)
                url = _redirected(url, response.headers["Location"])
        raise SourceError(f"{question.where}: got more than {_REDIRECTS} redirects", permanent=True)

    async def _answer(self, question: _Question, response: httpx.Response) -> Body | _Failure:
        status = response.status_code
        if status == HTTPStatus.OK:
            return await self._read(question, response)
        if status == HTTPStatus.NOT_MODIFIED and not question.headers.keys().isdisjoint(_CONDITIONS):
            return Body(b"", "", not_modified=True, fetched_at=self._manners.now())
        text = f"got HTTP {status}, expected 200"
        wait = retry_after(response.headers.get("Retry-After", ""), self._manners.now())
        if wait is not None or status in _RETRIED or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return _Failure(text, wait)
        kind = ContractError if status in _MOVED else SourceError
        raise kind(f"{question.where}: {text}", hint=_HINTS.get(status), permanent=True)

    async def _read(self, question: _Question, response: httpx.Response) -> Body:
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if encoding not in _ENCODINGS:
            raise SourceError(f"{question.where}: got Content-Encoding {encoding[:20]!r}, expected gzip or none")
        unpacker = Unpacker(question.where, self._limits.size, gzipped=_ENCODINGS[encoding])
        async for piece in response.aiter_raw():
            unpacker.feed(piece)
        body = Body.of(unpacker.body(), self._manners.now())
        if question.key is not None:
            etag, modified = (_sendable(response.headers.get(name, "")) for name in ("ETag", "Last-Modified"))
            self._offered[question.key] = body.digest, HttpState(etag=etag, last_modified=modified)
        return replace(body, next_page=response.links.get("next", {}).get("url", ""))


def _fits_a_header(value: str) -> bool:
    return value.isascii() and value.isprintable()


def _sendable(validator: str) -> str:
    return validator if _fits_a_header(validator) else ""


def _host(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")


def _where(url: httpx.URL) -> str:
    path, _, _ = url.raw_path.partition(b"?")
    return f"{url.scheme}://{_host(url)}{path.decode('ascii')}"


def _key(url: httpx.URL, params: Mapping[str, str]) -> str:
    if not (params or url.query):
        return _where(url)
    query = json.dumps([url.query.decode("ascii"), sorted(params.items())])
    return f"{_where(url)}#{hashlib.sha256(query.encode()).hexdigest()[:16]}"


def _parsed(address: str, origin: httpx.URL | None = None) -> httpx.URL:
    try:
        url = (origin or httpx.URL()).join(address)
    except httpx.InvalidURL:
        url = httpx.URL()
    fits = url.scheme in {"http", "https"} and url.host and not url.userinfo and (url.port or 0) <= _LAST_PORT
    if not fits:
        where = "an address" if origin is None else f"{_where(origin)}: the address it redirects to"
        raise SourceError(
            f"{where} can not be asked: expected http(s)://host/path without a user name",
            hint="check `url` in this source's settings",
            permanent=True,
        )
    return url


def _redirected(origin: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads, if it stays with the host: the key must not reach another one."""
    target = _parsed(location, origin)
    if _host(target) != _host(origin):
        raise SourceError(
            f"redirected from host {_host(origin)} to host {_host(target)}, which is refused",
            hint="if the source has moved there, change `url` in its settings",
            permanent=True,
        )
    if origin.scheme == "https" and target.scheme == "http":
        raise SourceError(f"{_where(origin)}: redirected from https to http, which is refused", permanent=True)
    return target
