"""OpenRouter and Slack on the loopback interface: recorded payloads day after day, and a record of what was posted.

One server is both. It may kill the monitor that asks it, at a request or shortly after its answer.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from monitor.testing import FakeSlack, Message, refused
from monitor.testing.loopback import Reply, Request, Server
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
TOKEN = "xoxb-very-secret-token"
POST = f"{SLACK}chat.postMessage"
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
    """A message as it was posted, and the text that it shows now."""

    notification_id: str
    text: str
    blocks: str
    reply: bool
    shown: str

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
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def slack(self) -> FakeSlack:
        """Posting, editing, reading, and no files; its time is that of the market."""
        return FakeSlack(token=TOKEN, scopes=frozenset({"chat:write", "channels:history"}), now=self._seconds)

    def _seconds(self) -> float:
        return self.at.timestamp()

    @property
    def posts(self) -> list[Post]:
        """Every message that was posted, in order; not the pictures that follow."""
        return [_post(message) for message in self.slack.posted if message.metadata]

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

    def answer(self, request: Request) -> Reply:
        """The answer to one request; whoever asked may not live to see it."""
        asked = urlsplit(request.target)
        post = asked.path == POST
        if post:
            self._falter(json.loads(request.body)["metadata"])
        reply = self._of_slack(request) if asked.path.startswith(SLACK) else self._of_models(asked, request.headers)
        self._suffer(post=post)
        return reply

    def _of_slack(self, request: Request) -> Reply:
        reply = self.slack.answer(replace(request, target=f"/api/{request.target.removeprefix(SLACK)}"))
        assert reply is not None
        return reply

    def _of_models(self, asked: SplitResult, headers: Mapping[str, str]) -> Reply:
        query = dict(parse_qsl(asked.query))
        if asked.path == CLOCK:
            self.at = datetime.fromtimestamp(int(query["at"]), UTC)
            return Reply(HTTPStatus.OK, b"{}")
        if asked.path == RANKINGS and headers.get("authorization") == "Bearer sk-test":
            status, document = self.rankings(query)
            return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json"})
        if asked.path != MODELS:
            return Reply(HTTPStatus.NOT_FOUND, b"{}")
        body = self.models()
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if headers.get("if-none-match") == tag:
            return Reply(HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        return Reply(HTTPStatus.OK, body, {"ETag": tag, "Content-Type": "application/json"})

    def _falter(self, metadata: Mapping[str, Any]) -> None:
        """Of some messages the first answer is an error although they are posted."""
        identity = _identity(metadata)
        first = all(post.notification_id != identity for post in self.posts)
        if first and self.falters and int(hashlib.sha256(identity.encode()).hexdigest(), 16) % self.falters == 0:
            self.slack.fail("chat.postMessage", refused("internal_error", acts=True))

    def _suffer(self, *, post: bool) -> None:
        kill = self.arrived(post=post)
        if self.silent:
            self.let_go.wait()
        if kill is None:
            return
        if kill.after is None:
            self.strike()
        else:
            threading.Timer(kill.after, self.strike).start()

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


def serving(market: Market) -> Server:
    """Answers for a market while it is entered."""
    return Server(market.answer)


def _post(message: Message) -> Post:
    first = message.edits[0] if message.edits else message
    blocks, reply = json.dumps(first.blocks), message.thread_ts != ""
    return Post(_identity(message.metadata), first.text, blocks, reply, message.text)


def _identity(metadata: Mapping[str, Any]) -> str:
    return str(metadata["event_payload"]["notification_id"])


def _by_day(name: str) -> Mapping[date, Rows]:
    days: dict[date, list[Mapping[str, str]]] = {}
    for row in json.loads(payload(f"openrouter-rankings-daily/{name}.json"))["data"]:
        days.setdefault(date.fromisoformat(row["date"]), []).append(row)
    return days


def _listed(name: str) -> Sequence[Mapping[str, Any]]:
    models: Sequence[Mapping[str, Any]] = json.loads(payload(f"openrouter-models/{name}.json"))["data"]
    return models
