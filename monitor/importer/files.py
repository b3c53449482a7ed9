"""Opens what is to be imported, plain or gzip, and tells the formats apart by their first line."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import ImportRefusedError, Problem
from monitor.importer.fields import shown
from monitor.importer.format import Format

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib: a gzip header, and its checksum verified
_LARGEST = 512 * 1024 * 1024  # bytes, unpacked: some four million rows
_HEAD = 64 * 1024  # enough for any header; a file that has none is not unpacked further
_FETCH_AGAIN = "fetch the file again; it was cut off or changed on its way"
_SPLIT = "split it; every part needs the header"
_ALIKE = 3  # columns in common from which on a header is compared with a format


@dataclass(frozen=True, slots=True)
class Content:
    r"""A file whose header is that of a format.

    `text`: all after the header; lines end with "\n", the last with nothing. `size`: bytes on disk.
    `intact`: all of it was UTF-8; otherwise each byte that is not stands as a lone surrogate.
    """

    path: Path
    format: Format
    text: str
    size: int
    intact: bool

    @property
    def lines(self) -> list[str]:
        """The lines after the header."""
        return self.text.split("\n") if self.text else []

    @property
    def rows(self) -> int:
        """How many there are."""
        return self.text.count("\n") + 1 if self.text else 0


def opened(path: Path, formats: Sequence[Format]) -> Content:
    """The lines of a file; raises ImportRefusedError where it can not be read or is of none of the formats."""
    stored = _stored(path)
    _told_apart(path, _text(_head(path, stored))[0], formats)
    text, intact = _text(_unpacked(path, stored))
    header, _, rest = text.replace("\r\n", "\n").partition("\n")
    return Content(path, _told_apart(path, header, formats), rest.rstrip("\n"), len(stored), intact)


def _stored(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST:
            raise _refused(path, f"is larger than {_LARGEST:,} bytes", _SPLIT)
        stored = path.read_bytes()
    except OSError as error:
        raise _refused(path, f"can not be read: {error.strerror}") from None
    if not stored:
        raise _refused(path, "is empty")
    return stored


def _head(path: Path, stored: bytes) -> bytes:
    if not stored.startswith(_GZIP):
        return stored[:_HEAD]
    return _unzipped(path, zlib.decompressobj(_GZIP_WINDOW), stored, _HEAD)


def _unpacked(path: Path, stored: bytes) -> bytes:
    """All members of a gzip file one after the other, as gzip(1) unpacks them."""
    if not stored.startswith(_GZIP):
        return stored
    parts: list[bytes] = []
    room = _LARGEST
    while stored:
        member = zlib.decompressobj(_GZIP_WINDOW)
        parts.append(_unzipped(path, member, stored, room + 1))
        room -= len(parts[-1])
        if room < 0:
            raise _refused(path, f"unpacks to more than {_LARGEST:,} bytes", _SPLIT)
        stored = member.unused_data.lstrip(b"\0")  # gzip(1) allows zeros as padding
    return b"".join(parts)


def _unzipped(path: Path, member: zlib._Decompress, stored: bytes, most: int) -> bytes:
    try:
        part = member.decompress(stored, most)
    except zlib.error as error:
        raise _refused(path, f"is broken gzip: {error}", _FETCH_AGAIN) from None
    if len(part) < most and not member.eof:
        raise _refused(path, "is broken gzip: it ends too early", _FETCH_AGAIN)
    return part


def _text(content: bytes) -> tuple[str, bool]:
    try:
        return content.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return content.decode("utf-8-sig", errors="surrogateescape"), False


def _told_apart(path: Path, header: str, formats: Sequence[Format]) -> Format:
    names = tuple(header.split("\n", 1)[0].removesuffix("\r").split(","))
    for format_ in formats:
        if names == format_.header:
            return format_
    raise ImportRefusedError((_unknown_header(path, names, formats),))


def _unknown_header(path: Path, names: Sequence[str], formats: Sequence[Format]) -> Problem:
    lowered = {name.strip().casefold() for name in names}
    nearest = max(formats, key=lambda one: len(lowered.intersection(one.header)))
    if len(lowered.intersection(nearest.header)) < _ALIKE:
        known = "; ".join(f"{one.name} {','.join(one.header)}" for one in formats)
        got = shown(",".join(names))
        return Problem(str(path), 1, 1, f"the header is of none of the known formats: {got}", f"expected {known}")
    at = next(at for at in range(len(names) + 1) if tuple(names[: at + 1]) != nearest.header[: at + 1])
    column = len(",".join(names[:at])) + (2 if 0 < at < len(names) else 1)
    message = f"the header is of none of the known formats; nearest is {nearest.name}: {_difference(names, nearest)}"
    return Problem(str(path), 1, column, message, f"expected {','.join(nearest.header)}")


def _difference(names: Sequence[str], nearest: Format) -> str:
    missing = [name for name in nearest.header if name not in names]
    surplus = [shown(name) for name in names if name not in nearest.header]
    parts = (["missing " + ", ".join(missing)] if missing else []) + (
        ["unknown " + ", ".join(surplus)] if surplus else []
    )
    return "; ".join(parts) or "columns twice or in another order"


def _refused(path: Path, message: str, hint: str | None = None) -> ImportRefusedError:
    return ImportRefusedError((Problem(str(path), 0, 0, message, hint),))
