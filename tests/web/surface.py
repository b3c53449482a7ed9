"""The surface over figures that a test writes, asked without a socket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from monitor.ledger import Ledger
from monitor.model.bar import instant
from monitor.status import Names, status
from monitor.web import Surface, app
from monitor.web.guard import LOOPBACK
from monitor.web.metrics import Figures

HERE = "http://127.0.0.1:8642"
NOON = instant(1_770_000_000)


@dataclass
class Shown:
    """What a monitor says of itself; the ledger is an empty one of the test."""

    ledger: Ledger
    doing: str | None = "2 sources polled"
    amiss: Sequence[str] = ()
    steps: dict[tuple[str, str], int] = field(default_factory=dict)
    names: Names = field(default_factory=lambda: Names((), {}, ()))

    def surface(self) -> Surface:
        """As the app is given it."""

        async def answers() -> str | None:
            return self.doing

        def figures() -> Figures:
            return Figures(status(self.ledger, self.names, NOON), self.steps, {}, self.ledger.outbox.queues())

        return Surface(answers, lambda: self.amiss, figures)

    async def asks(self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> httpx.Response:
        """One request, by a name of this machine unless `headers` say otherwise."""
        transport = httpx.ASGITransport(app(self.surface(), LOOPBACK))
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            return await client.request(method, path, headers=headers)
