"""A surface over an empty ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.ledger import Ledger
from tests.web.surface import Shown


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    """What a monitor that does well says of itself."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        yield Shown(ledger)
