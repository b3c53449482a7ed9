"""Tasks that run beside the daemon's loop until a stop: one that must not fail brings the stop about if it does."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")


class Workers:
    """The tasks of one run. `stop` is set when a vital one fails: better to end, and be started again, than go on."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._tasks: set[asyncio.Task[object]] = set()
        self._fault: BaseException | None = None

    def start(self, name: str, work: Coroutine[object, object, object], *, vital: bool = False) -> None:
        """Begin, in the running event loop; what fails without being vital is only said."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._vital_ended if vital else _ended)
        self._tasks.add(task)

    async def drain(self, within: timedelta) -> None:
        """Wait for all of them and cut off those that take longer; raises what a vital one failed with."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._fault is not None:
            raise self._fault

    def _vital_ended(self, task: asyncio.Task[object]) -> None:
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._fault = fault
            self._stop.set()


async def either(first: asyncio.Event, second: asyncio.Event, seconds_at_most: float) -> None:
    """Wait for one of two events, or that long."""
    waits = [asyncio.create_task(first.wait()), asyncio.create_task(second.wait())]
    await asyncio.wait(waits, timeout=seconds_at_most, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def pause(stop: asyncio.Event, seconds_at_most: float) -> None:
    """Wait that long, or until `stop`."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds_at_most)


async def until(stop: asyncio.Event, work: Coroutine[object, object, object]) -> None:
    """Have it done, or cut off at `stop`, at once; raises what it raises."""
    task, halt = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, halt}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        halt.cancel()
        task.cancel()
    await asyncio.wait({task, halt})
    if not task.cancelled():
        task.result()


def _ended(task: asyncio.Task[object]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        _log.error("%s ended with a fault of this program and is not started again", task.get_name(), exc_info=fault)


async def in_thread(call: Callable[[], _Answer], name: str) -> _Answer:
    """Run it in a thread that, unlike those of the loop's executor, never delays the end of the process."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_Answer] = loop.create_future()

    def settle(outcome: _Answer | Exception) -> None:
        if answer.cancelled():
            return
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)

    def work() -> None:
        outcome: _Answer | Exception
        try:
            outcome = call()
        except Exception as error:  # noqa: BLE001 - raised again where it is awaited
            outcome = error
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=work, name=name, daemon=True).start()
    return await answer
