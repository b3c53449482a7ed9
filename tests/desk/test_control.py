"""The socket beside the ledger: other processes act through the monitor that runs, and nobody else does."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from monitor.desk.control import Control, asked
from monitor.errors import ActionError
from monitor.ledger import Ledger
from tests.desk.test_desk import deeds, desk_of
from tests.dispatching.market import Market

ACK = {"actor": "ada", "alert": "Busy", "labels": json.dumps({"model": "a"})}
SILENCE = {"actor": "ada", "match": 'model="a"', "for": "2d", "times": "", "reason": "planned"}


@contextmanager
def listening(market: Market) -> Iterator[Path]:
    """A monitor's socket; the path of its ledger."""
    stop, loop = asyncio.Event(), asyncio.new_event_loop()
    path = market.ledger.path
    thread = Thread(target=lambda: loop.run_until_complete(Control(desk_of(market), path).run(stop)))
    thread.start()
    try:
        _wait_for(path)
        yield path
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def _socket(ledger: Path) -> Path:
    return ledger.with_name(f"{ledger.name}.control")


def test_another_process_acts_through_the_monitor_that_runs(ledger: Ledger) -> None:
    """What the desk says comes back, a refusal as the error it was, with its hint."""
    market = Market(ledger)
    market.day(a=200)
    with listening(market) as path:
        assert str(asked(path, "acknowledge", ACK)).startswith('acknowledged alertname="Busy", model="a"')
        with pytest.raises(ActionError, match="somebody did that already"):
            asked(path, "acknowledge", ACK)
        assert str(asked(path, "silence", SILENCE)).startswith('silenced model="a", until 2026-02-07 00:20 UTC')
        with pytest.raises(ActionError) as caught:
            asked(path, "silence", {**SILENCE, "match": "model"})
        assert "column 1" in str(caught.value)
        assert caught.value.hint
    assert [each.actor for each in deeds(ledger)] == ["ada", "ada"]
    assert not _socket(ledger.path).exists()


def test_only_its_owner_can_reach_it(ledger: Ledger) -> None:
    """The socket is no wider open than the ledger."""
    with listening(Market(ledger)) as path:
        assert stat.S_IMODE(_socket(path).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"{}\n", b"[1]\n", b'{"do": "exit", "with": {}}\n', b"x" * 100_000, b"\xff\n"]
)
def test_rubbish_is_refused_and_it_goes_on(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, line: bytes) -> None:
    """Whatever comes, the next request is answered."""
    monkeypatch.chdir(ledger.path.parent)  # names of sockets have to be short
    market = Market(ledger)
    market.day(a=200)
    with listening(market) as path:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(_socket(path).name)
            channel.sendall(line)
            channel.shutdown(socket.SHUT_WR)
            answer = channel.makefile("rb").readline()
        assert answer == b"" or "not understood" in json.loads(answer)["refused"]
        assert asked(path, "acknowledge", ACK)


def test_a_socket_that_a_dead_monitor_left_is_nobody(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then one acts on the ledger itself; the next monitor takes its place."""
    monkeypatch.chdir(ledger.path.parent)
    market = Market(ledger)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(_socket(ledger.path).name)
    assert asked(ledger.path, "unsilence", {"actor": "ada", "id": "x"}) is None
    with listening(market) as path, pytest.raises(ActionError, match="no silence"):
        asked(path, "unsilence", {"actor": "ada", "id": "x"})


def _wait_for(path: Path) -> None:
    with suppress(ActionError):  # it answers: there is no such silence
        while asked(path, "unsilence", {"actor": "ada", "id": "x"}) is None:
            pass


def test_where_nobody_listens_there_is_no_answer(tmp_path: Path) -> None:
    """No socket at all."""
    assert asked(tmp_path / "ledger.sqlite", "unsilence", {"actor": "ada", "id": "x"}) is None


def test_a_long_path_is_no_trouble(tmp_path: Path) -> None:
    """Names of sockets end after 107 bytes; folders do not."""
    folder = tmp_path / ("x" * 120)
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        market = Market(ledger)
        market.day(a=200)
        with listening(market) as path:
            assert asked(path, "acknowledge", ACK)
