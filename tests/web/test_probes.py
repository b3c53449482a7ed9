"""Probes: alive as long as all parts answer, ready as long as all steps go well."""

from __future__ import annotations

import pytest

from tests.web.surface import Shown

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("doing", "amiss", "healthy", "ready"),
    [
        ("2 sources polled", [], 200, 200),
        ("2 sources polled", ["outbox: the disk is full"], 200, 503),
        (None, [], 503, 503),
    ],
)
async def test_probes(shown: Shown, doing: str | None, amiss: list[str], healthy: int, ready: int) -> None:
    """A step that fails is no reason to start the monitor again; parts that stand still are."""
    shown.doing, shown.amiss = doing, amiss
    alive, able = await shown.asks("/healthz"), await shown.asks("/readyz")
    assert (alive.status_code, able.status_code) == (healthy, ready)
    assert able.json() == {
        "ok": ready == 200,
        "doing": doing or "event loop, ledger or schedule does not answer",
        "amiss": amiss,
    }
