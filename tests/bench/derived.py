"""What derived streams cost: bars a second of all recorded usage, one day's step, and a replay of all recorded prices.

`python -m tests.bench.derived` prints the figures.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from monitor.catalog import Join, shipped
from monitor.derived.price_truth import all_said
from monitor.derived.shares import METRIC, Shares
from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.model.bar import Bar
from tests.bench.importing import FILES

_BATCH = 32  # bars, as the daemon's feed takes them
_RUNS = 5


def figures() -> dict[str, float]:
    """All three, by what they measure; the best of some runs."""
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "monitor.db") as ledger:
        import_files(FILES, ledger)
        join = Join(shipped(), {})
        return {
            "shares of all recorded usage (bars/s)": max(_bars_a_second(ledger) for _ in range(_RUNS)),
            "shares of one bar and the newest days (s)": min(_one_bar(ledger) for _ in range(_RUNS)),
            "price truth, replay of all recorded prices (s)": min(_replay(ledger, join) for _ in range(_RUNS)),
        }


def _bars_a_second(ledger: Ledger) -> float:
    """Distinct days and weeks; those that several steps bring count once."""
    catalog = shipped()
    cursors = ledger.derived((METRIC,), Shares(ledger, lambda: catalog))
    found: set[tuple[str, Bar, int]] = set()
    seq = 0
    start = time.perf_counter()
    while rows := cursors.after(seq, _BATCH):
        found.update((share.source, share.bar, share.at) for _, shares in rows for share in shares)
        seq = rows[-1][0]
    return len(found) / (time.perf_counter() - start)


def _one_bar(ledger: Ledger) -> float:
    catalog = shipped()
    cursors = ledger.derived((METRIC,), Shares(ledger, lambda: catalog))
    cursors.again(cursors.newest())  # the catalogue is known
    start = time.perf_counter()
    cursors.again(cursors.newest())
    return time.perf_counter() - start


def _replay(ledger: Ledger, join: Join) -> float:
    start = time.perf_counter()
    all_said(ledger, join)
    return time.perf_counter() - start


if __name__ == "__main__":
    for label, figure in figures().items():
        print(f"{label:50} {figure:>10,.3f}")  # noqa: T201
