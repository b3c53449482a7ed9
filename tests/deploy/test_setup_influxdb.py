"""Setting an empty InfluxDB 2.7 up: the token is the one that was chosen, and Grafana's may only read."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.grafana import DEPLOY
from tests.servers import InfluxDB2
from tests.sinks.test_alert_lines import flux


class Empty(InfluxDB2):
    """Nobody has set it up."""

    bucket = org = "market"
    _is_set_up = True


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[InfluxDB2]:
    """A running InfluxDB 2.7 without users."""
    server = Empty(Empty.binary(), tmp_path / "influxdb")
    try:
        server.start()
        yield server
    finally:
        server.kill()


def set_up(server: InfluxDB2, folder: Path) -> None:
    places = {"URL": server.url, "ORG": server.org, "BUCKET": server.bucket}
    environ = {f"MONITOR_INFLUXDB__{name}": value for name, value in places.items()}
    subprocess.run(
        [sys.executable, str(DEPLOY / "setup_influxdb.py")],
        env={**environ, "SECRETS": str(folder), "READING": str(folder)},
        check=True,
    )


def test_set_up_once(empty: InfluxDB2, tmp_path: Path) -> None:
    """The chosen token writes; the one that is left reads the bucket and can not write; again nothing changes."""
    for name, secret in (("influxdb_password", "a-password-of-tests"), ("influxdb__token", empty.token)):
        (tmp_path / name).write_text(secret + "\n", encoding="utf-8")
    set_up(empty, tmp_path)
    left = (tmp_path / "token").read_text(encoding="utf-8")
    set_up(empty, tmp_path)
    assert (tmp_path / "token").read_text(encoding="utf-8") == left
    empty.write("tokens,model=m value=1 1770854400000000000")
    empty.token = left
    found = flux(empty, 'from(bucket: "market") |> range(start: 0)')
    assert [row["_value"] for row in found] == ["1"]
    with pytest.raises(urllib.error.HTTPError, match="403"):
        empty.write("tokens,model=m value=2 1770854400000000000")
