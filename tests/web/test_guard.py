"""Who may ask: only by a name of its own, and no page of another origin."""

from __future__ import annotations

import pytest

from tests.web.surface import Shown

pytestmark = pytest.mark.asyncio
PATHS = ("/healthz", "/readyz", "/metrics")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "127.0.0.1:8642"}, 200),
        ({"Host": "localhost:8642"}, 200),
        ({"Host": "LOCALHOST"}, 200),
        ({"Host": "[::1]:8642"}, 200),
        ({"Host": "rebound.example:8642"}, 400),
        ({"Host": "127.0.0.1.example"}, 400),
        ({"Host": ""}, 400),
        ({"Host": "127.0.0.1:8642", "X-Forwarded-Host": "rebound.example"}, 200),
        ({"Host": "127.0.0.1:8642", "Origin": "http://127.0.0.1:8642"}, 200),
        ({"Host": "127.0.0.1:8642", "Origin": "http://127.0.0.1:3000"}, 403),
        ({"Host": "127.0.0.1:8642", "Origin": "https://foreign.example"}, 403),
        ({"Host": "127.0.0.1:8642", "Origin": "null"}, 403),
        ({"Host": "127.0.0.1:8642", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Host": "127.0.0.1:8642", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Host": "127.0.0.1:8642", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
    ],
)
async def test_who_may_ask(shown: Shown, headers: dict[str, str], status: int) -> None:
    """A name that was rebound to this machine is refused, as are pages of others; a link to here may be followed."""
    for path in PATHS:
        assert (await shown.asks(path, headers=headers)).status_code == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_nothing_can_be_written(shown: Shown, method: str) -> None:
    """Law: it reads."""
    for path in PATHS:
        assert (await shown.asks(path, method)).status_code == 405


@pytest.mark.parametrize("path", [*PATHS, "/nothing/here"])
async def test_browsers_are_told_what_they_may_do(shown: Shown, path: str) -> None:
    """On every answer: only own scripts, in no frame, nothing guessed, nothing kept, no page of others reads it."""
    headers = (await shown.asks(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers
