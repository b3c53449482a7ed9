"""The program as its user runs it, away from the settings, ledger and log of this machine."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.__main__ import main
from tests.servers import (
    influxdb,
    influxdb_1,
    influxdb_1_auth,
    influxdb_1_server,
    influxdb_2,
    influxdb_2_server,
)

__all__ = [
    "influxdb",
    "influxdb_1",
    "influxdb_1_auth",
    "influxdb_1_server",
    "influxdb_2",
    "influxdb_2_server",
]


@dataclass(frozen=True)
class Ended:
    """What a command left: exit code and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Program:
    """Runs commands in this process; `folder` is where it is started, with its state below."""

    folder: Path
    ledger: Path
    patch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> Ended:
        self.patch.setattr(sys, "argv", ["monitor", *map(str, words)])
        code = main()
        out, err = self.capture.readouterr()
        return Ended(code, out, err)

    def write(self, name: str, text: str) -> Path:
        """A file beside which the program runs."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment without settings, a home of its own, and the working folder in it."""
    for name in [name for name in os.environ if name.startswith("MONITOR_") or name == "CREDENTIALS_DIRECTORY"]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return dict(os.environ)


@pytest.fixture
def monitor(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    surroundings: dict[str, str],  # noqa: ARG001 - for what it does
) -> Iterator[Program]:
    """The program; afterwards the test run's own logging is back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # the test's own server, in the same process
    yield Program(tmp_path, tmp_path / "state/monitor/ledger.sqlite", monkeypatch, capsys)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("monitor").setLevel(logging.NOTSET)
