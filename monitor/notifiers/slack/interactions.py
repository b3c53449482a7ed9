"""What Slack hands over when a person acts, read into what is asked; and what is answered them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.model.text import clipped
from monitor.notifiers.slack.buttons import Act, silence_of
from monitor.notifiers.slack.texts import SECTION, escaped, fitted, sections
from monitor.ports import Actor, Quiet

COMMAND = "/monitor"
_LONGEST = 200  # characters of a name or an id
_WORDS = 2_000  # characters of a command
_LINE = 500  # characters of one line of an answer; escaping makes five of one at most
_ANSWER = 9_000  # characters of an answer; Slack refuses about 13,200 in all blocks
_FENCE = "```"
_CUT = "… cut: `monitor explain` and `monitor status` show all of it"
_BLANKS = re.compile("( {2,}|^ +)")
_TYPED = str.maketrans("\u201c\u201d\u201e\u2018\u2019", '"""\'\'')  # what keyboards make of quotes
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
USAGE = f"""{COMMAND} status
{COMMAND} alerts
{COMMAND} silence MATCHERS SPAN [REASON]      such as: silence alertname="OutputPriceCut", model="a/*" 1w
{COMMAND} why ALERT [LABEL=VALUE]..."""
_KNOWN = ("status", "alerts", "silence", "why")
_ELSEWHERE = "This is possible only in the channel that the monitor writes to."
_NOT_YOU = "You are not among those who may do this; `users` in the monitor's settings names them."
_UNKNOWN = "The monitor does not know this. It may come from an older version of it."

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Room:
    """Where people may act: the channel of a receiver, by id or name, and who (ids or names; none = everyone)."""

    receiver: str
    channel: str
    users: frozenset[str] = frozenset()

    def is_at(self, place: Iterable[str]) -> bool:
        """Whether one of these, an id and a name, is its channel."""
        return self.channel.removeprefix("#") in [each for each in place if each]

    def admits(self, person: Iterable[str]) -> bool:
        """Whether one of these, an id and a name, may act."""
        return not self.users or any(each in self.users for each in person if each)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks. `about`: the id of a notification, of a command its words. `reply_to`: where to answer."""

    act: Act
    about: str
    actor: Actor
    reply_to: str
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """What is not done. `answer`: what the person is told; `why`: for the log, without anything secret."""

    answer: str
    why: str
    reply_to: str


def read(kind: str, payload: Payload, rooms: Iterable[Room]) -> Asked | Refused:
    """`kind`: interactive or slash_commands, as the envelope has it."""
    place, person = _place(kind, payload), _person(kind, payload)
    reply_to = _text(payload, "response_url")
    found = _act(kind, payload)
    if found is None:
        return Refused(_UNKNOWN, f"a {kind[:_LONGEST]!r} of an unknown kind", reply_to)
    here = [room for room in rooms if room.is_at(place)]
    if not here:
        return Refused(_ELSEWHERE, f"{found[0].value} in another channel ({place[0]})", reply_to)
    room = next((room for room in here if room.admits(person)), None)
    if room is None:
        return Refused(_NOT_YOU, f"{found[0].value} by {person[0]}, who is not among its users", reply_to)
    act, about, quiet = found
    return Asked(act, about, Actor(person[1] or person[0], room.receiver), reply_to, quiet)


def answer(text: str) -> dict[str, object]:
    """For the person alone: one line as it is, several as they stand, cut where Slack would not take them."""
    lines = text.splitlines() or [""]
    if len(lines) == 1:
        shown = [escaped(text, SECTION) or "–"]  # noqa: RUF001 - a dash: nothing
    else:
        kept = fitted(lines, _ANSWER, written=_spaced).told(_CUT)
        shown = [f"{_FENCE}{each}{_FENCE}" for each in sections(kept, SECTION - 2 * len(_FENCE))]
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": each, "verbatim": True}} for each in shown]
    fallback = escaped(lines[0], SECTION)
    return {"response_type": "ephemeral", "replace_original": False, "text": fallback, "blocks": blocks}


def _spaced(line: str) -> str:
    """Escaped, with the blanks that make columns; nothing in it ends the block it stands in."""
    parts = _BLANKS.split(clipped(line.replace("`", "'"), _LINE))
    return "".join(part if part.isspace() else escaped(part, SECTION) for part in parts)


def _act(kind: str, payload: Payload) -> tuple[Act, str, Quiet | None] | None:
    if kind == "slash_commands":
        known = _text(payload, "command") == COMMAND
        return (Act.COMMAND, _typed(_text(payload, "text")), None) if known else None
    if kind != "interactive" or payload.get("type") != "block_actions":
        return None
    actions = payload.get("actions")
    used = actions[0] if isinstance(actions, list) and len(actions) == 1 and isinstance(actions[0], Mapping) else {}
    return _used(used)


def _used(action: Payload) -> tuple[Act, str, Quiet | None] | None:
    """A button or a span of the menu."""
    name, about = _text(action, "action_id"), _text(action, "value")
    if name == Act.SILENCE:
        chosen = silence_of(_text(action, "selected_option", "value"))
        return None if chosen is None else (Act.SILENCE, chosen[1], chosen[0])
    known = name in (Act.ACKNOWLEDGE, Act.WHY, Act.HISTORY)
    return (Act(name), about, None) if known and about else None


def is_command(words: str) -> bool:
    """Whether it begins with a word that is known; others are answered with the usage."""
    return words.partition(" ")[0] in _KNOWN


def _typed(words: str) -> str:
    """As it was typed, but for quotes that a keyboard made pretty."""
    for entity, character in _ENTITIES.items():
        words = words.replace(entity, character)
    return words[:_WORDS].translate(_TYPED)


def _place(kind: str, payload: Payload) -> tuple[str, str]:
    """Id and name of the channel."""
    if kind == "slash_commands":
        return _text(payload, "channel_id"), _text(payload, "channel_name")
    return _text(payload, "channel", "id"), _text(payload, "channel", "name")


def _person(kind: str, payload: Payload) -> tuple[str, str]:
    """Id and name."""
    if kind == "slash_commands":
        return _text(payload, "user_id"), _text(payload, "user_name")
    return _text(payload, "user", "id"), _text(payload, "user", "username") or _text(payload, "user", "name")


def _text(payload: Payload, *path: str) -> str:
    """What stands there, if it is a text; foreign lines are no lines of ours."""
    found: object = payload
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found.strip() if isinstance(found, str) else ""
