"""Range queries of rules' expressions over all of the fleet's hours, as both peers take them."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.model.bar import HOUR
from tests.bench.fleet.series import Fleet
from tests.peers.process import Server
from tests.peers.twin import Twin


@dataclass(frozen=True, slots=True)
class Queried:
    """Seconds of all queries of a rule set: just after a start of the server, and the best of three after that."""

    cold: float
    warm: float


def twice(server: Server, twins: Sequence[Twin], of: Fleet) -> Queried:
    """Ask everything four times; answers are read to their end and not parsed."""
    first, *others = (_ask(server, twins, of) for _ in range(4))
    return Queried(first, min(others))


def _ask(server: Server, twins: Sequence[Twin], of: Fleet) -> float:
    span = {"start": str(of.hours[0]), "end": str(of.hours[-1]), "step": str(HOUR)}
    forms = [urllib.parse.urlencode({"query": twin.expr, **span}).encode() for twin in twins]
    begun = time.perf_counter()
    for form in forms:
        server.post("/api/v1/query_range", form)
    return time.perf_counter() - begun
