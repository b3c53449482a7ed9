"""One machine for all tests of a module, and a service that is not installed yet for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.systemd.machine import Machine, booted
from tests.systemd.service import Service, prepared, put_program


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with the program under /opt/monitor."""
    folder = tmp_path_factory.mktemp("systemd")
    with booted(folder) as machine:
        put_program(machine, folder)
        yield machine


@pytest.fixture
def service(machine: Machine, tmp_path: Path) -> Iterator[Service]:
    """Settings, secret, rules and an older ledger are there; the service is not."""
    with prepared(machine, tmp_path) as service:
        yield service
