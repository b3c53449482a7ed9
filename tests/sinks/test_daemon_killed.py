"""`monitor run` killed with -9 at random instants while it learns, judges and copies to a real server.

MONITOR_KILLS says how often; the full series, `MONITOR_KILLS=100 pytest tests/sinks/test_daemon_killed.py`, takes some
minutes.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

from monitor.catalog import shipped
from monitor.compose import streams
from monitor.ledger import Ledger
from tests.acceptance.process import PATIENCE, Program, until
from tests.servers import InfluxDB
from tests.sinks.copying import DAYS, MODELS, copying
from tests.sinks.same import check_same

KILLS = int(os.environ.get("MONITOR_KILLS", "5"))
LAST = "last"

pytestmark = pytest.mark.timeout(60 + 10 * KILLS)


def test_kill_9_leaves_the_copy_whole(influxdb: InfluxDB, tmp_path: Path) -> None:
    """Each life has a source of its own; after one that is not disturbed the server has what the ledger has."""
    chance = random.Random(KILLS)  # noqa: S311 - seeded
    for number in range(KILLS):
        killed(program(tmp_path, f"s{number}", influxdb), chance, from_ready=number % 2 == 0)
    with program(tmp_path, LAST, influxdb).running("run") as running:
        until(lambda: is_copied(tmp_path / "ledger.sqlite"), running.log.read_text, patience=PATIENCE + KILLS)
        assert running.stop(signal.SIGTERM) == 0
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        samples, transitions = check_same(ledger, influxdb)
        lives = sum(bool(ledger.snapshots(f"s{number}", 1)) for number in range(KILLS))
    assert lives >= KILLS // 4
    assert samples >= (lives + 1) * DAYS * MODELS
    assert transitions > DAYS
    print(f"{KILLS} kills, {lives} had learnt: {samples} samples, {transitions} transitions")  # noqa: T201


def program(folder: Path, name: str, server: InfluxDB) -> Program:
    """The monitor in its next life."""
    return copying(folder, name, server.url, server.bucket, server.org, server.token)


def killed(monitor: Program, chance: random.Random, *, from_ready: bool) -> None:
    """Start it, and kill it at some instant of its start, or of the second after it was ready."""
    with monitor.running("run") as running:
        if from_ready:
            running.waits_to_say("ready: ")
            time.sleep(chance.uniform(0.0, 1.2))
        else:
            time.sleep(chance.uniform(0.3, 2.0))
        assert running.stop(signal.SIGKILL) == -signal.SIGKILL


def is_copied(path: Path) -> bool:
    """Whether the last source was learnt, and nothing waits."""
    with Ledger.open(path, owner=False) as ledger:
        waits = any(
            kept.newest() > kept.position(each.cursor("influxdb")) for each, kept in streams(ledger, shipped).items()
        )
        return bool(ledger.snapshots(LAST, 1)) and not waits
