"""A peer's server as a process on a free port of the loopback interface."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_START_WITHIN = 60.0  # seconds
_ANSWER_WITHIN = 600.0  # seconds; a benchmark's queries may take long


class Server:
    """Starts on entering, ends on leaving. `command` gets `{port}` and `{folder}` replaced; `health`: a path."""

    def __init__(self, command: Sequence[str], folder: Path, health: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._health = health
        self._command = [part.format(port=self.port, folder=folder) for part in command]
        self._log = folder.parent / f"{folder.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        # Loopback is reached directly, whatever proxy the environment names.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Return when it answers; raises RuntimeError with the end of its log if it does not."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        deadline = time.monotonic() + _START_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._command[0]} did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it as an administrator would (SIGTERM); kill it if that takes too long."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_START_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def post(self, path: str, body: bytes, parameters: Sequence[tuple[str, str]] = ()) -> bytes:
        """The body of the answer; raises HTTPError."""
        address = f"{self.url}{path}?{urllib.parse.urlencode(parameters)}"
        with self._opener.open(address, body, _ANSWER_WITHIN) as answer:
            read: bytes = answer.read()
            return read

    def ask(self, path: str, **parameters: str) -> bytes:
        """A form, as both APIs take it; the body of the answer."""
        return self.post(path, urllib.parse.urlencode(parameters).encode())

    def _answers(self) -> bool:
        try:
            with self._opener.open(f"{self.url}{self._health}", timeout=_START_WITHIN) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
