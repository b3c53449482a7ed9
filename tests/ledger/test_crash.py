"""SIGKILL in mid-write: what was acknowledged is there, what was not is there whole or not at all."""

from __future__ import annotations

import itertools
import sqlite3
import subprocess
import sys
from pathlib import Path

from monitor.ledger import Ledger

ROOT = Path(__file__).parents[2]


def test_killed_writers_lose_nothing_acknowledged(path: Path) -> None:
    """Five writers, one after the other, each killed while it writes; then integrity, and every step complete."""
    acknowledged = -1
    for kills in range(5):
        acknowledged = _killed_after(path, acknowledged + 1, acks=3 + 2 * kills)
        _check(path, acknowledged)


def _killed_after(path: Path, first: int, acks: int) -> int:
    """Start a writer at `first`, kill it when it has acknowledged so many steps; the last one it acknowledged."""
    command = [sys.executable, "-m", "tests.ledger.writer", str(path), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdout is not None
        lines = [int(line) for line in itertools.islice(writer.stdout, acks)]
        writer.kill()
        lines += [int(line) for line in writer.stdout if line.endswith("\n")]
    assert len(lines) >= acks
    return lines[-1]


def _check(path: Path, acknowledged: int) -> None:
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()
    with Ledger.open(path) as ledger:
        judged = ledger.judged("PriceCut", "openrouter")
        assert judged is not None
        assert acknowledged <= judged <= acknowledged + 1
        assert len(ledger.transitions(limit=10_000)) == judged + 1
        assert ledger.outbox.counts()["pending"] == judged + 1
        assert {state.since for state in ledger.states("PriceCut", "openrouter").values()} == {judged}
        assert len(ledger.columns("tokens").values) in {20 * (judged + 1), 20 * (judged + 2)}
