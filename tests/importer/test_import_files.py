"""Files into the ledger: all or nothing, and never twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from monitor.errors import ImportRefusedError
from monitor.importer import FileReport, import_files
from monitor.ledger import Ledger
from monitor.model.metric import METRICS
from tests.importer.tables import PRICES, TOTALS, USAGE, written
from tests.shared import SHARED

REAL = tuple(SHARED / "data" / name for name in ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz"))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger."""
    with Ledger.open(tmp_path / "ledger" / "monitor.db") as opened:
        yield opened


def stored(ledger: Ledger) -> dict[str, tuple[object, ...]]:
    """Everything that rules could see: per metric the samples and the seals."""
    everything: dict[str, tuple[object, ...]] = {}
    for metric in METRICS:
        columns = ledger.columns(metric)
        arrays = (columns.index, columns.valid_at, columns.known_at, np.nan_to_num(columns.values, nan=-1.0))
        seals = {
            feed: (log.through.tolist(), log.known_at.tolist(), log.holds_until.tolist())
            for feed, log in columns.seals.items()
        }
        everything[metric] = (columns.series, *(array.tolist() for array in arrays), seals)
    return everything


def test_report_of_each_file(tmp_path: Path, ledger: Ledger) -> None:
    """Rows, what was new, series, the span, and what is kept but not judged."""
    usage = written(
        tmp_path,
        USAGE,
        "2026-07-13,week,a,1,s,2026-07-20T00:00:00Z",
        "2026-07-13,week,a,2,s,2026-07-19T23:59:59Z",
        "2026-07-15,week,a,3,s,2026-07-22T00:00:00Z",
        "2026-07-19,day,b,4,s,2026-07-19T10:00:00Z",
        "2026-07-19,day,b,4,s,2026-07-19T10:00:00Z",
        name="usage.csv",
    )
    empty = written(tmp_path, TOTALS, name="totals.csv")
    prices = written(tmp_path, PRICES, "2026-07-18T10:00:00Z,s,a,input,1", name="prices.csv")

    report = import_files([usage, empty, prices], ledger)

    monday, sunday = datetime(2026, 7, 13, tzinfo=UTC), datetime(2026, 7, 19, tzinfo=UTC)
    seen = datetime(2026, 7, 18, 10, tzinfo=UTC)
    assert report.files == (
        FileReport(usage, "usage", rows=5, new=4, series=2, first=monday, last=sunday, not_judged=2),
        FileReport(empty, "totals", rows=0, new=0, series=0, first=None, last=None, not_judged=0),
        FileReport(prices, "prices", rows=1, new=1, series=1, first=seen, last=seen, not_judged=0),
    )
    assert (report.rows, report.new) == (6, 5)


def test_import_again_changes_nothing(ledger: Ledger) -> None:
    """The real files, twice: all is new the first time, nothing the second, and the ledger says the same."""
    first = import_files(REAL, ledger)
    once = stored(ledger)
    second = import_files(REAL[::-1], ledger)

    assert [(file.rows, file.new) for file in first.files] == [(74_241, 74_241), (8_019, 8_019), (24_948, 24_948)]
    assert [(file.rows, file.new) for file in second.files] == [(24_948, 0), (8_019, 0), (74_241, 0)]
    assert stored(ledger) == once


def test_same_file_twice_in_one_import(tmp_path: Path, ledger: Ledger) -> None:
    """A copy under another name brings nothing new."""
    path = written(tmp_path, USAGE, "2026-07-13,week,a,1,s,2026-07-20T00:00:00Z")
    copy = Path(shutil.copy(path, tmp_path / "copy.csv"))

    assert [file.new for file in import_files([path, copy], ledger).files] == [1, 0]


def test_one_bad_file_leaves_the_ledger_as_it_was(tmp_path: Path, ledger: Ledger) -> None:
    """Where any file is refused, no file is stored, and the faults of all files are told at once."""
    before = stored(ledger)
    good = written(tmp_path, USAGE, "2026-07-13,week,a,1,s,2026-07-20T00:00:00Z", name="good.csv")
    bad = written(tmp_path, USAGE, "2026-02-30,day,a,1,s,2026-07-20T00:00:00Z", name="bad.csv")
    worse = tmp_path / "missing.csv"

    with pytest.raises(ImportRefusedError) as caught:
        import_files([good, bad, worse], ledger)

    assert [(problem.path, problem.line) for problem in caught.value.problems] == [(str(bad), 2), (str(worse), 0)]
    assert stored(ledger) == before


def test_progress_counts_the_bytes_of_all_files(tmp_path: Path, ledger: Ledger) -> None:
    """Progress never goes back and ends at the size of all files together."""
    paths = [
        written(tmp_path, USAGE, *(f"2026-07-18,day,m{n},1,s,2026-07-19T00:00:00Z" for n in range(3000)), name=name)
        for name in ("one.csv", "two.csv")
    ]
    steps: list[int] = []

    import_files(paths, ledger, steps.append)

    assert steps == sorted(steps)
    assert steps[-1] == sum(path.stat().st_size for path in paths)
