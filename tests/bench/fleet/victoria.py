"""VictoriaMetrics over the fleet: range queries, and vmalert's replay of the rules."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tests.bench.fleet.queries import Queried, twice
from tests.bench.fleet.series import Fleet
from tests.peers import victoria
from tests.peers.process import Server
from tests.peers.twin import Twin, their_file


def lines(of: Fleet) -> Iterator[str]:
    """Every sample in Prometheus' text format, with milliseconds."""
    for name, values in of.named():
        rows = np.flatnonzero(~np.isnan(values)).tolist()
        yield from (f"{name} {values[row].item()!r} {of.hours[row] * 1000}\n" for row in rows)


def queried(started: Server, twins: Sequence[Twin], of: Fleet) -> Queried:
    """Range queries of the rules' expressions, after a start without any cache and again."""
    started.stop()
    shutil.rmtree(started.folder / "cache", ignore_errors=True)
    started.start()
    return twice(started, twins, of)


def replayed(vmalert: Path, started: Server, twins: Sequence[Twin], of: Fleet, within: float) -> float | str:
    """Seconds in which vmalert judges the rules over all hours and writes the alerts back, or why it did not."""
    rules = started.folder.parent / "vmalert.yaml"
    rules.write_text(their_file(twins))
    begun = time.perf_counter()
    try:
        victoria.replay(vmalert, started, rules, of.hours, within)
    except subprocess.TimeoutExpired:
        return f"not in {within:.0f} s"
    except subprocess.CalledProcessError as failed:
        return f"failed after {time.perf_counter() - begun:.0f} s ({_reason(failed.stderr)})"
    return time.perf_counter() - begun


def _reason(log: str) -> str:
    """What stands last of an error in a log of vmalert."""
    last = [line for line in log.splitlines() if "error" in line or "fatal" in line][-1:]
    return last[0].rsplit(": ", 1)[-1] if last else "no reason given"
