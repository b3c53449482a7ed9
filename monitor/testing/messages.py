"""What a channel of the fake holds: every message with its thread, its edits and all it was sent with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

_MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Shared:
    """A file as a message shows it. `alternative`: what is read out in place of a picture."""

    id: str
    name: str
    title: str
    alternative: str = ""

    def document(self) -> dict[str, str]:
        """As the API shows it."""
        shown = {"id": self.id, "name": self.name, "title": self.title}
        return shown | ({"alt_txt": self.alternative} if self.alternative else {})


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `thread_ts`: of the message it replies to; `edits`: how it stood before each edit."""

    channel: str
    ts: str
    text: str
    blocks: Sequence[Mapping[str, Any]] = ()
    thread_ts: str = ""
    broadcast: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    client_msg_id: str = ""
    files: tuple[Shared, ...] = ()
    hook: bool = False
    edits: tuple[Message, ...] = ()
    deleted: bool = False

    def document(self, *, metadata: bool, files: bool = True) -> dict[str, Any]:
        """As the API shows it; `files`: to one who may read them."""
        shown: dict[str, Any] = {"type": "message", "ts": self.ts, "text": self.text, "blocks": list(self.blocks)}
        shown |= {"client_msg_id": self.client_msg_id} if self.client_msg_id else {}
        shown |= {"thread_ts": self.thread_ts} if self.thread_ts else {}
        shown |= {"subtype": "thread_broadcast"} if self.broadcast else {}
        listed = [each.document() if files else {"id": each.id, "mode": "hidden"} for each in self.files]
        shown |= {"files": listed} if listed else {}
        return shown | ({"metadata": dict(self.metadata)} if metadata and self.metadata else {})


@dataclass
class Channel:
    """A channel: `messages` by ts, in the order of posting; `last`: epoch seconds of the newest."""

    id: str
    name: str
    archived: bool = False
    last: float = float("-inf")
    messages: dict[str, Message] = field(default_factory=dict)

    def add(self, at: float, message: Message) -> Message:
        """Post it: its ts is `at`, or as little later as makes it the only one."""
        micros = max(round(at * _MICRO), _micros(next(reversed(self.messages), "0")) + 1)
        posted = replace(message, channel=self.id, ts=f"{micros // _MICRO}.{micros % _MICRO:06d}")
        self.messages[posted.ts] = posted
        self.last = at
        return posted

    def find(self, ts: str) -> Message | None:
        """A message that is still there."""
        found = self.messages.get(ts)
        return None if found is None or found.deleted else found

    def edit(self, ts: str, **changes: Any) -> Message:  # noqa: ANN401 - fields of a message
        """Change a message; how it stood before is kept."""
        before = self.messages[ts]
        self.messages[ts] = replace(before, edits=(*before.edits, before), **changes)
        return self.messages[ts]

    def history(self) -> list[Message]:
        """What stands in the channel itself, newest first."""
        return [each for each in reversed(list(self._there())) if each.broadcast or not each.thread_ts]

    def replies(self, ts: str) -> list[Message]:
        """A message and its thread, oldest first."""
        return [each for each in self._there() if ts in (each.ts, each.thread_ts)]

    def _there(self) -> Iterable[Message]:
        return (each for each in self.messages.values() if not each.deleted)


def within(messages: Iterable[Message], oldest: str, latest: str, *, inclusive: bool) -> list[Message]:
    """Those between two instants as Slack counts: both ends excluded, unless inclusive."""
    low, high = _micros(oldest or "0"), _micros(latest or "9" * 10)
    return [
        each for each in messages if low < _micros(each.ts) < high or (inclusive and _micros(each.ts) in (low, high))
    ]


def _micros(ts: str) -> int:
    seconds, _, rest = ts.partition(".")
    return int(seconds) * _MICRO + int(rest[:6].ljust(6, "0"))
