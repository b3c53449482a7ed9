"""How fast history is imported: rows a second of the shared usage, totals and price files, best of several runs.

`python -m tests.bench.importing` prints the figures; the goal, 200,000 rows a second, is for reading and storing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from monitor.importer import import_files, read
from monitor.ledger import Ledger
from tests.shared import SHARED

FILES = tuple(SHARED / "data" / name for name in ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz"))
GOAL = 200_000  # rows a second, read and stored
_RUNS = 5


def reading() -> float:
    """Rows a second from files on disk to batches."""
    return max(_rate(lambda: sum(read(path).index.size for path in FILES)) for _ in range(_RUNS))


def importing() -> float:
    """Rows a second from files on disk to an empty ledger on disk, committed."""
    return max(_into_new_ledger() for _ in range(_RUNS))


def figures() -> dict[str, float]:
    """Both, by what they measure."""
    return {"import, reading only (rows/s)": reading(), "import, read and stored (rows/s)": importing()}


def _into_new_ledger() -> float:
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "monitor.db") as ledger:
        return _rate(lambda: import_files(FILES, ledger).new)


def _rate(work: Callable[[], int]) -> float:
    start = time.perf_counter()
    rows = work()
    return rows / (time.perf_counter() - start)


if __name__ == "__main__":
    for label, figure in figures().items():
        print(f"{label:40} {figure:>12,.0f}")  # noqa: T201
