"""OpenRouter and Slack on the loopback interface: recorded payloads day after day, and a record of what was posted.

One server is both. It may kill the monitor that asks it, at a request or shortly after its answer.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socket import socket
from socketserver import BaseServer, ThreadingTCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.shared import payload

FIRST_DAY, LAST_DAY = date(2026, 7, 14), date(2026, 8, 18)
"""The days that were recorded, without a gap."""
RESTATED_AFTER = date(2026, 7, 18)
"""An answer up to this day shows its first, incomplete reading; later ones the restated figures."""
BROKEN_DAY = date(2026, 7, 27)
"""When this is the newest day, the server is broken."""
CUT_DAY = date(2026, 8, 5)
"""When this is the newest day, two thirds of its rows are missing."""
RANKINGS, MODELS, CLOCK, SLACK = "/api/v1/datasets/rankings-daily", "/api/v1/models", "/clock", "/slack/"
_CUT = datetime(2026, 7, 31, tzinfo=UTC)
_HALF_DAY = timedelta(hours=12)

Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Kill:
    """`at`: the number of requests (or of posted messages) at which it happens; `after`: seconds after the answer.

    None = before the answer: the request arrived, and nobody will ever know.
    """

    at: int
    posts: bool = False
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A message as Slack got it."""

    notification_id: str
    text: str
    blocks: str

    @property
    def says_repeat(self) -> bool:
        """Whether it is marked, in the fallback text as well as in what is shown."""
        return "possible repeat" in self.text and "possible repeat" in self.blocks


@dataclass
class Market:
    """What is served, what was asked, and who is to die of it.

    `falters`: one in so many messages is posted, but answered with an error at first (0 = none is). `silent`: answers
    nothing until `let_go` is set.
    """

    kills: list[Kill] = field(default_factory=list)
    victim: int = 0
    at: datetime = datetime(2026, 7, 19, tzinfo=UTC)
    falters: int = 0
    silent: bool = False
    let_go: threading.Event = field(default_factory=threading.Event)
    requests: int = 0
    posts: list[Post] = field(default_factory=list)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def rankings(self, query: Mapping[str, str]) -> tuple[HTTPStatus, object]:
        """The days asked for, as far as they have ended and were recorded."""
        first, last = (date.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        if last == BROKEN_DAY:
            return HTTPStatus.INTERNAL_SERVER_ERROR, {"error": {"code": 500, "message": "Internal Server Error"}}
        days = self._first_read if last <= RESTATED_AFTER else self._days
        rows = [row for day in sorted(days) if first <= day <= last for row in days[day]]
        if last == CUT_DAY:
            rows = [row for row in rows if row["date"] != str(last)] + list(days[last][:17])
        stamp = self.at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return HTTPStatus.OK, {
            "data": rows,
            "meta": {"as_of": stamp, "version": "v1", "start_date": str(first), "end_date": str(last)},
        }

    def models(self) -> bytes:
        """130 models before and after a vendor's cut, three of them flapping every twelve hours as recorded."""
        look = (self.at - _CUT) // _HALF_DAY % len(self._series)
        flapping = {model["id"]: model for model in self._series[look]}
        listed = self._after if self.at >= _CUT else self._before
        models = [flapping.pop(model["id"], model) for model in listed]
        return json.dumps({"data": [*models, *flapping.values()]}).encode()

    def post(self, fields: Mapping[str, Any]) -> tuple[HTTPStatus, object]:
        """Take a message; of some the first answer is an error although they are posted."""
        identity = fields["metadata"]["event_payload"]["notification_id"]
        first = all(post.notification_id != identity for post in self.posts)
        self.posts.append(Post(identity, fields["text"], json.dumps(fields["blocks"])))
        if first and self.falters and int(hashlib.sha256(identity.encode()).hexdigest(), 16) % self.falters == 0:
            return HTTPStatus.OK, {"ok": False, "error": "internal_error"}
        return HTTPStatus.OK, {"ok": True, "channel": "C1", "ts": f"{len(self.posts)}.000"}

    def arrived(self, *, post: bool) -> Kill | None:
        """Count a request; the kill that is due with it."""
        with self._mutex:
            self.requests += 1
            count = {True: len(self.posts) if post else 0, False: self.requests}
            kill = next((kill for kill in self.kills if count[kill.posts] >= kill.at), None)
            if kill is not None:
                self.kills.remove(kill)
        return kill

    def strike(self) -> None:
        """Kill the monitor as a power cut would."""
        with suppress(ProcessLookupError):
            os.kill(self.victim, signal.SIGKILL)

    @cached_property
    def _days(self) -> Mapping[date, Rows]:
        restated = _by_day("rankings-7d-end-2026-07-20-restated")
        return {**restated, **_by_day("rankings-30d-end-2026-08-18")}

    @cached_property
    def _first_read(self) -> Mapping[date, Rows]:
        return _by_day("rankings-5d-end-2026-07-18-first-read")

    @cached_property
    def _series(self) -> Sequence[Sequence[Mapping[str, Any]]]:
        looks = json.loads(payload("openrouter-models/series-flapping-prices-2026-07.json"))
        return [look["body"]["data"] for look in looks]

    @cached_property
    def _before(self) -> Sequence[Mapping[str, Any]]:
        return _listed("models-luna-before-cut-2026-07-30T00-trimmed")

    @cached_property
    def _after(self) -> Sequence[Mapping[str, Any]]:
        return _listed("models-luna-after-cut-2026-07-31T00-trimmed")


class Server:
    """Answers for a market while it is entered."""

    def __init__(self, market: Market) -> None:
        self._server = _Listener(("127.0.0.1", 0), partial(_Connection, market))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Listener(ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever asked may be dead by now."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, market: Market, request: socket, client_address: tuple[str, int], server: BaseServer) -> None:
        self._market = market
        super().__init__(request, client_address, server)

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        query = dict(parse_qsl(asked.query))
        if asked.path == CLOCK:
            self._market.at = datetime.fromtimestamp(int(query["at"]), UTC)
            self._answer(HTTPStatus.OK, b"{}")
        elif asked.path == RANKINGS and self.headers["Authorization"] == "Bearer sk-test":
            status, document = self._market.rankings(query)
            self._answer(status, json.dumps(document).encode())
        elif asked.path == MODELS:
            self._conditionally(self._market.models())
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"{}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        status, document = self._market.post(json.loads(body))
        self._answer(status, json.dumps(document).encode(), post=True)

    def _conditionally(self, body: bytes) -> None:
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == tag:
            self._answer(HTTPStatus.NOT_MODIFIED, b"", {"ETag": tag})
        else:
            self._answer(HTTPStatus.OK, body, {"ETag": tag})

    def _answer(
        self, status: HTTPStatus, body: bytes, headers: Mapping[str, str] | None = None, *, post: bool = False
    ) -> None:
        kill = self._market.arrived(post=post)
        if self._market.silent:
            self._market.let_go.wait()
        if kill is not None and kill.after is None:
            self._market.strike()
        self._send(status, body, headers or {})
        if kill is not None and kill.after is not None:
            time.sleep(kill.after)
            self._market.strike()

    def _send(self, status: HTTPStatus, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


def _by_day(name: str) -> Mapping[date, Rows]:
    days: dict[date, list[Mapping[str, str]]] = {}
    for row in json.loads(payload(f"openrouter-rankings-daily/{name}.json"))["data"]:
        days.setdefault(date.fromisoformat(row["date"]), []).append(row)
    return days


def _listed(name: str) -> Sequence[Mapping[str, Any]]:
    models: Sequence[Mapping[str, Any]] = json.loads(payload(f"openrouter-models/{name}.json"))["data"]
    return models
