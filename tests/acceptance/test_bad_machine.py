"""What the machine can do to a monitor: a bomb for its memory, a full disk, files that can not be used."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from monitor.ledger import Ledger
from tests.acceptance.process import ROOT, Program

BOMB = 400 * 2**20
MAY_COST = 60 * 2**20
"""Bytes of memory that a bomb of 400 MB may take at most."""

POLL = """
import asyncio, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from pydantic import SecretStr
from monitor.catalog import shipped
from monitor.daemon import Daemon, Outside, Poll
from monitor.delivery import Delivery
from monitor.dispatch import Routes
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.rules.load import RuleSet
from monitor.sources import openrouter_models
from monitor.sources.fetch import Fetch
from datetime import timedelta

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

async def main(url, path):
    now = lambda: datetime.now(UTC)
    with Ledger.open(Path(path)) as ledger:
        fetch = Fetch(ledger, contact="test", now=now)
        source = openrouter_models.build(openrouter_models.Config(url=url), fetch)
        outside = Outside((Poll("models", source, "H * * * *"),), Delivery(ledger.outbox, {}), (),
                          lambda: RuleSet((), ()), fetch.accept, now)
        daemon = Daemon(ledger, Judging(ledger, shipped(), Routes(()), timedelta(days=1)), outside)
        await daemon.start()
        print((await daemon.poll("models")).why)
        before = peak()
        print((await daemon.poll("models")).why)
        print(peak() - before)
        await fetch.aclose()

asyncio.run(main(*sys.argv[1:]))
"""
FULL = """
import resource, sys
from datetime import timedelta
from pathlib import Path
from monitor.errors import LedgerError
from monitor.ledger import Ledger
from tests.ledger.values import START, rows_of, usage

def look(number):
    bars = {(f"{number}-{model}", START): 1.0 for model in range(200)}
    return usage(START + timedelta(hours=number), bars)

with Ledger.open(Path(sys.argv[1])) as ledger:
    ledger.learn(look(0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    kept = 1
    try:
        while True:
            ledger.learn(look(kept))
            kept += 1
    except LedgerError as fault:
        print(fault)
    print(len(rows_of(ledger.columns("tokens"))) == 200 * kept)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(ledger.learn(look(kept)), len(rows_of(ledger.columns("tokens"))) == 200 * (kept + 1))
"""
BROKEN = """
groups:
  - name: broken
    every: day
    rules:
      - {alert: One, watch: tokenz, above: 1}
      - {alert: Two, watch: tokens, above: 1, severity: high}
"""


def test_a_bomb_of_400_mb(tmp_path: Path, httpserver: HTTPServer) -> None:
    """Refused after 16 MiB of it, for at most 60 MB of memory, with a message that says how much is too much."""
    packed = _packed(BOMB)
    bombs = [_packed(0), packed]
    httpserver.expect_request("/models").respond_with_handler(
        lambda _: Response(bombs.pop(0), headers={"Content-Encoding": "gzip"})
    )
    url = httpserver.url_for("/models")
    done = _python(POLL, url, str(tmp_path / "ledger.sqlite"))
    first, second, cost = done.stdout.splitlines()
    assert "got 0 bytes" in first
    assert second == f"{url}: got more than 16,777,216 bytes, expected at most that"
    assert int(cost) < MAY_COST


def test_a_disk_that_takes_nothing_more(tmp_path: Path) -> None:
    """A real limit of the system on the size of files: the error names file and way out; what was stored is whole."""
    done = _python(FULL, str(tmp_path / "ledger.sqlite"))
    *told, kept, goes_on = done.stdout.splitlines()
    assert told[0] == f"{tmp_path / 'ledger.sqlite'}: disk I/O error"
    assert "look at the disk: `df`" in told[1]
    assert (kept, goes_on) == ("True", "True True")
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_ledger_that_can_not_be_written(tmp_path: Path) -> None:
    """Exit code 1; the file, why, and what to do; nothing is touched."""
    folder = tmp_path / "state"
    Ledger.open(folder / "ledger.sqlite").close()
    before = sorted(folder.iterdir())
    with _read_only(folder) as prefix:
        ended = Program(tmp_path, {"MONITOR_LEDGER__PATH": str(folder / "ledger.sqlite")}, prefix).run("run")
    assert ended.returncode == 1
    assert "can not be opened for writing" in ended.stderr
    assert str(folder) in ended.stderr
    assert "let this user write" in ended.stderr
    assert sorted(folder.iterdir()) == before


def test_a_ledger_of_a_newer_version(tmp_path: Path) -> None:
    """Exit code 1; both versions and what to do; not a byte is changed."""
    program = Program(tmp_path)
    Ledger.open(program.ledger).close()
    with closing(sqlite3.connect(program.ledger)) as raw:
        raw.execute("PRAGMA user_version = 99")
    before = program.ledger.read_bytes()
    for command in ("run", "status"):
        ended = program.run(command)
        assert ended.returncode == 1
        assert "was written by a newer program: it has version 99" in ended.stderr
        assert "install the newer program again" in ended.stderr
        assert "Traceback" not in ended.stderr
    assert program.ledger.read_bytes() == before


def test_broken_rules_at_the_start(tmp_path: Path) -> None:
    """Exit code 2; every problem of every file with its place, on standard error; nothing was asked or told."""
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(BROKEN.replace("One", f"{name[0].upper()}One").replace("Two", f"{name[0]}Two"))
    ended = Program(tmp_path, {"MONITOR_RULES": str(tmp_path)}).run("run")
    assert ended.returncode == 2
    places = [line.split(":")[:2] for line in ended.stderr.splitlines() if ".yaml:" in line]
    assert places == [["a.yaml", "6"], ["a.yaml", "7"], ["b.yaml", "6"], ["b.yaml", "7"]]
    assert "unknown metric 'tokenz'" in ended.stderr
    assert "did you mean 'tokens'?" in ended.stderr
    assert "Traceback" not in ended.stderr


def _packed(size: int) -> bytes:
    """So many zeros as gzip, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(2**20)
    return b"".join([*(packer.compress(piece) for _ in range(size // len(piece))), packer.flush()])


@contextmanager
def _read_only(folder: Path) -> Iterator[Sequence[str]]:
    """What a command must be run by so that it can not write there; root is only kept out by a mount."""
    if os.geteuid():
        folder.chmod(0o500)
        yield ()
        folder.chmod(0o700)
        return
    mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    prefix = (
        shutil.which("unshare") or "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        mount,
        str(folder),
    )
    try:
        subprocess.run([*prefix, "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("root needs unshare and user namespaces (util-linux; sysctl kernel.unprivileged_userns_clone=1)")
    yield prefix


def _python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_PROXY": "*"}
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
