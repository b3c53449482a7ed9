"""OpenRouter on the loopback interface: the API's own formats, and of the facts only what existed at that time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socket import socket
from socketserver import BaseServer, ThreadingTCPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from monitor.demo.facts import Facts, Listing

RANKINGS = "/api/v1/datasets/rankings-daily"
MODELS = "/api/v1/models"
_HOST = "127.0.0.1"
_POLL = 0.02  # seconds: how soon a stop is noticed
_WEEK = timedelta(days=7)
_PER_MILLION = 1_000_000
_PERIOD = "week"  # the facts have no days


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back as JSON."""

    status: HTTPStatus
    document: Mapping[str, object]


class Server:
    """Answers from a thread of its own while it is entered; `now` is the time it is there."""

    def __init__(self, facts: Facts, now: Callable[[], datetime]) -> None:
        # Not an HTTPServer: that would look its own name up in the DNS.
        self._server = _Listener((_HOST, 0), partial(_Connection, lambda *asked: answer(facts, now(), *asked)))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL,), daemon=True)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://{_HOST}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def answer(facts: Facts, at: datetime, target: str, authorization: str) -> Answer:
    """The answer to a GET of `target` (path and query) at that time."""
    asked = urlsplit(target)
    if asked.path == MODELS:
        return Answer(HTTPStatus.OK, _models(facts, at))
    if asked.path != RANKINGS:
        return _refusal(HTTPStatus.NOT_FOUND, "Resource not found")
    if not authorization.startswith("Bearer "):
        return _refusal(HTTPStatus.UNAUTHORIZED, "Missing Authentication header")
    query = dict(parse_qsl(asked.query))
    try:
        first, last = date.fromisoformat(query["start_date"]), date.fromisoformat(query["end_date"])
    except (KeyError, ValueError):
        return _refusal(HTTPStatus.BAD_REQUEST, "Invalid request parameters")
    if query.get("period") != _PERIOD:
        return _refusal(HTTPStatus.BAD_REQUEST, "Invalid request parameters")
    return Answer(HTTPStatus.OK, _rankings(facts, at, first, last))


def _rankings(facts: Facts, at: datetime, first: date, last: date) -> Mapping[str, object]:
    """Weeks that start within the days asked for and have ended."""
    ended = at.date() - _WEEK
    rows = [
        {"date": row.monday.isoformat(), "model_permaslug": row.model, "total_tokens": str(row.tokens)}
        for row in facts.usage
        if first <= row.monday <= min(last, ended)
    ]
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    meta = {"as_of": stamp, "version": "v1", "start_date": first.isoformat(), "end_date": last.isoformat()}
    return {"data": rows, "meta": meta}


def _models(facts: Facts, at: datetime) -> Mapping[str, object]:
    """Every model that was listed, at the price it had."""
    listed = {listing.model: listing for listing in facts.listings if listing.seen_at <= at}
    return {
        "data": [_model(listing) for listing in listed.values()],
        "total_count": len(listed),
        "links": {"next": None},
    }


def _model(listing: Listing) -> Mapping[str, object]:
    pricing = {"prompt": _per_token(listing.input), "completion": _per_token(listing.output)}
    return {"id": listing.model, "canonical_slug": listing.permaslug, "pricing": pricing}


def _per_token(usd_per_million: Decimal) -> str:
    return f"{usd_per_million / _PER_MILLION:f}"


def _refusal(status: HTTPStatus, message: str) -> Answer:
    return Answer(status, {"error": {"code": status.value, "message": message}})


class _Listener(ThreadingTCPServer):
    daemon_threads = True


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait for the first's receipt

    def __init__(
        self, give: Callable[[str, str], Answer], request: socket, client_address: tuple[str, int], server: BaseServer
    ) -> None:
        self._give = give
        super().__init__(request, client_address, server)

    def do_GET(self) -> None:
        given = self._give(self.path, self.headers.get("Authorization", ""))
        body = json.dumps(given.document).encode()
        self.send_response(given.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing: the screen belongs to the story."""
