"""Another file in the ledger's place, durably: whatever moment the process dies in, the next owner finds one whole.

The new file is complete before its name says so (`<ledger>.next-<time>`). From then on every owner that opens first
finishes what was begun: the ledger of before, with its log, is called `<ledger>.before-<time>` then, and never deleted.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from monitor.errors import LedgerError
from monitor.ledger.faults import from_system
from monitor.ledger.lock import OwnerLock

STAMP = "%Y%m%dT%H%M%SZ"
"""A UTC second in the name of a file; names sort as times do."""
_LOG, _INDEX = "-wal", "-shm"


def replace_ledger(path: Path, at: datetime, fill: Callable[[Path], None]) -> Path | None:
    """Put what `fill` writes to the path it is given in the place of a ledger that nobody owns; durable on return.

    Returns where the ledger of before is now, None if there was none. Raises LedgerError: LedgerLockedError while a
    monitor runs; before `fill` has returned, nothing is changed.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = OwnerLock.acquire(path)
    try:
        finish_replacing(path)
        staged = path.with_name(f"{path.name}.new")
        _clear(staged)
        try:
            fill(staged)
            return _exchanged(path, staged, at)
        finally:
            _clear(staged)
    except OSError as fault:
        raise from_system(fault, path) from fault
    finally:
        lock.release()


def finish_replacing(path: Path) -> Path | None:
    """Finish what a dead process began, if there is anything; to be called by whoever holds the owner's lock."""
    moved = None
    for complete in [each for each in path.parent.iterdir() if each.name.startswith(f"{path.name}.next-")]:
        before = path.with_name(complete.name.replace(".next-", ".before-"))
        _beside(path, _INDEX).unlink(missing_ok=True)
        for ending in (_LOG, ""):  # the log of one file must never stand beside another one
            if _beside(path, ending).exists():
                _beside(path, ending).rename(_beside(before, ending))
        sync(path.parent)
        complete.rename(path)
        sync(path.parent)
        moved = before if before.exists() else None
    return moved


def sync(path: Path) -> None:
    """What was written to a file, or the names in a folder, survive a power cut from now on."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _exchanged(path: Path, staged: Path, at: datetime) -> Path | None:
    if _beside(staged, _LOG).exists():
        raise LedgerError(f"{staged}: is still in use by another process", hint="close what reads it, and try again")
    stamp = at.strftime(STAMP)
    while path.with_name(f"{path.name}.before-{stamp}").exists():  # replaced twice within a second
        at += timedelta(seconds=1)
        stamp = at.strftime(STAMP)
    sync(staged)
    staged.rename(path.with_name(f"{path.name}.next-{stamp}"))
    sync(path.parent)
    return finish_replacing(path)


def _clear(staged: Path) -> None:
    for ending in ("", _LOG, _INDEX, "-journal", ".lock"):
        _beside(staged, ending).unlink(missing_ok=True)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
