from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from monitor.sources.fetch import Fetch, Limits
from tests.sources.fakes import Clock, Memory


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly, whatever proxy the environment names."""
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest_asyncio.fixture
async def fetch(clock: Clock, memory: Memory) -> AsyncIterator[Fetch]:
    """A fetch on the fake clock."""
    fetch = Fetch(memory, contact="ops@example.org", now=clock.now, sleep=clock.sleep)
    yield fetch
    await fetch.aclose()


@pytest_asyncio.fixture
async def hasty(clock: Clock, memory: Memory) -> AsyncIterator[Fetch]:
    """The same, but an attempt has a fifth of a real second: for servers that never come to an end."""
    limits = Limits(attempt=0.2)
    fetch = Fetch(memory, contact="ops@example.org", now=clock.now, sleep=clock.sleep, limits=limits)
    yield fetch
    await fetch.aclose()
