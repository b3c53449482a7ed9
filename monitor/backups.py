"""Backups of the ledger: a folder of copies with the time in their names, of which the newest are kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import LedgerError
from monitor.ledger import Ledger, Owed, check_sound, copy_ledger, replace_ledger
from monitor.ledger.faults import from_system
from monitor.ledger.replacing import STAMP


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole copy. `at`: when it was begun; `size` in bytes."""

    path: Path
    at: datetime
    size: int


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that became the ledger. `before`: where the one before is now; `owed`: what the backup still owes."""

    backup: Path
    before: Path | None
    owed: Owed


@dataclass(frozen=True, slots=True)
class Backups:
    """Those of one ledger in one folder."""

    ledger: Path
    folder: Path

    def make(self, at: datetime, keep: int) -> tuple[Backup, float]:
        """Make one, then drop all but the newest `keep`; with the seconds that it took. Raises LedgerError."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:
            raise from_system(fault, self.folder) from fault
        made = make(self.ledger, self.folder / f"{self.ledger.stem}-{at.strftime(STAMP)}{self.ledger.suffix}", at)
        for old in self.all()[keep:]:
            old.path.unlink(missing_ok=True)
        return made

    def all(self) -> list[Backup]:
        """Those there are, newest first; what a person put there under other names is none of them."""
        try:
            found = [self._backup(path) for path in self.folder.iterdir()]
        except OSError:
            return []
        return sorted((each for each in found if each is not None), key=lambda each: each.at, reverse=True)

    def newest_sound(self) -> Backup | None:
        """The newest that can be restored."""
        for each in self.all():
            try:
                check_sound(each.path)
            except LedgerError:
                continue
            return each
        return None

    def _backup(self, path: Path) -> Backup | None:
        stem, _, stamp = path.stem.rpartition("-")
        if stem != self.ledger.stem or path.suffix != self.ledger.suffix:
            return None
        try:
            return Backup(path, datetime.strptime(stamp, STAMP).replace(tzinfo=UTC), path.stat().st_size)
        except (ValueError, OSError):
            return None


def make(ledger: Path, target: Path, at: datetime) -> tuple[Backup, float]:
    """Copy a ledger, which may be in use, to a file that is not there; with the seconds that it took."""
    started = time.perf_counter()
    copy_ledger(ledger, target)
    return Backup(target, at, target.stat().st_size), time.perf_counter() - started


def restore_backup(ledger: Path, backup: Path, at: datetime) -> Restored:
    """Let a backup be the ledger from now on; raises LedgerError, and nothing is changed then.

    What it still owes may have been delivered since it was made, and so may what is judged anew of that time: both are
    possible repeats from now on (see docs/decisions).
    """
    if backup.resolve() == ledger.resolve():
        raise LedgerError(f"{backup}: is the ledger itself", hint="name a backup")
    check_sound(backup)
    owed: list[Owed] = []

    def fill(staged: Path) -> None:
        copy_ledger(backup, staged)
        with Ledger.open(staged) as restored:
            owed.append(restored.note_restored(at))

    before = replace_ledger(ledger, at, fill)
    return Restored(backup, before, owed[0])
