"""The HTTP surface of `monitor run`: probes that answer, figures of this process, an end with the monitor."""

from __future__ import annotations

import json
import re
import signal
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.acceptance.process import Program, Running

SAID = re.compile(r"page: (http://127\.0\.0\.1:\d+)")


def asked(address: str, method: str = "GET") -> tuple[int, str]:
    """Status and body."""
    request = urllib.request.Request(address, method=method)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def page(running: Running) -> str:
    """Where it is served."""
    running.waits_to_say("page: http")
    found = SAID.search(running.log.read_text())
    assert found
    return found[1]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A monitor without sources, whose surface is at a port that is free."""
    return Program(tmp_path, {"MONITOR_HTTP__ENABLED": "true", "MONITOR_HTTP__LISTEN": "127.0.0.1:0"})


def test_a_running_monitor_answers(program: Program) -> None:
    """Ready once it runs; its figures are of this process; nothing but reading; it ends with the monitor, at once."""
    with program.running("run") as running:
        address = page(running)
        status, said = asked(f"{address}/readyz")
        assert (status, json.loads(said)["amiss"]) == (200, [])
        assert json.loads(asked(f"{address}/healthz")[1])["doing"].startswith("0 sources polled; 0 alerts firing")
        status, figures = asked(f"{address}/metrics")
        assert status == 200
        assert re.search(r'^monitor_rules\{version="current"\} [1-9]', figures, re.MULTILINE)
        assert re.search(r"^process_resident_memory_bytes [1-9]", figures, re.MULTILINE)
        assert asked(f"{address}/healthz", "POST")[0] == 405
        assert running.stop(signal.SIGTERM) == 0
    with pytest.raises(urllib.error.URLError, match="refused"):
        asked(f"{address}/healthz")


@pytest.mark.parametrize("listen", ["8642", "localhost:8642", "127.0.0.1:70000", "127.0.0.1:", "::1:x"])
def test_a_wrong_address_is_refused_at_the_start(program: Program, listen: str) -> None:
    """With the setting, and what is expected; a bare name could mean several addresses."""
    program.settings["MONITOR_HTTP__LISTEN"] = listen
    done = program.run("run")
    assert done.returncode == 2
    assert "MONITOR_HTTP__LISTEN" in done.stderr
    assert "expected an IP address and a port, such as 127.0.0.1:8642 or [::1]:8642" in done.stderr
