"""A notification as Slack shows it: fallback text and blocks within Slack's limits, foreign text escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from monitor.model.notification import Notification
from monitor.model.text import one_line
from monitor.model.transition import Change

HEADER = 150
"""Slack: characters of a header block."""
SECTION = 3_000
"""Slack: characters of a section's text."""
ELEMENTS = 10
"""Slack: elements of a context block."""
BODY, CONTEXT = 9_000, 3_000
"""Characters of all sections and of all context: Slack refuses about 13,200 in all blocks (msg_blocks_too_long)."""
TEXT = 3_500
"""Characters of the fallback text; Slack advises 4,000."""

_REPEAT = "possible repeat: an earlier send of this may have arrived"
_CUT = "… cut: the rest is in the monitor's record"
_MARKS = {"critical": "🔴", "warning": "🟠", "info": "🔵"}
_OVER = "🟢"
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

Block = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted; no blocks = plain text only."""

    text: str
    blocks: tuple[Block, ...] = ()


def message(notification: Notification) -> Message:
    """Text and blocks: a header, the lines in sections, repeat and citations as context."""
    return Message(_fallback(notification), tuple(_blocks(notification)))


def plain_message(notification: Notification) -> Message:
    """Text only, for a workspace that refused the blocks."""
    return Message(_fallback(notification))


def escaped(text: str, limit: int) -> str:
    """One line with `&`, `<` and `>` as entities, at most `limit` characters as sent, no entity cut in two.

    Without "<" no foreign text can name a user or a channel (`<!channel>`, `<@U…>`).
    """
    sent = "".join(_ESCAPES.get(character, character) for character in one_line(text, limit))
    if len(sent) <= limit:
        return sent
    cut = sent[: limit - 1]
    entity = cut.rfind("&")
    return (cut if entity < 0 or ";" in cut[entity:] else cut[:entity]) + "…"


def _fallback(notification: Notification) -> str:
    """Title, lines, repeat, citations; where it is too long the lines give way, then the last citations."""
    title = escaped(notification.title, SECTION // 2)
    room = TEXT - len(title)
    tail = [*_within(_tail(notification), room - len(_CUT) - 1)]
    room -= sum(len(line) + 1 for line in tail)
    return "\n".join((title, *_within(notification.lines, room), *tail))


def _blocks(notification: Notification) -> Iterator[Block]:
    title = f"{_mark(notification)} {notification.title}"
    yield {"type": "header", "text": {"type": "plain_text", "text": escaped(title, HEADER), "emoji": True}}
    whole = (notification.title,) if len(escaped(title, SECTION)) > HEADER else ()
    for section in _sections((*whole, *notification.lines)):
        yield {"type": "section", "text": _markdown(section)}
    context = [_markdown(line) for line in _within(_tail(notification), CONTEXT)]
    for start in range(0, len(context), ELEMENTS):
        yield {"type": "context", "elements": context[start : start + ELEMENTS]}


def _markdown(text: str) -> Block:
    """`verbatim`: Slack shall not make links or mentions of words by itself."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _mark(notification: Notification) -> str:
    kinds = {transition.kind for transition in notification.transitions}
    return _OVER if kinds == {Change.RESOLVED} else _MARKS.get(notification.severity, _MARKS["info"])


def _tail(notification: Notification) -> tuple[str, ...]:
    return ((_REPEAT,) if notification.possible_repeat else ()) + notification.citations


def _sections(lines: Iterable[str]) -> Iterator[str]:
    """Lines packed into texts of at most SECTION characters."""
    packed = ""
    for line in _within(lines, BODY):
        if packed and len(packed) + 1 + len(line) > SECTION:
            yield packed
            packed = ""
        packed = f"{packed}\n{line}" if packed else line
    if packed:
        yield packed


def _within(lines: Iterable[str], room: int) -> Iterator[str]:
    """Escaped lines as long as they fit; a cut is said."""
    left = room - len(_CUT) - 1
    for line in lines:
        sent = escaped(line, SECTION)
        left -= len(sent) + 1
        if left < 0:
            yield _CUT
            return
        if sent:
            yield sent
