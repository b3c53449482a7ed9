"""People at the fake: they press buttons, choose from menus and type commands, and see what is answered to them."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.testing.limits import refusal
from monitor.testing.messages import Channel, Message
from monitor.testing.sockets import Sockets

_WITHIN = 10.0  # seconds: far longer than anything takes


@dataclass(frozen=True, slots=True)
class Person:
    """One who acts."""

    id: str = "U00000001"
    name: str = "jane"


JANE = Person()


class People:
    """Whoever is in a workspace. `addresses`: says where answers go."""

    def __init__(self, sockets: Sockets, addresses: Callable[[], str]) -> None:
        self._sockets = sockets
        self._addresses = addresses
        self._answers: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self._acts = 0
        self._changed = threading.Condition()

    def press(self, message: Message, channel: Channel, label: str, by: Person, times: int) -> str:
        """Use what bears that label, a button or a choice of a menu; the name of the act, for `told`."""
        (used,) = [each for each in _controls(message) if each[0] == label] or [("", {})]
        if not used[1]:
            raise LookupError(f"nothing is called {label!r}, but {[each for each, _ in _controls(message)]}")
        payload = {
            "type": "block_actions",
            "user": {"id": by.id, "username": by.name, "name": by.name, "team_id": "T00000001"},
            "channel": {"id": channel.id, "name": channel.name},
            "container": {"type": "message", "message_ts": message.ts, "channel_id": channel.id},
            "message": message.document(metadata=False),
            "actions": [used[1]],
        }
        return self.act("interactive", payload, times)

    def command(self, name: str, text: str, channel: Channel, by: Person, times: int) -> str:
        """Type a slash command."""
        fields = {"command": name, "text": text, "user_id": by.id, "user_name": by.name}
        return self.act("slash_commands", {**fields, "channel_id": channel.id, "channel_name": channel.name}, times)

    def act(self, kind: str, payload: Mapping[str, object], times: int = 1) -> str:
        """Hand anything over; raises TimeoutError where nobody acknowledges it."""
        self._acts += 1
        name = f"act-{self._acts}"
        whole = {"response_url": f"{self._addresses()}{name}", "trigger_id": "1.2.3", **payload}
        envelope = {"type": kind, "envelope_id": name, "payload": whole, "accepts_response_payload": False}
        self._sockets.hand_over(envelope, times)
        return name

    def take(self, name: str, document: Mapping[str, Any]) -> bool:
        """An answer; whether Slack would show it."""
        if refusal(str(document.get("text", "")), document.get("blocks") or [], None)[0]:
            return False
        with self._changed:
            self._answers[name].append(document)
            self._changed.notify_all()
        return True

    def told(self, name: str, count: int = 1) -> tuple[Mapping[str, Any], ...]:
        """What was answered, once so many answers are there; raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._answers[name]) >= count, _WITHIN):
                raise TimeoutError(f"{len(self._answers[name])} answers to {name}, expected {count}")
            return tuple(self._answers[name])


def _controls(message: Message) -> Iterator[tuple[str, Mapping[str, object]]]:
    """What a person can use of a message, by its label, with what Slack says of that."""
    elements = [each for block in message.blocks if block["type"] == "actions" for each in block["elements"]]
    for element in elements:
        said = {"type": element["type"], "action_id": element["action_id"], "action_ts": "1.2"}
        if element["type"] == "button":
            yield element["text"]["text"], {**said, "value": element["value"]}
        for option in element.get("options", ()):
            yield option["text"]["text"], {**said, "selected_option": option}
