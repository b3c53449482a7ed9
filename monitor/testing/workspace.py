"""What the methods of the fake do: Slack's own checks, in Slack's order, and Slack's own codes. No HTTP here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from monitor.testing.files import Files
from monitor.testing.limits import refusal
from monitor.testing.messages import Channel, Message, within

BOT = "U00000BOT"
_PAGE, _LONGEST_PAGE = 100, 999  # messages

Fields = Mapping[str, Any]


class Refusal(Exception):  # noqa: N818 - Slack refuses
    """A call that is refused. `retry_after`: seconds, with HTTP status 429."""

    def __init__(self, code: str, messages: Sequence[str] = (), *, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages
        self.retry_after = retry_after


class Workspace:
    """Channels, messages and files of one workspace, and what one app may do there.

    `uploads`: says where bytes go. `settling`: seconds until a file that is shared shows in its channel.
    """

    def __init__(  # noqa: PLR0913 - all that a workspace may differ in
        self,
        scopes: frozenset[str],
        channels: Mapping[str, str],
        *,
        gap: float,
        now: Callable[[], float],
        uploads: Callable[[], str],
        settling: float = 0.0,
    ) -> None:
        self.scopes = scopes
        self.channels = {each: Channel(each, name) for each, name in channels.items()}
        self.files = Files()
        self.revoked = False
        self._gap = gap
        self._now = now
        self._uploads = uploads
        self._settling = settling
        self._unsettled: list[tuple[float, Message]] = []
        self._methods: Mapping[str, tuple[str, Callable[[Fields], Fields]]] = {
            "auth.test": ("", lambda _: {"url": "https://fake.slack.com/", "user_id": BOT, "team_id": "T00000001"}),
            "chat.postMessage": ("chat:write", self._post),
            "chat.update": ("chat:write", self._update),
            "conversations.history": ("channels:history", self._history),
            "conversations.replies": ("channels:history", self._replies),
            "files.getUploadURLExternal": ("files:write", self._begin_upload),
            "files.completeUploadExternal": ("files:write", self._complete_upload),
            "files.info": ("files:read", self._file),
        }

    def call(self, method: str, fields: Fields) -> Fields:
        """The answer of a method, without "ok"; raises Refusal."""
        if method not in self._methods:
            raise Refusal("unknown_method")
        scope, act = self._methods[method]
        if scope and scope not in self.scopes:
            raise Refusal("missing_scope")
        self.settle()
        return act(fields)

    def settle(self) -> None:
        """Show the files whose time has come."""
        for at, message in [each for each in self._unsettled if each[0] <= self._now()]:
            self._unsettled.remove((at, message))
            self.channels[message.channel].add(self._now(), message)

    def hook(self, channel: str, fields: Fields) -> None:
        """A message through a webhook; raises Refusal."""
        if self.revoked:
            raise Refusal("no_service")
        if unknown := set(fields) - {"text", "blocks", "unfurl_links", "unfurl_media"}:
            raise Refusal("invalid_payload", sorted(unknown))
        self._publish(self._open(channel), Message(channel, "", **_said(fields), hook=True))

    def _post(self, fields: Fields) -> Fields:
        channel = self._open(fields.get("channel", ""), named=True)
        thread = str(fields.get("thread_ts", ""))
        parent = channel.find(thread) if thread else None
        if thread and parent is None:
            raise Refusal("thread_not_found")
        message = Message(
            channel.id,
            "",
            **_said(fields),
            thread_ts=(parent.thread_ts or parent.ts) if parent else "",
            broadcast=_true(fields.get("reply_broadcast")),
            metadata=fields.get("metadata") or {},
            client_msg_id=str(fields.get("client_msg_id", "")),
        )
        posted = self._publish(channel, message)
        return {"channel": channel.id, "ts": posted.ts, "message": posted.document(metadata=False)}

    def _update(self, fields: Fields) -> Fields:
        channel, ts = self._open(fields.get("channel", "")), str(fields.get("ts", ""))
        message = channel.find(ts)
        if message is None:
            raise Refusal("message_not_found")
        if message.hook:
            raise Refusal("cant_update_message")
        self._check(fields)
        metadata = fields.get("metadata", message.metadata)  # not given: it stays
        edited = channel.edit(ts, **_said(fields), metadata=metadata)
        return {"channel": channel.id, "ts": ts, "text": edited.text, "message": edited.document(metadata=False)}

    def _history(self, fields: Fields) -> Fields:
        return self._page(self._known(fields.get("channel", "")).history(), fields)

    def _replies(self, fields: Fields) -> Fields:
        channel, ts = self._known(fields.get("channel", "")), str(fields.get("ts", ""))
        replies = channel.replies(ts)
        if not replies:
            raise Refusal("thread_not_found")
        # The first of the thread comes always, whatever `oldest` says.
        first = [each for each in replies if each.ts == ts]
        return self._page([each for each in replies if each.ts != ts], fields, first)

    def _page(self, messages: Sequence[Message], fields: Fields, first: Sequence[Message] = ()) -> Fields:
        """One page of what lies between `oldest` and `latest`; `first` stands before the first page."""
        oldest, latest = str(fields.get("oldest", "")), str(fields.get("latest", ""))
        found = [*first, *within(messages, oldest, latest, inclusive=_true(fields.get("inclusive")))]
        limit = min(int(fields.get("limit", _PAGE)), _LONGEST_PAGE)
        start = int(str(fields.get("cursor") or "from:0").removeprefix("from:"))
        more = start + limit < len(found)
        shown = found[start : start + limit]
        seen = {"metadata": _true(fields.get("include_all_metadata")), "files": "files:read" in self.scopes}
        return {
            "messages": [each.document(**seen) for each in shown],
            "has_more": more,
            "response_metadata": {"next_cursor": f"from:{start + limit}" if more else ""},
        }

    def _begin_upload(self, fields: Fields) -> Fields:
        made = self.files.begin(
            str(fields.get("filename", "")), int(fields.get("length", 0)), str(fields.get("alt_txt", ""))
        )
        return {"upload_url": f"{self._uploads()}{made.id}", "file_id": made.id}

    def _complete_upload(self, fields: Fields) -> Fields:
        shared = self.files.complete(fields.get("files"))
        if not shared:
            raise Refusal("file_not_found")
        if channel := fields.get("channel_id"):
            text, thread = str(fields.get("initial_comment", "")), str(fields.get("thread_ts", ""))
            if thread and self._open(channel).find(thread) is None:
                raise Refusal("thread_not_found")
            message = Message(self._open(channel).id, "", text, thread_ts=thread, files=shared)
            self._unsettled.append((self._now() + self._settling, message))
            self.settle()
        return {"files": [{"id": each.id, "title": each.title} for each in shared]}

    def _file(self, fields: Fields) -> Fields:
        found = self.files.look(str(fields.get("file", "")))
        if found is None:
            raise Refusal("file_not_found")
        return {"file": found.document()}

    def _publish(self, channel: Channel, message: Message) -> Message:
        self._check({"text": message.text, "blocks": message.blocks, "metadata": message.metadata})
        now = self._now()
        if now < channel.last + self._gap:
            raise Refusal("ratelimited", retry_after=math.ceil(channel.last + self._gap - now))
        return channel.add(now, message)

    def _check(self, fields: Fields) -> None:
        blocks = fields.get("blocks") or []
        code, messages = refusal(str(fields.get("text", "")), blocks, fields.get("metadata"))
        if code:
            raise Refusal(code, messages)
        if self.files.unready(blocks):
            raise Refusal("invalid_blocks", ("[ERROR] invalid slack file",))

    def _open(self, wanted: str, *, named: bool = False) -> Channel:
        channel = self._known(wanted, named=named)
        if channel.archived:
            raise Refusal("is_archived")
        return channel

    def _known(self, wanted: str, *, named: bool = False) -> Channel:
        """By id; only posting takes a name too."""
        for channel in self.channels.values():
            if wanted == channel.id or (named and wanted.removeprefix("#") == channel.name):
                return channel
        raise Refusal("channel_not_found")


def _said(fields: Fields) -> dict[str, Any]:
    return {"text": str(fields.get("text", "")), "blocks": fields.get("blocks") or []}


def _true(value: object) -> bool:
    return str(value).lower() in ("true", "1")
