"""Foreign text made fit to stand in a line that people read."""

from __future__ import annotations

import unicodedata

_BLANK = frozenset({"Cc", "Zl", "Zp", "Zs"})
_DROPPED = frozenset({"Cf", "Cs"})  # invisible (zero width, reversed direction) and half characters


def one_line(text: str, limit: int) -> str:
    """Without control, invisible and half characters, blanks run together, at most `limit` characters."""
    kinds = ((unicodedata.category(character), character) for character in text)
    seen = "".join(" " if kind in _BLANK else character for kind, character in kinds if kind not in _DROPPED)
    return clipped(" ".join(seen.split()), limit)


def clipped(text: str, limit: int) -> str:
    """At most `limit` characters; a cut is shown."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters, cut in the middle: names of files and models differ at their ends."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) * 2 // 5
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def counted(count: int, noun: str) -> str:
    """`1 rule`, `1,000 rules`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
