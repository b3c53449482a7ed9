"""The heartbeat to a dead man's switch: told while every step goes well. It is the switch that raises the alarm."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import httpx

from monitor.workers import pause

_log = logging.getLogger(__name__)
_TIMEOUT = 10.0  # seconds
_SOONER = 5  # times as often, where it was not told


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Tells `url`, a secret, every so often. `amiss`: what does not go well; is called in a thread.

    `answers`: waits until event loop, ledger and schedule have answered; None where one does not.
    """

    url: str
    every: timedelta
    answers: Callable[[], Awaitable[str | None]]
    amiss: Callable[[], Sequence[str]]

    async def run(self, stop: asyncio.Event) -> None:
        """See `monitor.ports.Listener`."""
        said = ""
        async with httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False) as client:
            while not stop.is_set():
                wrong = await self._beat(client)
                if wrong and wrong != said:
                    _log.warning("heartbeat: not told: %s", wrong)
                elif said and not wrong:
                    _log.info("heartbeat: told again")
                said = wrong
                await pause(stop, self.every.total_seconds() / (_SOONER if wrong else 1))

    async def _beat(self, client: httpx.AsyncClient) -> str:
        """Tell it, if there is nothing amiss; why it was not told."""
        doing = await self.answers()
        if doing is None:
            return "event loop, ledger or schedule does not answer"
        if amiss := await asyncio.to_thread(self.amiss):
            return "; ".join(amiss)
        try:
            answer = await client.post(self.url, json={"status": "ok", "doing": doing})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"the switch can not be reached ({type(error).__name__})"
        return "" if answer.is_success else f"the switch refuses it (HTTP {answer.status_code})"
