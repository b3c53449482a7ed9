"""What SQLite and the file system report, in the words of the error tree."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from monitor.errors import LedgerDamagedError, LedgerError, LedgerFullError, LedgerLockedError, LedgerReadOnlyError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_PRIMARY = 0xFF  # extended result codes carry the primary one in their low byte (sqlite.org/rescode.html)


def full(path: Path, reason: object) -> LedgerFullError:
    """The error for a disk that took nothing more."""
    return LedgerFullError(
        f"{path}: the disk is full, nothing of this transaction was kept ({reason})",
        hint="free some space on this file system; the monitor goes on by itself",
    )


def read_only(path: Path, reason: object) -> LedgerReadOnlyError:
    """The error for a file or folder that can not be written."""
    return LedgerReadOnlyError(
        f"{path}: can not be opened for writing ({reason})",
        hint=f"let this user write {path.parent} and what is in it, or set another ledger path",
    )


def damaged(path: Path, reason: object) -> LedgerDamagedError:
    """The error for a file that is not what was written."""
    return LedgerDamagedError(
        f"{path}: not a ledger, or damaged ({reason})",
        hint="`monitor restore` sets it aside and puts the newest backup in its place",
    )


def from_system(fault: OSError, path: Path) -> LedgerError:
    """A fault of the file system around the ledger file."""
    if fault.errno in _FULL:
        return full(path, fault.strerror)
    if fault.errno in _READ_ONLY:
        return read_only(path, fault.strerror)
    return LedgerError(f"{path}: can not be used as a ledger ({fault.strerror})", hint="set another ledger path")


def from_sqlite(fault: Exception, path: Path) -> LedgerError:
    """A fault that sqlite3 raised while it worked on `path`."""
    code = getattr(fault, "sqlite_errorcode", 0) & _PRIMARY
    if code == sqlite3.SQLITE_FULL:
        return full(path, fault)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return read_only(path, fault)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return LedgerLockedError(
            f"{path}: another program kept the file locked for 5 seconds",
            hint="only the monitor may write its ledger; `fuser` names who has the file open",
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged(path, fault)
    failing = code == sqlite3.SQLITE_IOERR
    return LedgerError(f"{path}: {fault}", hint="look at the disk: `df`, `dmesg`" if failing else None)
