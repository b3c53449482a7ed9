"""A notification as Slack shows it: fallback text and blocks within Slack's limits, foreign text escaped. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor.model.notification import Notification
from monitor.model.transition import Change
from monitor.notifiers.slack.buttons import Block, buttons
from monitor.notifiers.slack.layout import Layout, laid_out
from monitor.notifiers.slack.moods import MARKS as MOODS
from monitor.notifiers.slack.texts import SECTION, Fitted, batches, escaped, fitted, sections

HEADER = 150
"""Slack: characters of a header block."""
ELEMENTS = 10
"""Slack: elements of a context block."""
FIELDS = 10
"""Slack: fields of a section."""
BODY, CONTEXT = 9_000, 3_000
"""Characters of all sections and of all context: Slack refuses about 13,200 in all blocks (msg_blocks_too_long)."""
TEXT = 3_500
"""Characters of the fallback text; Slack advises 4,000."""

_MOST_CONTEXT = 4 * ELEMENTS
_FIELD = 300  # characters of one; Slack: 2,000
_CUT = "… cut: the rest is in the monitor's record"
_IN_THREAD = "… the rest is in the thread"
_MARKS = {"critical": "🔴", "warning": "🟠", "info": "🔵"}
_OVER = "🟢"


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted; no blocks = plain text only. `overflow`: what did not fit, for a reply in its thread."""

    text: str
    blocks: tuple[Block, ...] = ()
    overflow: Message | None = None


def message(notification: Notification, *, threads: bool = False, acts: bool = False) -> Message:
    """Text and blocks: a header, figures as fields, lines in sections; when, repeat, citations and link as context.

    `threads`: whether the sender posts the overflow as a reply; otherwise what does not fit is cut, which is said.
    `acts`: whether somebody listens to buttons.
    """
    layout = laid_out(notification)
    head, fields = tuple(_head(notification)), _fields(layout)
    lines = fitted(layout.lines, BODY - len(_CUT) - 1 - sum(map(len, (*head[1:], *fields))))
    rest = (*layout.lines[len(layout.lines) - lines.left_out :], *layout.more) if threads else ()
    body = map(_section, sections(lines.told(_IN_THREAD if threads else _CUT)))
    used = buttons(notification) if acts else ()
    blocks = (_header(head[0]), *map(_section, head[1:]), *_figures(fields), *body, *used, *_foot(layout))
    return Message(_fallback(notification, layout), blocks, _overflow((*layout.repeat, *rest) if rest else ()))


def plain_message(notification: Notification) -> Message:
    """Text only, for a workspace that refused the blocks."""
    return Message(_fallback(notification, laid_out(notification)))


def _overflow(lines: tuple[str, ...]) -> Message | None:
    """A message of its own, cut where even that is too long; None where there is nothing to say."""
    body = _cut(fitted(lines, BODY - len(_CUT) - 1))
    text = _cut(fitted(lines, TEXT - len(_CUT) - 1))
    return Message("\n".join(text), tuple(map(_section, sections(body)))) if body else None


def _fallback(notification: Notification, layout: Layout) -> str:
    """Title, lines, foot; where it is too long the lines give way, then the last citations."""
    title = escaped(notification.title, SECTION // 2)
    room = TEXT - len(title) - sum(len(link) + 1 for link in layout.link) - 2 * (len(_CUT) + 1)
    foot = _cut(fitted(layout.repeat + layout.citations, room))
    lines = _cut(fitted(notification.lines, room - sum(len(line) + 1 for line in foot)))
    return "\n".join((title, *lines, *foot, *layout.link))


def _cut(lines: Fitted) -> tuple[str, ...]:
    return lines.told(_CUT)


def _head(notification: Notification) -> Iterator[str]:
    """The title with its mark, and once more in full where it has to be cut."""
    title = f"{_mark(notification)} {notification.title}"
    yield escaped(title, HEADER)
    if len(escaped(title, SECTION)) > HEADER:
        yield escaped(notification.title, SECTION)


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": True}}


def _fields(layout: Layout) -> list[str]:
    return [
        f"*{escaped(figure.name, _FIELD)}*\n{escaped(figure.text, _FIELD) or '–'}"  # noqa: RUF001 - a dash: nothing
        for figure in layout.figures[:FIELDS]
    ]


def _figures(fields: Iterable[str]) -> Iterator[Block]:
    shown = [_markdown(field) for field in fields]
    if shown:
        yield {"type": "section", "fields": shown}


def _foot(layout: Layout) -> Iterator[Block]:
    lines = _cut(fitted(layout.foot, CONTEXT - len(_CUT) - 1, most=_MOST_CONTEXT - 2))
    for elements in batches((*lines, *layout.link), ELEMENTS):
        yield {"type": "context", "elements": [_markdown(element) for element in elements]}


def _section(text: str) -> Block:
    return {"type": "section", "text": _markdown(text)}


def _markdown(text: str) -> Block:
    """`verbatim`: Slack shall not make links or mentions of words by itself."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _mark(notification: Notification) -> str:
    kinds = {transition.kind for transition in notification.transitions}
    mark = _OVER if kinds == {Change.RESOLVED} else _MARKS.get(notification.severity, _MARKS["info"])
    return mark + MOODS.get(notification.mood, "")
