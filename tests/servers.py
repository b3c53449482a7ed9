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
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

DATABASE = "monitor"
ADMIN = ("admin", "correct-horse-battery")

_CACHE = Path.home() / ".cache/monitor-servers"
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


class InfluxDB(ABC):
    """An InfluxDB that can be stopped, killed and started again on the same port and folder.

    `bucket`, `org` and `token` are what a client needs to write to its database; `get` says where it is to be had.
    """

    bucket: str
    org: str = ""
    token: str = ""
    get: ClassVar[str]

    def __init__(self, binary: Path, folder: Path) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._binary = binary
        self._folder = folder
        self._log = folder / "influxd.log"
        self._process: subprocess.Popen[bytes] | None = None
        # Loopback is reached directly, whatever proxy the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        folder.mkdir(parents=True, exist_ok=True)

    @classmethod
    @abstractmethod
    def binary(cls) -> Path:
        """Where it is; skips the test, or fails it where CI is set, if it is not there."""

    @abstractmethod
    def empty(self) -> None:
        """Make its database anew."""

    @abstractmethod
    def keeping(self, days: int) -> str:
        """Another bucket, new, that keeps points for so many days; what the sink calls it."""

    @abstractmethod
    def write(self, line: str) -> None:
        """One line of line protocol, past the sink."""

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """What starts it."""

    def start(self) -> None:
        """Start it and return when it answers; does nothing while it runs."""
        if self._process is not None:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([str(self._binary), *self._command()], stdout=log, stderr=log)
        deadline = time.monotonic() + _START_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"influxd did not start:\n{self.log()[-2000:]}")
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

    def log(self) -> str:
        """All that it has said."""
        return self._log.read_text()

    def segments(self) -> list[Path]:
        """The files of its write-ahead log, oldest first."""
        return sorted(self._folder.rglob("*.wal"))

    def series(self, statement: str, *, epoch: str = "s") -> list[dict[str, Any]]:
        """What one InfluxQL statement finds: `name`, `tags` (with GROUP BY), `columns` and `values` of each series.

        Times are whole numbers of `epoch`.
        """
        result = json.loads(self.ask("/query", b"", db=DATABASE, q=statement, epoch=epoch))["results"][0]
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

    def ask(self, path: str, body: bytes | None, method: str | None = None, **parameters: str) -> bytes:
        """What it answers to its administrator."""
        headers = {"Authorization": f"Token {self.token}"} if self.token else {}
        address = f"{self.url}{path}?{urllib.parse.urlencode(parameters)}"
        request = urllib.request.Request(address, body, headers, method=method)  # noqa: S310
        with self._opener.open(request, timeout=_START_WITHIN) as answer:
            whole: bytes = answer.read()
            return whole

    def _answers(self) -> bool:
        try:
            self.ask("/ping", None)
        except (urllib.error.URLError, ConnectionError):
            return False
        return True


class InfluxDB1(InfluxDB):
    """InfluxDB 1.8. `flux`: whether it takes Flux queries, for which it needs three seconds more to start."""

    bucket = f"{DATABASE}/autogen"
    get = "no InfluxDB 1.8.10: `make servers` builds it (2 minutes), or name one in MONITOR_TEST_INFLUXD"

    def __init__(self, binary: Path, folder: Path, *, flux: bool = False) -> None:
        super().__init__(binary, folder)
        self._config = folder / "influxdb.conf"
        self._flux = flux
        self._configure(auth=False)

    @classmethod
    def binary(cls) -> Path:
        """`.ci/run` builds it."""
        return _found("MONITOR_TEST_INFLUXD", "1.8.10", cls.get)

    def empty(self) -> None:
        self.rows(f"DROP DATABASE {DATABASE}")
        self.rows(f"CREATE DATABASE {DATABASE}")

    def keeping(self, days: int) -> str:
        self.rows(f"CREATE RETENTION POLICY short ON {DATABASE} DURATION {days}d REPLICATION 1")
        return f"{DATABASE}/short"

    def write(self, line: str) -> None:
        self.ask("/write", line.encode(), db=DATABASE)

    def demand(self, user: str, password: str) -> None:
        """From now on let only this user in."""
        self.rows(f"CREATE USER {user} WITH PASSWORD '{password}' WITH ALL PRIVILEGES")
        self.token = f"{user}:{password}"
        self.stop()
        self._configure(auth=True)
        self.start()

    def _command(self) -> Sequence[str]:
        return "run", "-config", str(self._config)

    def _configure(self, *, auth: bool) -> None:
        chosen = {"auth": str(auth).lower(), "flux": str(self._flux).lower()}
        self._config.write_text(_CONFIG.format(folder=self._folder, port=self.port, **chosen))


class InfluxDB2(InfluxDB):
    """InfluxDB 2.7; a bucket answers InfluxQL as a database of its name."""

    bucket = DATABASE
    org = "example"
    token = "a-token-of-tests"
    get = "no InfluxDB 2.7.12: `make servers` builds it (7 minutes, needs cargo), or name one in MONITOR_TEST_INFLUXD2"
    _is_set_up = False

    @classmethod
    def binary(cls) -> Path:
        """`.ci/run` builds it."""
        return _found("MONITOR_TEST_INFLUXD2", "2.7.12", cls.get)

    def start(self) -> None:
        super().start()
        if not self._is_set_up:
            names = dict(zip(("username", "password"), ADMIN, strict=True))
            wanted = {**names, "org": self.org, "bucket": self.bucket, "token": self.token}
            self.ask("/api/v2/setup", json.dumps(wanted).encode())
            self._is_set_up = True

    def empty(self) -> None:
        (old,) = json.loads(self.ask("/api/v2/buckets", None, name=self.bucket))["buckets"]
        self.ask(f"/api/v2/buckets/{old['id']}", None, "DELETE")
        self.ask("/api/v2/buckets", json.dumps({"orgID": old["orgID"], "name": self.bucket}).encode())

    def keeping(self, days: int) -> str:
        (old,) = json.loads(self.ask("/api/v2/buckets", None, name=self.bucket))["buckets"]
        name = f"short-{time.monotonic_ns()}"
        rules = [{"type": "expire", "everySeconds": days * 86_400}]
        wanted = {"orgID": old["orgID"], "name": name, "retentionRules": rules}
        self.ask("/api/v2/buckets", json.dumps(wanted).encode())
        return name

    def write(self, line: str) -> None:
        self.ask("/api/v2/write", line.encode(), org=self.org, bucket=self.bucket)

    def _command(self) -> Sequence[str]:
        paths = {"bolt-path": "bolt", "sqlite-path": "sqlite", "engine-path": "engine"}
        at = [f"--{option}={self._folder / name}" for option, name in paths.items()]
        return *at, f"--http-bind-address=127.0.0.1:{self.port}", "--reporting-disabled"


@pytest.fixture(scope="session")
def influxdb_1_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    """One InfluxDB 1.8 for all tests of a worker."""
    yield from _server(InfluxDB1, tmp_path_factory.mktemp("influxdb"))


@pytest.fixture(scope="session")
def influxdb_2_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDB]:
    """One InfluxDB 2.7 for all tests of a worker."""
    yield from _server(InfluxDB2, tmp_path_factory.mktemp("influxdb"))


@pytest.fixture
def influxdb_1(influxdb_1_server: InfluxDB) -> InfluxDB:
    """A running InfluxDB 1.8 with an empty database and no authentication."""
    return _emptied(influxdb_1_server)


@pytest.fixture
def influxdb_2(influxdb_2_server: InfluxDB) -> InfluxDB:
    """A running InfluxDB 2.7 with an empty bucket."""
    return _emptied(influxdb_2_server)


@pytest.fixture(params=["influxdb_1", "influxdb_2"])
def influxdb(request: pytest.FixtureRequest) -> InfluxDB:
    """Each of the two in turn."""
    found: InfluxDB = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def influxdb_1_auth(tmp_path: Path) -> Iterator[InfluxDB1]:
    """A running InfluxDB 1.8 with an empty database that only ADMIN may use."""
    server = InfluxDB1(InfluxDB1.binary(), tmp_path / "influxdb")
    try:
        server.start()
        server.demand(*ADMIN)
        server.rows(f"CREATE DATABASE {DATABASE}")
        yield server
    finally:
        server.kill()


def _server(version: type[InfluxDB], folder: Path) -> Iterator[InfluxDB]:
    server = version(version.binary(), folder)
    yield server
    server.kill()


def _emptied(server: InfluxDB) -> InfluxDB:
    server.start()
    server.empty()
    return server


def _found(variable: str, version: str, get: str) -> Path:
    """The binary; where CI is set it must be there."""
    binary = Path(os.environ.get(variable) or _CACHE / f"influxdb-{version}" / "influxd")
    if binary.is_file():
        return binary
    if os.environ.get("CI"):
        pytest.fail(get)
    pytest.skip(get)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
