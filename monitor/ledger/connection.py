"""The one connection to the file: who may open it, how it is locked, what its faults become."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from monitor.errors import LedgerDamagedError, LedgerError
from monitor.ledger.faults import damaged, from_sqlite, from_system
from monitor.ledger.lock import OwnerLock
from monitor.ledger.replacing import finish_replacing

Row = tuple[Any, ...]
Bound = int | float | str | bytes | None

_BUSY_SECONDS = 5.0
# mmap_size stays 0: a public post-mortem blames it, with a second writer, for a damaged WAL.
_PRAGMAS = ("foreign_keys = ON", "trusted_schema = OFF", "mmap_size = 0", "cache_size = -8000")
# The limit gives back what a large import took for its log.
_OWNER_PRAGMAS = (*_PRAGMAS, "synchronous = FULL", "journal_size_limit = 16000000")
_READER_PRAGMAS = (*_PRAGMAS, "query_only = ON")


class Connection:
    """A SQLite connection that any thread may use, one at a time; all its faults are LedgerErrors.

    SQLite before 3.51.3 can damage a WAL when two connections write: hence one owner, and readers in mode=ro.
    """

    def __init__(self, path: Path, raw: sqlite3.Connection, lock: OwnerLock | None) -> None:
        self.path = path
        self._raw = raw
        self._lock = lock
        self._mutex = threading.RLock()
        self._depth = 0
        self._doomed = False
        self.damage: LedgerDamagedError | None = None  # the first that was met with

    @classmethod
    def own(cls, path: Path) -> Self:
        """Open for reading and writing, and create what is missing: folders 0700, the file 0600."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:
            raise from_system(fault, path.parent) from fault
        lock = OwnerLock.acquire(path)
        try:
            finish_replacing(path)
            _touch(path)
            return cls(path, _connect(path, "rw", (*_OWNER_PRAGMAS, *_checks(path))), lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open for reading only, beside a running owner."""
        if not path.exists():
            raise LedgerError(
                f"{path}: there is no ledger here yet", hint="`monitor run` or `monitor import` makes one"
            )
        return cls(path, _connect(path, "ro", _READER_PRAGMAS), None)

    def close(self) -> None:
        """Close the file and let the next owner in; closing again does nothing."""
        with self._mutex:
            self._raw.close()
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, for this thread alone. Inner ones join the outer; once one failed, none is committed."""
        with self._exclusive("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Several reads of one and the same state of the file."""
        with self._exclusive("BEGIN"):
            yield

    @contextmanager
    def _exclusive(self, begin: str) -> Iterator[None]:
        with self._mutex:
            if self._depth == 0:
                self.execute(begin)
                self._doomed = False
            self._depth += 1
            try:
                yield
                if self._depth == 1:
                    self._commit()
            except BaseException:
                self._doomed = True
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._rollback()

    def _commit(self) -> None:
        if self._doomed:
            raise LedgerError(f"{self.path}: a part of this transaction failed, so nothing of it was kept")
        self.execute("COMMIT")

    def _rollback(self) -> None:
        if self._raw.in_transaction:  # not after a commit, nor where SQLite rolled back by itself (a full disk)
            self.execute("ROLLBACK")

    def execute(self, sql: str, bound: Sequence[Bound] = ()) -> int:
        """Run one statement; returns how many rows it changed."""
        with self._guarded():
            return self._raw.execute(sql, bound).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Bound]]) -> int:
        """Run one statement for each row; returns how many rows were changed in all."""
        with self._guarded():
            before = self._raw.total_changes
            self._raw.executemany(sql, rows)
            return self._raw.total_changes - before

    def rows(self, sql: str, bound: Sequence[Bound] = ()) -> list[Row]:
        """All rows of a query."""
        with self._guarded():
            return self._raw.execute(sql, bound).fetchall()

    def row(self, sql: str, bound: Sequence[Bound] = ()) -> Row | None:
        """The first row of a query."""
        with self._guarded():
            first: Row | None = self._raw.execute(sql, bound).fetchone()
            return first

    def numbers(self, sql: str, bound: Sequence[Bound], width: int) -> NDArray[np.float64]:
        """(N, width) float64: all rows of a query, NULL as NaN, integers exact below 2**53; keeps no Python objects."""
        with self._guarded():
            rows = chain.from_iterable(self._raw.execute(sql, bound))
            return np.fromiter(rows, np.float64).reshape(-1, width)  # a third faster than a structured dtype

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._mutex:
            if self._depth and not self._raw.in_transaction:
                raise LedgerError(f"{self.path}: this transaction was rolled back; nothing more can join it")
            try:
                yield
            except (sqlite3.Error, UnicodeEncodeError, OverflowError) as fault:
                told = from_sqlite(fault, self.path)
                if self.damage is None and isinstance(told, LedgerDamagedError):
                    self.damage = told
                raise told from fault


class Store:
    """A part of the ledger: one subject over the shared connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection


def _checks(path: Path) -> tuple[str, ...]:
    """What an owner asks first: a log that is left says that the one before did not end well. About 1.6 ms a MB."""
    log = path.with_name(f"{path.name}-wal")
    return ("quick_check(1)",) if log.exists() and log.stat().st_size else ()


def _touch(path: Path) -> None:
    # SQLite would create the file readable for all; its -wal and -shm neighbours take over the mode.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as fault:
        raise from_system(fault, path) from fault


def _connect(path: Path, mode: str, pragmas: Iterable[str]) -> sqlite3.Connection:
    try:
        raw = sqlite3.connect(
            f"{path.as_uri()}?mode={mode}",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as fault:
        raise from_sqlite(fault, path) from fault
    try:
        _prepare(raw, path, pragmas, owner=mode == "rw")
    except BaseException:
        raw.close()
        raise
    return raw


def _prepare(raw: sqlite3.Connection, path: Path, pragmas: Iterable[str], *, owner: bool) -> None:
    try:
        for pragma in pragmas:
            said = raw.execute(f"PRAGMA {pragma}").fetchone()
            if pragma.startswith("quick_check") and said != ("ok",):
                raise damaged(path, said[0])
        if owner and raw.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
            raise LedgerError(f"{path}: this file system can not keep a write-ahead log", hint="use a local disk")
    except sqlite3.Error as fault:
        raise from_sqlite(fault, path) from fault
