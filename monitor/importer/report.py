"""What an import did, file by file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from monitor.importer.reading import Reading
from monitor.model.bar import Bar, instant
from monitor.model.history import Batch


@dataclass(frozen=True, slots=True)
class FileReport:
    """One file.

    `rows` were read, `new` of them were not stored before. `first`, `last`: the oldest and newest `valid_at`, None for
    a file without rows. `not_judged`: samples kept, but of no use to rules: weeks that do not start on a Monday or were
    still running when they were recorded.
    """

    path: Path
    format: str
    rows: int
    new: int
    series: int
    first: datetime | None
    last: datetime | None
    not_judged: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """All files of one import, in the order given."""

    files: tuple[FileReport, ...]

    @property
    def rows(self) -> int:
        """Rows read."""
        return sum(file.rows for file in self.files)

    @property
    def new(self) -> int:
        """Rows that were not stored before."""
        return sum(file.new for file in self.files)


def report(reading: Reading, new: int) -> FileReport:
    """Of a file of whose rows `new` were stored."""
    batch = reading.batch
    return FileReport(
        path=reading.path,
        format=reading.format.name,
        rows=reading.rows,
        new=new,
        series=len(batch.series),
        first=instant(int(batch.valid_at[0])) if batch.valid_at.size else None,
        last=instant(int(batch.valid_at[-1])) if batch.valid_at.size else None,
        not_judged=not_judged(batch),
    )


def not_judged(batch: Batch) -> int:
    """How many samples are of weeks that start on another day than Monday, or were recorded before their end."""
    weekly = np.array([series.bar is Bar.WEEK for series in batch.series], np.bool_)[batch.index]
    starts = batch.valid_at[weekly]
    odd = Bar.WEEK.floor(starts) != starts
    running = batch.known_at[weekly] < Bar.WEEK.end(starts)
    return int(np.count_nonzero(odd | running))
