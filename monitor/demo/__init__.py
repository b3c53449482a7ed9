"""The program at work on recorded facts: no configuration, no network, nothing left behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from monitor.demo.facts import facts
from monitor.demo.screen import Screen
from monitor.demo.story import LEDGER, Told, story
from monitor.errors import SettingsError
from monitor.ledger.encoding import notification_text
from monitor.settings import shipped_rules

__all__ = ["play"]

_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it is private; a ledger there need not wait for a disk


def play(stream: TextIO, *, as_json: bool = False, keep: Path | None = None) -> None:
    """Run the demo and write it to a stream.

    `as_json`: one notification a line and nothing else. `keep`: the folder that the ledger stays in, else it is
    deleted. Raises MonitorError, and OSError where nobody reads.
    """
    with _folder(keep) as folder, _without_proxy():
        if as_json:
            asyncio.run(_each(folder, lambda told: _print(stream, notification_text(told.notification))))
            return
        screen = Screen(stream)
        screen.opening()
        asyncio.run(_each(folder, screen.show))
        screen.closing(shipped_rules(), keep)


async def _each(folder: Path, show: Callable[[Told], None]) -> None:
    async with aclosing(story(facts(), folder)) as told:
        async for each in told:
            show(each)


def _print(stream: TextIO, line: str) -> None:
    print(line, file=stream, flush=True)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        if (keep / LEDGER).exists():
            raise SettingsError(f"{keep}: holds a ledger already", hint="name a folder that is new or empty")
        yield keep
        return
    with TemporaryDirectory(prefix="monitor-demo-", dir=_IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None) as made:
        yield Path(made)


@contextmanager
def _without_proxy() -> Iterator[None]:
    """The local server is asked directly, whatever proxy the environment names."""
    before = os.environ.get("no_proxy")
    os.environ["no_proxy"] = "*"
    try:
        yield
    finally:
        if before is None:
            del os.environ["no_proxy"]
        else:
            os.environ["no_proxy"] = before
