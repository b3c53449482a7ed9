"""A child process that is killed (SIGKILL) as it comes to the Nth line, each counted once, of what writes files."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

_OF = (
    "/monitor/backups.py",
    "/monitor/ledger/copies.py",
    "/monitor/ledger/replacing.py",
    "/monitor/ledger/restoring.py",
)
Traced = Callable[[FrameType, str, object], Any]


def dies_at(number: int, work: Callable[[], object]) -> bool:
    """Whether a child that does `work` was killed before its line of that number (from 1); else it came to its end."""
    child = os.fork()
    if child == 0:
        _live(number, work)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed in a way of its own"
    return os.WIFSIGNALED(status)


def _live(number: int, work: Callable[[], object]) -> None:
    seen: set[tuple[str, int]] = set()

    def line(frame: FrameType, event: str, _: object) -> Traced:
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
            if len(seen) == number:
                os.kill(os.getpid(), signal.SIGKILL)
        return line

    def call(frame: FrameType, _: str, __: object) -> Traced | None:
        return line if frame.f_code.co_filename.endswith(_OF) else None

    code = 1
    try:
        sys.settrace(call)
        work()
        code = 0
    finally:
        sys.settrace(None)
        os._exit(code)
