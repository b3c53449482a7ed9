"""Foreign text made fit for Slack: escaped, cut to what there is room for, packed into sections. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from monitor.model.text import one_line

SECTION = 3_000
"""Slack: characters of a section's text."""

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


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


@dataclass(frozen=True, slots=True)
class Fitted:
    """Escaped lines that fit, and how many of those given did not."""

    lines: tuple[str, ...]
    left_out: int

    def told(self, rest: str) -> tuple[str, ...]:
        """With a last line that says where the rest is, if there is one."""
        return (*self.lines, rest) if self.left_out else self.lines


def _escaped(line: str) -> str:
    return escaped(line, SECTION)


def fitted(
    lines: Sequence[str], room: int, *, most: int | None = None, written: Callable[[str], str] = _escaped
) -> Fitted:
    """As many lines, at most `most`, as there is room for, each with the break behind it; empty ones are left out.

    `written`: how a line is escaped.
    """
    kept: list[str] = []
    for number, line in enumerate(lines):
        sent = written(line)
        room -= len(sent) + 1
        if room < 0 or len(kept) == most:
            return Fitted(tuple(kept), len(lines) - number)
        kept += [sent] if sent else []
    return Fitted(tuple(kept), 0)


def sections(lines: Iterable[str], size: int = SECTION) -> Iterator[str]:
    """Escaped lines packed into texts of at most `size` characters; none may be longer."""
    packed = ""
    for line in lines:
        if packed and len(packed) + 1 + len(line) > size:
            yield packed
            packed = ""
        packed = f"{packed}\n{line}" if packed else line
    if packed:
        yield packed


def batches(elements: Iterable[str], size: int) -> Iterator[list[str]]:
    """So many at a time."""
    left = iter(elements)
    while batch := list(islice(left, size)):
        yield batch
