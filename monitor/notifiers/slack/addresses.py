"""What may be sent to at all, and what a token may look like. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_visible_ascii(text: str) -> bool:
    """Whether a header can carry it as it is."""
    return text.isascii() and text.isprintable() and " " not in text and bool(text)


def is_safe(address: str, scheme: str = "https") -> bool:
    """Whether nobody on the way can read what goes there: `scheme`, or its open form to this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == scheme or (parts.scheme == scheme.removesuffix("s") and parts.hostname in _LOOPBACK)
    )
