"""Several JSON answers as one body, so that a poll of many requests can be kept and read again."""

from __future__ import annotations

from collections.abc import Sequence

_MARK = b"\x1e"  # RFC 7464: JSON never holds it, neither in a text nor between values


def joined(answers: Sequence[bytes]) -> bytes:
    """One answer as it is; several as a JSON text sequence."""
    return answers[0] if len(answers) == 1 else b"".join(_MARK + answer + b"\n" for answer in answers)


def parted(body: bytes) -> list[bytes]:
    """The answers again, each byte for byte."""
    if not body.startswith(_MARK):
        return [body]
    return [answer.removesuffix(b"\n") for answer in body.split(_MARK)[1:]]
