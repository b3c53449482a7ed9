"""What of a notification goes where in a message: figures, lines, what has no room among them, and the foot. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from monitor.chart.sparkline import reach, sparkline
from monitor.model.detail import Detail, Figure
from monitor.model.notification import Notification
from monitor.model.transition import CLAIMED, CONFIRMED

_REPEAT = "possible repeat: an earlier send of this may have arrived"
_SURE = {CONFIRMED: "✅", CLAIMED: "❔"}
_LINK = re.compile(r"https?://[^\s<>|]{1,500}")


@dataclass(frozen=True, slots=True)
class Layout:
    """Plain text, not escaped, but `link`. `more`: lines for the thread alone."""

    figures: tuple[Figure, ...]
    lines: tuple[str, ...]
    more: tuple[str, ...]
    when: tuple[str, ...]
    repeat: tuple[str, ...]
    citations: tuple[str, ...]
    link: tuple[str, ...]

    @property
    def foot(self) -> tuple[str, ...]:
        """What stands below in small letters, but the link."""
        return self.when + self.repeat + self.citations


def laid_out(notification: Notification) -> Layout:
    """Of one transition its details; of many a line each; of a notice its lines."""
    details = notification.details
    only = details[0] if len(details) == 1 == len(notification.transitions) else None
    lines = _listed(notification) if only is None else _told(only, notification)
    return Layout(
        () if only is None else only.figures,
        tuple(lines),
        () if only else tuple(each.headline for each in details[_count(notification) :]),
        (only.when,) if only and only.when else (),
        (_REPEAT,) if notification.possible_repeat else (),
        notification.citations,
        _linked(notification.link),
    )


def _told(detail: Detail, notification: Notification) -> Iterator[str]:
    """How sure it is, what else the rule says, and how it came about."""
    mark, said = _SURE.get(detail.certainty, ""), detail.evidence or detail.certainty
    if said:
        yield f"{mark} {said}".lstrip()
    yield from (line for line in notification.lines if line not in detail.lines)
    if detail.trail is not None and (spark := sparkline(detail.trail)):
        yield f"{spark}  {reach(detail.trail)}"


def _listed(notification: Notification) -> Iterator[str]:
    """The lines, each of a transition with its sparkline where it has one."""
    count = _count(notification)
    for line, detail in zip(notification.lines, notification.details[:count], strict=False):
        spark = "" if detail.trail is None else sparkline(detail.trail)
        yield f"{line}  {spark}" if spark else line
    yield from notification.lines[count:]


def _count(notification: Notification) -> int:
    """How many of the details have a line: they are the first ones, in the same order."""
    pairs = zip(notification.lines, notification.details, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0].startswith(pair[1].headline), pairs))


def _linked(link: str) -> tuple[str, ...]:
    """The one place where "<" is sent: an address of the settings."""
    return (f"<{link.replace('&', '&amp;')}|More on the page>",) if _LINK.fullmatch(link) else ()
