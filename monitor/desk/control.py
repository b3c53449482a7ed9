"""The desk for other processes of this machine: a socket beside the ledger, which its owner alone may use.

A request is a line of JSON, `{"do": NAME, "with": {…}}`; the answer is `{"said": …}` or `{"refused": …, "hint": …}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from monitor.desk.desk import Desk
from monitor.desk.wishes import wished
from monitor.errors import ActionError, LedgerError, MonitorError
from monitor.model.bar import seconds
from monitor.model.labels import Labels
from monitor.ports import Actor

_log = logging.getLogger(__name__)
_LONGEST = 64 * 1024  # bytes of a request or an answer
_PATIENCE = 60.0  # seconds until an answer

Given = Mapping[str, str]


class Control:
    """Listens while the monitor runs."""

    def __init__(self, desk: Desk, ledger: Path) -> None:
        self._desk = desk
        self._path = _beside(ledger)

    async def run(self, stop: asyncio.Event) -> None:
        """See `monitor.ports.Listener`."""
        self._path.unlink(missing_ok=True)  # of a monitor that died: this one owns the ledger
        with _short(self._path) as path:
            server = await asyncio.start_unix_server(self._serve, path, limit=_LONGEST)
        self._path.chmod(0o600)
        async with server:
            await stop.wait()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            answer = await asyncio.to_thread(self._answer, await reader.readline())
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _answer(self, line: bytes) -> Mapping[str, str | None]:
        try:
            request = json.loads(line)
            return {"said": act(self._desk, str(request["do"]), request["with"])}
        except MonitorError as error:
            return {"refused": error.message, "hint": error.hint}
        except (ValueError, TypeError, KeyError):
            _log.warning("control: a request that is not understood was refused")
            return {"refused": "this request is not understood", "hint": "is it of another version of this program?"}


def act(desk: Desk, verb: str, given: Given) -> str:
    """Do one thing by its name; raises ActionError, LedgerError, and KeyError for what is not known or missing."""
    actor = Actor(given["actor"], "command line")
    acts: Mapping[str, Callable[[], str]] = {
        "acknowledge": lambda: desk.acknowledge_alert(given["alert"], Labels.of(json.loads(given["labels"])), actor),
        "silence": lambda: desk.silence_matching(
            wished(
                given["match"], seconds(desk.now()), lasts=given["for"], reason=given["reason"], times=given["times"]
            ),
            actor,
        ),
        "unsilence": lambda: desk.unsilence(given["id"], actor),
    }
    return acts[verb]()


def asked(ledger: Path, verb: str, given: Given) -> str | None:
    """What the monitor that runs over this ledger says; None if none does. Raises ActionError, LedgerError."""
    path = _beside(ledger)
    if not path.exists():
        return None
    try:
        with _short(path) as short, socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(_PATIENCE)
            channel.connect(short)
            channel.sendall(json.dumps({"do": verb, "with": given}).encode() + b"\n")
            with channel.makefile("rb") as lines:
                answer = json.loads(lines.readline(_LONGEST))
    except ConnectionRefusedError:
        return None  # of a monitor that died
    except (OSError, ValueError) as error:
        raise LedgerError(f"the running monitor did not answer: {type(error).__name__}") from None
    if "said" not in answer:
        raise ActionError(str(answer.get("refused")), hint=answer.get("hint"))
    return str(answer["said"])


def _beside(ledger: Path) -> Path:
    return ledger.with_name(f"{ledger.name}.control")


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name of the path that is short enough: those of sockets end after 107 bytes (unix(7), sun_path)."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
