"""The owner's lock: a file beside the ledger that one process holds as long as it lives."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from monitor.errors import LedgerLockedError
from monitor.ledger.faults import from_system

_PID_LENGTH = 20


class OwnerLock:
    """An exclusive flock. The kernel drops it when the process ends, however it ends."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def acquire(cls, path: Path) -> Self:
        """Lock `<path>.lock` and write the own process id into it; raises LedgerLockedError at once if it is held."""
        lock_path = path.with_name(path.name + ".lock")
        try:
            descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise from_system(fault, lock_path) from fault
        try:
            cls._claim(descriptor, path)
        except OSError as fault:
            os.close(descriptor)
            raise from_system(fault, lock_path) from fault
        except BaseException:
            os.close(descriptor)
            raise
        return cls(descriptor)

    @staticmethod
    def holder(path: Path) -> str | None:
        """The process id of who holds it, as it wrote it; None if nobody does. Raises LedgerError."""
        try:
            descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise from_system(fault, path) from fault
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _written(descriptor)
        finally:
            os.close(descriptor)
        return None

    @staticmethod
    def _claim(descriptor: int, path: Path) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerLockedError(
                f"{path}: already in use by the monitor with process id {_written(descriptor)}",
                hint="stop that one first; `monitor status` only reads and works beside it",
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)

    def release(self) -> None:
        """Let the next owner in."""
        os.close(self._descriptor)


def _written(descriptor: int) -> str:
    return os.pread(descriptor, _PID_LENGTH, 0).decode("ascii", "replace").strip() or "unknown"
