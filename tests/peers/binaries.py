"""Where the programs of the peers are, and what to do where they are not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

PROMETHEUS = Path.home() / ".cache/monitor-servers/prometheus-3.5.0"
_GET = "no {name}: `make servers` gets it (Prometheus is built in 5 minutes, VictoriaMetrics comes from Debian)"


def found(name: str) -> Path | None:
    """`promtool`, `prometheus`, `victoria-metrics` or `vmalert`: from our cache, else from the PATH."""
    cached = PROMETHEUS / name
    if cached.is_file():
        return cached
    elsewhere = shutil.which(name)
    return Path(elsewhere) if elsewhere else None


def needed(name: str) -> Path:
    """The program, for a test: skipped without it, failed where CI is set."""
    binary = found(name)
    if binary is not None:
        return binary
    if os.environ.get("CI"):
        pytest.fail(_GET.format(name=name))
    pytest.skip(_GET.format(name=name))
