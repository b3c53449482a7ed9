"""`/healthz` and `/readyz`: for whoever starts the monitor again, and for whoever relies on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_PATIENCE = 10.0  # seconds: longer than any transaction of the monitor holds others up

Answers = Callable[[], Awaitable[str | None]]
"""Waits until event loop, ledger and schedule have answered; a line on how things stand, None where one does not."""


async def healthz(request: Request) -> Response:
    """200 while the watchdog of systemd would be fed, else 503: start it again."""
    doing = await _doing(request.app.state.surface.answers)
    return _answer(healthy=doing is not None, doing=doing)


async def readyz(request: Request) -> Response:
    """200 while all steps of the monitor go well, else 503 with those that do not."""
    surface = request.app.state.surface
    doing = await _doing(surface.answers)
    amiss = await asyncio.to_thread(surface.amiss)
    return _answer(healthy=doing is not None and not amiss, doing=doing, amiss=amiss)


async def _doing(answers: Answers) -> str | None:
    try:
        return await asyncio.wait_for(answers(), _PATIENCE)
    except TimeoutError:
        return None


def _answer(*, healthy: bool, doing: str | None, amiss: Sequence[str] = ()) -> Response:
    said = doing or "event loop, ledger or schedule does not answer"
    return JSONResponse({"ok": healthy, "doing": said, "amiss": list(amiss)}, 200 if healthy else 503)
