"""Takes history from files into the ledger: all of them, or nothing of any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from monitor.errors import ImportRefusedError, Problem
from monitor.importer.prices import PRICES
from monitor.importer.reading import Reading, read_as
from monitor.importer.report import FileReport, ImportReport, report
from monitor.importer.totals import TOTALS
from monitor.importer.usage import USAGE
from monitor.model.history import Batch

__all__ = ["FORMATS", "FileReport", "ImportReport", "Storing", "import_files", "read"]

FORMATS = (USAGE, TOTALS, PRICES)
"""Every format that can be imported."""


class Storing(Protocol):
    """Where batches go; the ledger is one."""

    def transaction(self) -> AbstractContextManager[object]:
        """All that is absorbed within is kept, or nothing."""
        ...

    def absorb(self, batch: Batch) -> int:
        """Store what is not stored yet; the number of rows that were new."""
        ...


def read(path: Path, progress: Callable[[int], None] | None = None) -> Batch:
    """All samples of one file, plain or gzip; `progress` gets the bytes on disk done so far.

    Raises ImportRefusedError with every fault found (the first fifty in full).
    """
    return read_as(FORMATS, path, progress).batch


def import_files(paths: Sequence[Path], ledger: Storing, progress: Callable[[int], None] | None = None) -> ImportReport:
    """Read all files, then store all in one transaction; `progress` gets the bytes on disk done so far, of all files.

    Raises ImportRefusedError with the faults of every file before anything is stored.
    """
    readings = _read_all(paths, progress)
    with ledger.transaction():
        return ImportReport(tuple(report(reading, ledger.absorb(reading.batch)) for reading in readings))


def _read_all(paths: Sequence[Path], progress: Callable[[int], None] | None) -> list[Reading]:
    readings: list[Reading] = []
    problems: list[Problem] = []
    done = 0
    for path in paths:
        try:
            readings.append(read_as(FORMATS, path, progress and _after(done, progress)))
            done += readings[-1].size
        except ImportRefusedError as error:
            problems.extend(error.problems)
    if problems:
        raise ImportRefusedError(tuple(problems))
    return readings


def _after(before: int, progress: Callable[[int], None]) -> Callable[[int], None]:
    return lambda done: progress(before + done)
