"""VictoriaMetrics with vmalert's replay: rules over stored history, alerts read back as series."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from monitor.model.bar import Instants, instant
from tests.peers.process import Server

_LINES = 50_000  # a request of an import
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def server(binary: Path, folder: Path) -> Server:
    """A VictoriaMetrics that keeps what is old, with its files in `folder`."""
    command = (
        str(binary),
        "-httpListenAddr=127.0.0.1:{port}",
        "-storageDataPath={folder}",
        "-retentionPeriod=100y",
        "-search.maxQueryDuration=10m",
        "-search.latencyOffset=0s",
    )
    return Server(command, folder, "/health")


def fill(victoria: Server, lines: Iterable[str]) -> None:
    """Import lines of `metric{labels} value milliseconds`, and make them searchable."""
    for chunk in _chunks(lines):
        victoria.post("/api/v1/import/prometheus", chunk)
    victoria.ask("/internal/force_flush")
    victoria.ask("/internal/resetRollupResultCache")


def replay(vmalert: Path, victoria: Server, rules: Path, hours: Instants, within: float | None = None) -> str:
    """Let vmalert judge every one of the `hours`, (T,) epoch seconds in a row; returns its log.

    Raises TimeoutExpired after `within` seconds.
    """
    command = [
        str(vmalert),
        f"-rule={rules}",
        f"-datasource.url={victoria.url}",
        f"-remoteWrite.url={victoria.url}",
        "-remoteWrite.flushInterval=1s",
        f"-replay.timeFrom={instant(int(hours[0])).strftime(_MOMENT)}",
        f"-replay.timeTo={instant(int(hours[-1])).strftime(_MOMENT)}",
        "-replay.rulesDelay=0s",
        "-replay.maxDatapointsPerQuery=3000",
        # With the queue as it is by default a replay that fires much ends with "queue is full".
        "-remoteWrite.maxQueueSize=10000000",
        "-remoteWrite.maxBatchSize=10000",
        "-replay.disableProgressBar",
        "-httpListenAddr=127.0.0.1:0",
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=within)
    victoria.ask("/internal/force_flush")
    return done.stderr


def alerts(victoria: Server) -> Iterator[tuple[dict[str, str], list[int]]]:
    """The labels of each alert that fired, and the instants (epoch seconds) at which it was firing."""
    body = victoria.ask("/api/v1/export", **{"match[]": 'ALERTS{alertstate="firing"}'})
    for line in body.splitlines():
        found = json.loads(line)
        yield found["metric"], sorted(at // 1000 for at in found["timestamps"])


def _chunks(lines: Iterable[str]) -> Iterator[bytes]:
    chunk: list[str] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == _LINES:
            yield "".join(chunk).encode()
            chunk.clear()
    if chunk:
        yield "".join(chunk).encode()
