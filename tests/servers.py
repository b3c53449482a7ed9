"""Real servers for tests, each on a free port of the loopback interface with its files in a temporary folder."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

INFLUXD = Path.home() / ".cache/monitor-servers/influxdb-1.8.10/influxd"
GET_INFLUXD = "no InfluxDB 1.8.10: `make servers` builds it (2 minutes), or name one in MONITOR_TEST_INFLUXD"
DATABASE = "monitor"
BUCKET = "monitor/autogen"
ADMIN = ("admin", "correct-horse-battery")

_START_WITHIN = 30.0  # seconds
_CONFIG = """\
reporting-disabled = true
bind-address = "127.0.0.1:0"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = {auth}
  flux-enabled = {flux}
  log-enabled = false
"""


class InfluxDB1:
    """An InfluxDB 1.8 that can be stopped, killed and started again on the same port and folder.

    `flux`: whether it takes Flux queries, for which it needs three seconds more to start.
    """

    def __init__(self, binary: Path, folder: Path, *, flux: bool = False) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._login: dict[str, str] = {}
        self._flux = flux
        self._binary = binary
        self._config = folder / "influxdb.conf"
        self._log = folder / "influxd.log"
        self._process: subprocess.Popen[bytes] | None = None
        # Loopback is reached directly, whatever proxy the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        folder.mkdir(parents=True, exist_ok=True)
        self._configure(auth=False)

    def start(self) -> None:
        """Start it and return when it answers; does nothing while it runs."""
        if self._process is not None:
            return
        with self._log.open("ab") as log:
            command = [str(self._binary), "run", "-config", str(self._config)]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"influxd did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it as an administrator would (SIGTERM)."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_START_WITHIN)
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_START_WITHIN)
            self._process = None

    def series(self, statement: str, *, epoch: str = "s") -> list[dict[str, Any]]:
        """What one InfluxQL statement finds: `name`, `tags` (with GROUP BY), `columns` and `values` of each series.

        Times are whole numbers of `epoch`.
        """
        parameters = {"db": DATABASE, "q": statement, "epoch": epoch, **self._login}
        address = f"{self.url}/query?{urllib.parse.urlencode(parameters)}"
        with self._opener.open(address, b"", _START_WITHIN) as answer:
            result = json.load(answer)["results"][0]
        assert "error" not in result, result
        found: list[dict[str, Any]] = result.get("series", [])
        return found

    def rows(self, statement: str, *, epoch: str = "s") -> list[dict[str, Any]]:
        """The same as rows, the tags among their columns."""
        return [
            {**series.get("tags", {}), **dict(zip(series["columns"], row, strict=True))}
            for series in self.series(statement, epoch=epoch)
            for row in series["values"]
        ]

    def demand(self, user: str, password: str) -> None:
        """From now on let only this user in."""
        self.rows(f"CREATE USER {user} WITH PASSWORD '{password}' WITH ALL PRIVILEGES")
        self._login = {"u": user, "p": password}
        self.stop()
        self._configure(auth=True)
        self.start()

    def write(self, line: str) -> None:
        """One line of line protocol, past the sink."""
        with self._opener.open(f"{self.url}/write?db={DATABASE}", line.encode(), _START_WITHIN) as answer:
            assert answer.status == 204

    def _configure(self, *, auth: bool) -> None:
        chosen = {"auth": str(auth).lower(), "flux": str(self._flux).lower()}
        self._config.write_text(_CONFIG.format(folder=self._config.parent, port=self.port, **chosen))

    def _answers(self) -> bool:
        try:
            with self._opener.open(f"{self.url}/ping", timeout=_START_WITHIN) as answer:
                return bool(answer.status == 204)
        except (urllib.error.URLError, ConnectionError):
            return False


@pytest.fixture(scope="session")
def influxdb_1_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB1]:
    """One InfluxDB 1.8 for all tests of a worker."""
    server = InfluxDB1(_influxd(), tmp_path_factory.mktemp("influxdb"))
    yield server
    server.kill()


@pytest.fixture
def influxdb_1(influxdb_1_server: InfluxDB1) -> InfluxDB1:
    """A running InfluxDB 1.8 with an empty database and no authentication."""
    influxdb_1_server.start()
    influxdb_1_server.rows(f"DROP DATABASE {DATABASE}")
    influxdb_1_server.rows(f"CREATE DATABASE {DATABASE}")
    return influxdb_1_server


@pytest.fixture
def influxdb_1_auth(tmp_path: Path) -> Iterator[InfluxDB1]:
    """A running InfluxDB 1.8 with an empty database that only ADMIN may use."""
    server = InfluxDB1(_influxd(), tmp_path / "influxdb")
    try:
        server.start()
        server.demand(*ADMIN)
        server.rows(f"CREATE DATABASE {DATABASE}")
        yield server
    finally:
        server.kill()


def _influxd() -> Path:
    binary = Path(os.environ.get("MONITOR_TEST_INFLUXD") or INFLUXD)
    if binary.is_file():
        return binary
    if os.environ.get("CI"):
        pytest.fail(GET_INFLUXD)
    pytest.skip(GET_INFLUXD)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
