"""The program as a person starts it: `python -m monitor …` with its settings in the environment."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0
"""Seconds until something that must happen is called missing."""


@dataclass(frozen=True, slots=True)
class Program:
    """A monitor in a folder of its own. `before`: what the command is run by, such as `unshare`."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    before: Sequence[str] = ()

    @property
    def ledger(self) -> Path:
        """Its ledger."""
        return self.folder / "ledger.sqlite"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*self.before, sys.executable, "-m", "monitor", *arguments],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    @contextmanager
    def running(self, *arguments: str) -> Iterator[Running]:
        """A command that runs until it is stopped; whatever happens, it does not outlive the block."""
        said = self.folder / f"said-{time.monotonic_ns()}.txt"
        with (
            said.open("wb") as log,
            subprocess.Popen(
                [*self.before, sys.executable, "-m", "monitor", *arguments],
                cwd=self.folder,
                env=self._environment(),
                stderr=log,
                stdout=log,
            ) as process,
        ):
            try:
                yield Running(process, said)
            finally:
                process.kill()

    def _environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if not name.startswith("MONITOR_")}
        return {
            **ours,
            "NO_PROXY": "*",
            "PYTHONPATH": str(ROOT),
            "MONITOR_LEDGER__PATH": str(self.ledger),
            "MONITOR_SOURCES__OPENROUTER_MODELS__ENABLED": "false",
            "MONITOR_HTTP__ENABLED": "false",
            **self.settings,
        }


@dataclass(frozen=True, slots=True)
class Running:
    """A process and what it says."""

    process: subprocess.Popen[bytes]
    log: Path

    def says(self, words: str) -> bool:
        """Whether it has said that."""
        return words in self.log.read_text()

    def waits_to_say(self, words: str) -> None:
        """Return when it has said that."""
        until(lambda: self.says(words), lambda: f"{words!r} in:\n{self.log.read_text()}")

    def stop(self, signal_number: int) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(signal_number)
        return self.process.wait(PATIENCE)


def until(holds: Callable[[], bool], otherwise: Callable[[], str], *, patience: float = PATIENCE) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.02)
