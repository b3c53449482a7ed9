"""Bounded bodies: what arrives is unpacked piece by piece, so that a bomb is noticed before it unfolds."""

from __future__ import annotations

import zlib

from monitor.errors import SourceError

_GZIP_OR_ZLIB = 47  # wbits: the largest window, the header tells which of the two
_STEP = 64 * 1024


class Unpacker:
    """Collects a body of at most `limit` bytes, gunzipping on the way (RFC 1952: any number of members).

    More than `limit` bytes are refused on either side of the gunzip. Memory: the body and `_STEP` bytes.
    `where`: the address that errors name.
    """

    def __init__(self, where: str, limit: int, *, gzipped: bool) -> None:
        self._where = where
        self._limit = limit
        self._arrived = 0
        self._body = bytearray()
        self._member = zlib.decompressobj(_GZIP_OR_ZLIB) if gzipped else None

    def feed(self, piece: bytes) -> None:
        """Take what arrived; raises SourceError when it is too much or no gzip."""
        self._arrived += len(piece)
        self._refuse_over(self._arrived)
        try:
            self._take(piece)
        except zlib.error as error:
            raise SourceError(
                f"{self._where}: got a body that can not be unpacked, expected gzip as its Content-Encoding says"
            ) from error

    def body(self) -> bytes:
        """The whole body; raises SourceError when a gzip ends before its end."""
        if self._member is not None and not self._member.eof:
            raise SourceError(f"{self._where}: got a gzip body cut off after {self._arrived:,} bytes, expected its end")
        return bytes(self._body)

    def _take(self, piece: bytes) -> None:
        if self._member is None:
            self._body += piece
            return
        while piece:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP_OR_ZLIB)
            self._body += self._member.decompress(piece, _STEP)
            self._refuse_over(len(self._body))
            piece = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def _refuse_over(self, size: int) -> None:
        if size > self._limit:
            raise SourceError(f"{self._where}: got more than {self._limit:,} bytes, expected at most that")
