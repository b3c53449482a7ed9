"""Facts that are texts: samples hold numbers, so a text is stored as a code, and the texts beside it by their codes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

Texts = Mapping[float, str]
"""By code: the texts that samples of `Unit.TEXT` stand for."""
NO_TEXTS: Texts = MappingProxyType({})

_BITS = 52  # every such integer is a float of its own


def code(text: str) -> float:
    """The number that stands for a text, the same on every machine: the first 52 bits of its SHA-256."""
    digest = hashlib.sha256(text.encode()).digest()
    return float(int.from_bytes(digest[:8]) >> (64 - _BITS))


def listed(members: Iterable[str]) -> str:
    """The one text of a set, whatever order its members came in: "image, text"."""
    return ", ".join(sorted(set(members)))
