"""Looks for secrets wherever they must not be: texts, files, ledgers, and whatever processes show of themselves."""

from __future__ import annotations

import bz2
import gzip
import sqlite3
import zlib
from base64 import b64encode
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path
from urllib.parse import quote

_PROC = Path("/proc")
_SQLITE = b"SQLite format 3\0"
_UNPACKERS: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"BZh", bz2.decompress),
    (b"\x1f\x8b", gzip.decompress),
    (b"\x78", zlib.decompress),
)


def assert_hidden(
    secrets: Iterable[str],
    *,
    texts: Iterable[str | bytes] = (),
    folder: Path | None = None,
    apart: Collection[str] = (),
    process: int | None = None,
) -> None:
    """No secret, plain, quoted or in Base64, is in a text, in a file of the folder, or in what any process shows.

    `texts`: what was logged, raised, printed or sent; packed bytes are unpacked. Ledgers in `folder` are looked through
    byte by byte, -wal and -shm too, and cell by cell. `apart`: names of the files there that may hold secrets.
    `process`: a running monitor; whatever it has started must not have them in its environment either.
    """
    every = list(chain(_texts(texts), _files(folder, apart), _arguments(), _started(process)))
    assert every
    for secret in secrets:
        forms = tuple(_forms(secret))
        where = [place for place, held in every if any(form in held for form in forms)]
        assert not where, f"a secret that begins {secret[:5]!r} shows in {', '.join(where)}"


def chained(error: BaseException | None, *, unshown: bool = False) -> Iterator[str]:
    """An error with all that it holds, and with those that led to it; `unshown`: also those that no traceback shows."""
    while error is not None:
        yield from (str(error), repr(error), repr(vars(error)), repr(error.args))
        error = error.__cause__ or (None if error.__suppress_context__ and not unshown else error.__context__)


def _forms(secret: str) -> Iterator[bytes]:
    """As it is, as in an address, and as a part of something longer in Base64, which begins at one of three places."""
    plain = secret.encode()
    yield plain
    yield quote(secret, safe="").encode()
    for before in range(3):
        encoded = b64encode(bytes(before) + plain)
        yield encoded[-(-before * 8 // 6) : (before + len(plain)) * 8 // 6]  # what its neighbours have no part in


def _texts(texts: Iterable[str | bytes]) -> Iterator[tuple[str, bytes]]:
    for number, text in enumerate(texts):
        yield f"text {number}", text.encode() if isinstance(text, str) else _unpacked(text)


def _files(folder: Path | None, apart: Collection[str]) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*") if folder else ():
        if path.is_file() and path.name not in apart:
            held = path.read_bytes()
            yield path.name, held
            if held.startswith(_SQLITE):
                yield f"{path.name}, unpacked", b"\n".join(_cells(path))


def _cells(path: Path) -> Iterator[bytes]:
    """Every packed value of a database."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as raw:
        for (table,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in raw.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - its own name
                yield from (_unpacked(cell) for cell in row if isinstance(cell, bytes))


def _unpacked(held: bytes) -> bytes:
    for head, unpack in _UNPACKERS:
        if held.startswith(head):
            with suppress(OSError, EOFError, ValueError, zlib.error):  # it only looked like that
                return unpack(held)
    return held


def _arguments() -> Iterator[tuple[str, bytes]]:
    """Of every process, where the system shows them as files."""
    for path in _PROC.glob("[0-9]*/cmdline"):
        yield from _read(path, "the arguments of")


def _started(process: int | None) -> Iterator[tuple[str, bytes]]:
    """The names of its threads, and the environment of all that it has started."""
    if process is None:
        return
    for path in (_PROC / str(process) / "task").glob("*/comm"):
        yield from _read(path, "the name of a thread of")
    for child in _children(process):
        yield from _read(_PROC / str(child) / "environ", "the environment of")


def _children(process: int) -> set[int]:
    """Its children and theirs."""
    parents: dict[int, int] = {}
    for path in _PROC.glob("[0-9]*/status"):
        for _, held in _read(path, ""):
            fields = dict(line.split(":", 1) for line in held.decode(errors="replace").splitlines() if ":" in line)
            parents[int(path.parent.name)] = int(fields["PPid"])
    found: set[int] = set()
    while more := {each for each, parent in parents.items() if parent in found | {process}} - found:
        found |= more
    return found


def _read(path: Path, what: str) -> Iterator[tuple[str, bytes]]:
    with suppress(OSError):  # it has ended
        yield f"{what} process {path.parts[2]}", path.read_bytes()
