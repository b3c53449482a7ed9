"""What a service manager hears, over a real socket of its kind."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.systemd import Supervisor, Watchdog


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Its socket; the current folder holds it, as names of sockets have to be short."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("notify")
        listening.settimeout(5)
        yield listening


def heard(manager: socket.socket) -> list[str]:
    """The next message."""
    return manager.recv(4096).decode().splitlines()


def test_it_says_what_it_does(manager: socket.socket) -> None:
    """Ready, reloading with the time that notify-reload wants, alive with a status, stopping."""
    supervisor = Supervisor.of({"NOTIFY_SOCKET": "notify"}, 1)
    supervisor.ready()
    assert heard(manager) == ["READY=1"]
    supervisor.reloading()
    first, second = heard(manager)
    assert first == "RELOADING=1"
    assert second.removeprefix("MONOTONIC_USEC=").isdecimal()
    supervisor.alive("3 sources\npolled")
    assert heard(manager) == ["WATCHDOG=1", "STATUS=3 sources polled"]
    supervisor.stopping()
    assert heard(manager) == ["STOPPING=1"]


def test_without_a_manager_nothing_is_said() -> None:
    """Nor where its socket is gone: that is no reason to fall."""
    Supervisor.of({}, 1).ready()
    Supervisor("/nowhere/notify").ready()


def test_an_abstract_socket_is_meant_by_an_at_sign(tmp_path: Path) -> None:
    """As sd_notify(3) says."""
    name = f"monitor-test-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(f"\0{name}")
        listening.settimeout(5)
        Supervisor(f"@{name}").ready()
        assert heard(listening) == ["READY=1"]


@pytest.mark.parametrize(
    ("environ", "watchdog"),
    [
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "7"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_that_of_this_process(environ: dict[str, str], watchdog: float | None) -> None:
    """A child of a watched process is not watched."""
    assert Supervisor.of(environ, 7).watchdog == watchdog


def test_the_watchdog_is_fed_only_while_all_answer(manager: socket.socket) -> None:
    """A part that says no leaves it hungry; one that never answers too."""
    answers = iter(["well", None, "well again"])

    async def answer() -> str | None:
        found = next(answers, "hang")
        if found == "hang":
            await asyncio.sleep(60)
        return found

    async def watch() -> None:
        stop = asyncio.Event()
        watching = asyncio.create_task(Watchdog(Supervisor("notify", 0.04), answer).run(stop))
        await asyncio.sleep(0.2)
        stop.set()
        watching.cancel()

    asyncio.run(watch())
    assert heard(manager) == ["WATCHDOG=1", "STATUS=well"]
    assert heard(manager) == ["STATUS=the scheduler does not answer"]
    assert heard(manager) == ["WATCHDOG=1", "STATUS=well again"]
    manager.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    with pytest.raises(BlockingIOError):
        heard(manager)
