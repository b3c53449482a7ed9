"""Prometheus over the fleet: range queries of a server over back-filled blocks, and promtool's rule tester."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.bench.fleet.queries import Queried, twice
from tests.bench.fleet.series import Fleet
from tests.peers.process import Server
from tests.peers.promtool import asking
from tests.peers.twin import Twin, their_file


def backfill(promtool: Path, of: Fleet, folder: Path) -> None:
    """The fleet as blocks of a server's storage."""
    text = folder.parent / "fleet.om"
    with text.open("w") as lines:
        for metric in of.prices:
            lines.write(f"# TYPE {metric} gauge\n")
            for name, values in of.named():
                if name.startswith(f"{metric}{{"):
                    rows = np.flatnonzero(~np.isnan(values)).tolist()
                    lines.writelines(f"{name} {values[row].item()!r} {of.hours[row]}\n" for row in rows)
        lines.write("# EOF\n")
    command = [str(promtool), "tsdb", "create-blocks-from", "--max-block-duration=744h", "openmetrics"]
    subprocess.run([*command, str(text), str(folder)], check=True, stdout=subprocess.DEVNULL)


def server(prometheus: Path, folder: Path) -> Server:
    """A Prometheus that scrapes nothing and keeps what is old."""
    config = folder.parent / "prometheus.yml"
    config.write_text("global: {}\n")
    command = (
        str(prometheus),
        f"--config.file={config}",
        "--storage.tsdb.path={folder}",
        "--storage.tsdb.retention.time=100y",
        "--query.timeout=10m",
        "--web.listen-address=127.0.0.1:{port}",
    )
    return Server(command, folder, "/-/ready")


def queried(started: Server, twins: Sequence[Twin], of: Fleet) -> Queried:
    """Range queries of the rules' expressions, after a start and again."""
    started.stop()
    started.start()
    return twice(started, twins, of)


def tested(promtool: Path, twins: Sequence[Twin], of: Fleet, folder: Path, within: float) -> float | str:
    """Seconds of `promtool test rules` over the whole fleet, asked once at the end, or why not."""
    rules = folder / "promtool.rules.yaml"
    rules.write_text(their_file(twins))
    path = folder / "promtool.yaml"
    path.write_text(asking(rules.name, of.named(), [len(of.hours) - 1], "ALERTS"))
    begun = time.perf_counter()
    try:
        command = [str(promtool), "test", "rules", str(path)]
        subprocess.run(command, check=False, capture_output=True, timeout=within)
    except subprocess.TimeoutExpired:
        return f"not in {within:.0f} s"
    return time.perf_counter() - begun
