"""systemd, spoken to through its own command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from monitor.errors import ServiceError

_BOOTED = Path("/run/systemd/system")  # sd_booted(3)
_LINES = "8"  # of the journal, where a start failed


def require_systemd() -> None:
    """Raise ServiceError unless systemd runs this machine and listens to this user."""
    if not _BOOTED.is_dir():
        raise ServiceError(
            f"systemd does not run this machine: there is no {_BOOTED}",
            hint="`monitor install-service --print` only prints the unit; `monitor run` runs without a service",
        )
    if os.geteuid() != 0:
        raise ServiceError(f"got user id {os.geteuid()}, expected root: this changes services", hint="use sudo")


def systemctl(*words: str) -> None:
    """Call it; raises ServiceError with what it says."""
    code, said = _called("systemctl", *words)
    if code:
        raise ServiceError(f"systemctl {' '.join(words)}: {said}")


def start(name: str) -> None:
    """Start a unit, anew if it runs; returns when it is ready, raises ServiceError with what it said last."""
    code, said = _called("systemctl", "restart", name)
    if code:
        _, logged = _called("journalctl", "--unit", name, "--lines", _LINES, "--output", "cat", "--no-pager")
        raise ServiceError(
            f"{name} did not start: {said}\n{logged}", hint=f"correct what it says, then: systemctl restart {name}"
        )


def _called(*words: str) -> tuple[int, str]:
    """Exit code, and what was said."""
    ended = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603 - words of this program
    return ended.returncode, ended.stdout.strip()
