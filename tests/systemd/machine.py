"""A machine with a real systemd, in namespaces of this one: its own files, processes and network."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.process import PATIENCE, until

BOOT = Path(__file__).with_name("boot.sh")
SYSTEMD = Path("/lib/systemd/systemd")
_PROGRAMS = ("unshare", "nsenter", "pivot_root", "ip")
_CLONE_NEWNET = 0x40000000
_ENTER = ("sh", "-c", 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"', "enter")
_UNSHARE = ("unshare", "-m", "-p", "-f", "-u", "-i", "-n", "-C", "--kill-child")


@dataclass(frozen=True, slots=True)
class Machine:
    """`pid`: its first process, as it is called here."""

    pid: int

    def start(self, *words: str, **surroundings: str) -> subprocess.Popen[str]:
        """Begin a command in it, as root."""
        entered = ("nsenter", "--target", str(self.pid), "-m", "-p", "-u", "-i", "-n", "-C", "--")
        environ = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "SYSTEMD_COLORS": "0",
            "LD_LIBRARY_PATH": "/opt/python/lib",
            **surroundings,
        }
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen([*entered, *words], env=environ, text=True, **pipes)  # type: ignore[call-overload,no-any-return]

    def run(self, *words: str, code: int = 0, **surroundings: str) -> str:
        """Run a command in it to its end, which has to be this one; what it says."""
        with self.start(*words, **surroundings) as process:
            said, _ = process.communicate(timeout=2 * PATIENCE)
        assert process.returncode == code, f"{words} ended with {process.returncode}:\n{said}"
        return said

    def path(self, path: str) -> Path:
        """A file of it, as it is reached from here."""
        return Path(f"/proc/{self.pid}/root{path}")

    def in_network(self, act: Callable[[], object]) -> None:
        """Do something of this process in its network: a socket that is opened there stays there."""

        def enter() -> None:
            with Path(f"/proc/{self.pid}/ns/net").open("rb") as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            act()

        entering = threading.Thread(target=enter)  # only a thread of its own can be in another network
        entering.start()
        entering.join()


@contextmanager
def booted(folder: Path) -> Iterator[Machine]:
    """A machine that is up; skips the test, or fails it where CI is set, if there can be none."""
    _require()
    log = folder / "boot.log"
    place = folder / "machine"
    place.mkdir()
    boot = [str(BOOT), str(place), sys.base_prefix, sysconfig.get_path("purelib")]
    with (
        log.open("wb") as said,
        _control_group() as group,
        subprocess.Popen([*_ENTER, str(group), *_UNSHARE, *boot], stdout=said, stderr=said) as process,
    ):
        try:
            until(lambda: _first(process) > 0 or process.poll() is not None, log.read_text)
            machine = Machine(_first(process))
            until(lambda: _is_up(machine) or process.poll() is not None, log.read_text)
            assert process.poll() is None, log.read_text()
            yield machine
        finally:
            process.kill()


def _require() -> None:
    lacking = [name for name in _PROGRAMS if shutil.which(name) is None]
    lacking += [] if SYSTEMD.exists() else ["systemd"]
    lacking += [] if _cgroup2() else ["cgroup2"]
    why = f"a machine with systemd needs {', '.join(lacking)}" if lacking else "a machine with systemd needs root"
    if not lacking and os.geteuid() == 0:
        return
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def _cgroup2() -> Path | None:
    """Where this machine has its control groups, version 2."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    return next((Path(where) for _, where, kind, *_ in mounts if kind == "cgroup2"), None)


@contextmanager
def _control_group() -> Iterator[Path]:
    """One of its own: of two machines in the same, each would take the other's processes for its own."""
    root = _cgroup2()
    assert root is not None
    group = Path(tempfile.mkdtemp(prefix="monitor-test-", dir=root))
    try:
        yield group
    finally:
        until(lambda: _removed(group), lambda: f"processes in {group}")


def _removed(group: Path) -> bool:
    with suppress(OSError):  # while something in it still ends
        for folder in (*sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True), group):
            folder.rmdir()
    return not group.exists()


def _first(process: subprocess.Popen[bytes]) -> int:
    """The one child of `unshare`; 0 = there is none yet."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return int(children.read_text().split()[0]) if children.exists() and children.read_text() else 0


def _is_up(machine: Machine) -> bool:
    with machine.start("systemctl", "is-system-running") as asked:
        return asked.communicate()[0].strip() in ("running", "degraded")
