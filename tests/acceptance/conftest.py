"""One ledger with all of the shared data, imported once for a test session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.importer import import_files
from monitor.ledger import Ledger
from tests.shared import SHARED

FILES = ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz")


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger that holds everything that was ever recorded."""
    path: Path = tmp_path_factory.mktemp("recorded") / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        import_files([SHARED / "data" / name for name in FILES], ledger)
        yield ledger
