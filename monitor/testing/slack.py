"""A Slack on the loopback interface: the Web API and incoming webhooks as far as this program uses them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from monitor.testing.faults import Chance, Fault, Faults
from monitor.testing.loopback import Reply, Request, Server
from monitor.testing.messages import Message
from monitor.testing.people import JANE, People, Person
from monitor.testing.sockets import Sockets
from monitor.testing.workspace import Refusal, Workspace

API, HOOKS, UPLOADS, RESPONSES, LINK = "/api/", "/services/", "/upload/", "/respond/", "/link/"
CHANNEL = "C00000001"
SCOPES = frozenset({"chat:write", "channels:history", "files:write", "files:read"})
_HOOK_REFUSALS = {
    "is_archived": (HTTPStatus.GONE, "channel_is_archived"),
    "channel_not_found": (HTTPStatus.NOT_FOUND, "channel_not_found"),
    "ratelimited": (HTTPStatus.TOO_MANY_REQUESTS, "rate_limited"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked of a method; `method` is "webhook" for a webhook, "upload" for bytes."""

    method: str
    fields: Mapping[str, Any]
    authorization: str = field(default="", repr=False)


class FakeSlack:
    """Answers as Slack does, over HTTP while it is entered, and remembers everything.

    `token`, `app_token`: those that it takes. `channels`: names by id. `now`: epoch seconds, for ts and rates; `gap`:
    seconds between two messages of a channel at least; `settling`: until a file that was shared shows. `chance`: how
    often calls go wrong; `pause` lets an answer be late.

        with FakeSlack() as slack:
            ...  # base_url=slack.api, token=slack.token, channel="C00000001"
        assert [message.text for message in slack.posted] == ["…"]
    """

    def __init__(  # noqa: PLR0913 - all that a Slack may differ in
        self,
        *,
        token: str = "xoxb-fake-token",  # noqa: S107 - opens nothing
        app_token: str = "xapp-fake-token",  # noqa: S107
        scopes: frozenset[str] = SCOPES,
        channels: Mapping[str, str] | None = None,
        chance: Chance | None = None,
        gap: float = 0.0,
        settling: float = 0.0,
        now: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.token = token
        self.app_token = app_token
        self._server = Server(self.answer)
        self.sockets = Sockets()
        self.people = People(self.sockets, lambda: f"{self._server.url}{RESPONSES}")
        self.workspace = Workspace(
            scopes,
            channels or {CHANNEL: "market"},
            gap=gap,
            settling=settling,
            now=now,
            uploads=lambda: f"{self._server.url}{UPLOADS}",
        )
        self.calls: list[Call] = []
        self._faults = Faults(chance or Chance(0))
        self._pause = pause
        self._mutex = threading.Lock()

    @property
    def api(self) -> str:
        """The address of the Web API."""
        return f"{self._server.url}{API}"

    @property
    def posted(self) -> tuple[Message, ...]:
        """Every message of every channel as it stands now, deleted ones included, in the order of posting."""
        every = (message for channel in self.workspace.channels.values() for message in channel.messages.values())
        return tuple(sorted(every, key=lambda message: message.ts))

    def hook(self, channel: str = CHANNEL) -> str:
        """The address of an incoming webhook of a channel."""
        return f"{self._server.url}{HOOKS}T00000001/{channel}/fake-secret-path"

    def fail(self, method: str, *faults: Fault | None) -> None:
        """Let the next calls of a method ("webhook", "upload") go wrong, one after the other; None goes well."""
        self._faults.scripts[method].extend(faults)

    def revoke(self) -> None:
        """Take token and webhooks out of service."""
        self.workspace.revoked = True

    def press(self, message: Message, label: str, *, by: Person = JANE, times: int = 1) -> str:
        """Use a button, or a choice of a menu, of a message; raises LookupError, TimeoutError. See `told`."""
        return self.people.press(message, self.workspace.channels[message.channel], label, by, times)

    def command(self, text: str, *, name: str = "/monitor", by: Person = JANE, channel: str = CHANNEL) -> str:
        """Type a slash command in a channel; raises TimeoutError. See `told`."""
        return self.people.command(name, text, self.workspace.channels[channel], by, 1)

    def told(self, act: str) -> str:
        """What whoever pressed or typed was answered, as text; raises TimeoutError."""
        (document,) = self.people.told(act)
        return "\n".join(block["text"]["text"] for block in document["blocks"]) or str(document["text"])

    def archive(self, channel: str = CHANNEL) -> None:
        """Archive a channel."""
        self.workspace.channels[channel].archived = True

    def delete(self, message: Message) -> None:
        """Delete a message, as a person does."""
        self.workspace.channels[message.channel].edit(message.ts, deleted=True)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Refuse connections for a while, and end those that stand; the address stays."""
        self.__exit__(None, None, None)
        yield
        self._server.__enter__()

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, fault, trace)
        self.sockets.cut()

    def answer(self, request: Request) -> Reply | None:
        """The answer to one request, for a server of somebody else's; paths as they are at the top of this file."""
        if request.target.startswith(LINK):
            return self.sockets.upgrade(request)
        call, act = self._asked(request)
        with self._mutex:
            self.calls.append(call)
            fault = self._faults.next(call.method)
            if fault is not None and not fault.acts:
                return _failed(fault)
            reply = act()
        if fault is None:
            return reply
        self._pause(fault.late)
        return reply if fault.status == HTTPStatus.OK and not fault.code else _failed(fault)

    def _asked(self, request: Request) -> tuple[Call, Callable[[], Reply]]:
        """What is asked, and what does it."""
        path = urlsplit(request.target).path
        if path.startswith(UPLOADS):
            file = path.removeprefix(UPLOADS)
            return Call("upload", {"file": file, "length": len(request.body)}), lambda: self._upload(file, request.body)
        if path.startswith(HOOKS):
            hooked = Call("webhook", _fields(request))
            return hooked, lambda: self._hooked(path.split("/")[-2], hooked)
        if path.startswith(RESPONSES):
            response = Call("respond", _fields(request))
            return response, lambda: self._respond(path.removeprefix(RESPONSES), response)
        call = Call(path.removeprefix(API), _fields(request), request.headers.get("authorization", ""))
        return call, lambda: self._called(call)

    def _called(self, call: Call) -> Reply:
        try:
            if call.method == "apps.connections.open":
                self._admit(call.authorization, self.app_token)
                return _json({"ok": True, "url": f"{self._server.url.replace('http', 'ws', 1)}{LINK}?ticket=secret"})
            self._admit(call.authorization, self.token)
            scopes = {"X-OAuth-Scopes": ",".join(sorted(self.workspace.scopes))}
            return _json({"ok": True, **self.workspace.call(call.method, call.fields)}, headers=scopes)
        except Refusal as refusal:
            return _refused(refusal)

    def _admit(self, authorization: str, token: str) -> None:
        if not authorization.startswith("Bearer "):
            raise Refusal("not_authed")
        if authorization != f"Bearer {token}":
            known = authorization.removeprefix("Bearer ") in (self.token, self.app_token)
            raise Refusal("not_allowed_token_type" if known else "invalid_auth")
        if self.workspace.revoked:
            raise Refusal("token_revoked")

    def _hooked(self, channel: str, call: Call) -> Reply:
        try:
            self.workspace.hook(channel, call.fields)
        except Refusal as refusal:
            status, code = _HOOK_REFUSALS.get(refusal.code, (HTTPStatus.BAD_REQUEST, refusal.code))
            wait = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
            return Reply(HTTPStatus.NOT_FOUND if code == "no_service" else status, code.encode(), wait)
        return Reply(HTTPStatus.OK, b"ok")

    def _respond(self, act: str, call: Call) -> Reply:
        if not self.people.take(act, call.fields):
            return _json({"ok": False, "error": "invalid_blocks"}, HTTPStatus.BAD_REQUEST)
        return _json({"ok": True})

    def _upload(self, file_id: str, content: bytes) -> Reply:
        taken = self.workspace.files.take(file_id, content)
        return Reply(HTTPStatus.OK, f"OK - {len(content)}".encode()) if taken else Reply(HTTPStatus.BAD_REQUEST)


def _fields(request: Request) -> dict[str, Any]:
    """The arguments, from query and body, JSON or form; values that are JSON in a form are read."""
    given: dict[str, Any] = dict(parse_qsl(urlsplit(request.target).query))
    if request.headers.get("content-type", "").startswith("application/json"):
        read = json.loads(request.body or b"{}")
        return given | (read if isinstance(read, dict) else {})
    given |= dict(parse_qsl(request.body.decode()))
    return {
        name: json.loads(value) if name in ("blocks", "files", "metadata") else value for name, value in given.items()
    }


def _failed(fault: Fault) -> Reply | None:
    if not fault.status:
        return None
    wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.code:
        return _json({"ok": False, "error": fault.code}, fault.status, wait)
    return Reply(fault.status, b"<html>something went wrong</html>", {"Content-Type": "text/html", **wait})


def _refused(refusal: Refusal) -> Reply:
    document: dict[str, object] = {"ok": False, "error": refusal.code}
    if refusal.messages:
        document["response_metadata"] = {"messages": refusal.messages}
    if refusal.retry_after is None:
        return _json(document)
    return _json(document, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(refusal.retry_after)})


def _json(
    document: Mapping[str, object], status: int = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Reply:
    return Reply(status, json.dumps(document).encode(), {"Content-Type": "application/json", **(headers or {})})
