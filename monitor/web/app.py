"""The surface as an ASGI app: what is answered at which path."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor.errors import LedgerError
from monitor.web.guard import Guard
from monitor.web.metrics import Figures, metrics
from monitor.web.probes import Answers, healthz, readyz


@dataclass(frozen=True, slots=True)
class Surface:
    """What is shown. `answers` is awaited; all else is called in threads, and may raise LedgerError.

    `amiss`: what does not go well now, a sentence each.
    """

    answers: Answers
    amiss: Callable[[], Sequence[str]]
    figures: Callable[[], Figures]


def app(surface: Surface, hosts: Collection[str]) -> Starlette:
    """The app, which answers to these names alone."""
    routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]
    made = Starlette(
        routes=routes, middleware=[Middleware(Guard, hosts=hosts)], exception_handlers={LedgerError: _unavailable}
    )
    made.state.surface = surface
    return made


async def _unavailable(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 503)
