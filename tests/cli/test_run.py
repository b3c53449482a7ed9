"""`monitor run`: a real process with its signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from monitor.ledger import Ledger
from tests.cli.test_poll import MODELS, RULES

ROOT = Path(__file__).parents[2]
_PATIENCE = 30.0  # seconds: only for tests that fail


class Running:
    """A monitor in a process of its own; what it says on standard error can be waited for."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run"],
            env=environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []

    def wait_for(self, words: str) -> str:
        """The first line with these words; fails when the process ends without having said them."""
        assert self.process.stderr is not None
        patience = threading.Timer(_PATIENCE, self.process.kill)
        patience.start()
        try:
            for line in self.process.stderr:
                self.said.append(line)
                if words in line:
                    return line
        finally:
            patience.cancel()
        pytest.fail(f"it never said {words!r}, but:\n{''.join(self.said)}")

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        self.wait_for("stopped")
        return self.process.wait(timeout=30)


Start = Callable[[], Running]


@pytest.fixture
def start(tmp_path: Path, surroundings: dict[str, str], httpserver: HTTPServer) -> Iterator[Start]:
    """Starts monitors whose one source is a server on this machine; none outlives the test."""
    httpserver.expect_request("/models").respond_with_data(MODELS, content_type="application/json")
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES, encoding="utf-8")
    environ = surroundings | {
        "MONITOR_SOURCES__OPENROUTER_MODELS__URL": httpserver.url_for("/models"),
        "MONITOR_RULES": str(rules),
    }
    running: list[Running] = []

    def started() -> Running:
        running.append(Running(environ))
        return running[-1]

    yield started
    for each in running:
        each.process.kill()
        each.process.wait()
        assert each.process.stderr is not None
        each.process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_polls_at_its_start_and_ends_when_asked(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    """Case: exit code 0, and what was polled is in the ledger."""
    running = start()
    ready = running.wait_for("ready: ")
    assert "sources openrouter_models; receivers console; sinks none" in ready
    running.wait_for("poll openrouter_models: learnt")
    assert running.end(number) == 0
    assert any("source openrouter_rankings is off: needs key" in line for line in running.said)
    with Ledger.open(tmp_path / "state/monitor/ledger.sqlite", owner=False) as ledger:
        assert [each.alert for each in ledger.open_instances()] == ["Dear"]


def test_hup_reads_the_rules_again(start: Start, tmp_path: Path) -> None:
    """Case: a broken file leaves the last good rules; a sound one is taken over."""
    running = start()
    running.wait_for("poll openrouter_models: learnt")
    (tmp_path / "rules.yaml").write_text("groups: 1", encoding="utf-8")
    os.kill(running.process.pid, signal.SIGHUP)
    running.wait_for("last good")
    (tmp_path / "rules.yaml").write_text(RULES, encoding="utf-8")
    os.kill(running.process.pid, signal.SIGHUP)
    running.wait_for("1 taken over")
    assert running.end(signal.SIGTERM) == 0


def test_a_second_monitor_refuses_to_start(start: Start) -> None:
    """Case: exit code 1, and the first goes on."""
    first = start()
    first.wait_for("ready: ")
    second = start()
    second.wait_for("already in use by the monitor with process id")
    assert second.process.wait(timeout=30) == 1
    assert first.end(signal.SIGTERM) == 0


def test_broken_rules_at_the_start_are_wrong_input(start: Start, tmp_path: Path) -> None:
    """Case: exit code 2 with every problem; nothing runs with half of its rules."""
    (tmp_path / "rules.yaml").write_text("groups: 1", encoding="utf-8")
    running = start()
    running.wait_for("rules.yaml:1:9: ")
    assert running.process.wait(timeout=30) == 2
