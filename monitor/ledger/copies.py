"""Copies of a ledger: made beside its owner, as of one moment, checked, and whole or not there at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import LedgerDamagedError, LedgerError, LedgerFullError, LedgerLockedError
from monitor.ledger.connection import Connection
from monitor.ledger.faults import from_system, full
from monitor.ledger.replacing import sync
from monitor.ledger.schema import version

_NEWEST = (
    "SELECT (SELECT ifnull(max(seq), 0) FROM samples), (SELECT ifnull(max(id), 0) FROM transitions),"
    " (SELECT ifnull(max(seq), 0) FROM outbox)"
)
_UNFINISHED = ".monitor-copy"


def copy_ledger(source: Path, target: Path) -> None:
    """Write a copy of a ledger, which may be in use, to a new file of its owner alone; durable when this returns.

    Raises LedgerError: LedgerDamagedError for a source that is not sound, LedgerLockedError while another copy is made
    in the same folder. Then there is no `target`, and nothing half.
    """
    unfinished = target.with_name(f".{target.name}{_UNFINISHED}")
    try:
        with _alone_in(target.parent):
            _room_for(source, target)
            os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
            _copied(source, unfinished)
            sync(unfinished)
            unfinished.rename(target)
            sync(target.parent)
    except OSError as fault:
        raise from_system(fault, target) from fault


def check_sound(path: Path) -> None:
    """Read every page of a ledger; raises LedgerDamagedError, and LedgerVersionError where it is too new."""
    connection = Connection.read(path)
    try:
        if version(connection) == 0:
            raise LedgerDamagedError(f"{path}: not a ledger", hint="name a copy that `monitor backup` made")
        found = [text for (text,) in connection.rows("PRAGMA integrity_check(3)")]
        if found != ["ok"]:
            raise LedgerDamagedError(f"{path}: damaged: {'; '.join(found)}")
    finally:
        connection.close()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Nobody else makes a copy there meanwhile; what was left of one that was killed, or is left of this, goes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _sweep(folder)
        try:
            yield
        finally:
            _sweep(folder)
    except BlockingIOError:
        raise LedgerLockedError(f"{folder}: another copy is being made there", hint="wait for it to end") from None
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    for left in [path for path in folder.iterdir() if path.name.startswith(".") and _UNFINISHED in path.name]:
        left.unlink(missing_ok=True)


def _room_for(source: Path, target: Path) -> None:
    """Do not begin what would take the last of the disk from whoever writes the ledger."""
    if target.exists():
        raise LedgerError(f"{target}: is there already, and is left alone", hint="name a file that is not there yet")
    space = os.statvfs(target.parent)
    if source.exists() and space.f_bavail * space.f_frsize < source.stat().st_size:
        raise full(target, f"{source.stat().st_size / 1e6:,.1f} MB are needed")


def _copied(source: Path, target: Path) -> None:
    reader = Connection.read(source)
    try:
        if version(reader) == 0:
            raise LedgerError(f"{source}: there is nothing in it to copy")
        reader.execute("PRAGMA query_only = OFF")  # for the copy; the file itself is open for reading
        before = _standing(reader)
        _vacuum(reader, target)
        after = _standing(reader)
    finally:
        reader.close()
    check_sound(target)
    copy = Connection.read(target)
    try:
        _compare(target, before, _standing(copy), after)
    finally:
        copy.close()


def _vacuum(reader: Connection, target: Path) -> None:
    try:
        reader.execute("VACUUM INTO ?", (str(target),))
    except LedgerFullError as fault:
        raise full(target, "no copy was made") from fault


@dataclass(frozen=True, slots=True)
class _Standing:
    """How far a ledger is. `moment`: equal as long as nobody else wrote; `counts`: rows by table."""

    moment: int
    counts: Mapping[str, int]
    newest: tuple[int, ...]


def _standing(connection: Connection) -> _Standing:
    with connection.reading():
        tables = [name for (name,) in connection.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        counts = {name: int(connection.rows(f'SELECT count(*) FROM "{name}"')[0][0]) for name in tables}  # noqa: S608
        newest = connection.rows(_NEWEST)[0]
        moment = int(connection.rows("PRAGMA data_version")[0][0])
    return _Standing(moment, counts, tuple(newest))


def _compare(path: Path, before: _Standing, copy: _Standing, after: _Standing) -> None:
    """The copy is of a moment between two; where nothing was written meanwhile, every count is the same."""
    between = all(low <= at <= high for low, at, high in zip(before.newest, copy.newest, after.newest, strict=True))
    if not between or (before.moment == after.moment and copy.counts != before.counts):
        raise LedgerDamagedError(f"{path}: the copy does not hold what the ledger does; it was thrown away")
