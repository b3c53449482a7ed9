"""Addresses that are asked: what may be told of them, and where they may lead."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import httpx

from monitor.errors import SourceError

_LAST_PORT = 65535


def host(url: httpx.URL) -> str:
    """The host with its port, if that is named."""
    return url.netloc.decode("ascii")


def where_of(url: httpx.URL) -> str:
    """All of it that may be told: without its query."""
    path, _, _ = url.raw_path.partition(b"?")
    return f"{url.scheme}://{host(url)}{path.decode('ascii')}"


def key_of(url: httpx.URL, params: Mapping[str, str]) -> str:
    """Where its validators are remembered: an address of its own for each query, which it does not tell."""
    if not (params or url.query):
        return where_of(url)
    query = json.dumps([url.query.decode("ascii"), sorted(params.items())])
    return f"{where_of(url)}#{hashlib.sha256(query.encode()).hexdigest()[:16]}"


def parsed(address: str, origin: httpx.URL | None = None) -> httpx.URL:
    """An address that can be asked; `origin`: what redirects to it. Raises SourceError."""
    try:
        url = (origin or httpx.URL()).join(address)
    except httpx.InvalidURL:
        url = httpx.URL()
    fits = url.scheme in {"http", "https"} and url.host and not url.userinfo and (url.port or 0) <= _LAST_PORT
    if not fits:
        where = "an address" if origin is None else f"{where_of(origin)}: the address it redirects to"
        raise SourceError(
            f"{where} can not be asked: expected http(s)://host/path without a user name",
            hint="check `url` in this source's settings",
            permanent=True,
        )
    return url


def redirected(origin: httpx.URL, location: str) -> httpx.URL:
    """Where a redirect leads, if it stays with the host: the key must not reach another one. Raises SourceError."""
    target = parsed(location, origin)
    if host(target) != host(origin):
        raise SourceError(
            f"redirected from host {host(origin)} to host {host(target)}, which is refused",
            hint="if the source has moved there, change `url` in its settings",
            permanent=True,
        )
    if origin.scheme == "https" and target.scheme == "http":
        raise SourceError(f"{where_of(origin)}: redirected from https to http, which is refused", permanent=True)
    return target
