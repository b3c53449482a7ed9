"""`monitor route test`: who would be reached, and by which route."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Program

SETTINGS = """
[receivers.ops]
kind = "console"
[receivers.console]
[[routes]]
match = 'severity="critical", topic=~"price.*"'
receivers = ["ops"]
continue = true
[[routes]]
match = 'reason="feed"'
receivers = []
[[routes]]
match = 'topic="prices"'
receivers = ["console"]
"""


@pytest.mark.parametrize(
    ("labels", "code", "taken", "reached"),
    [
        ('severity="critical",topic="prices"', 0, ["routes.0", "routes.2"], "reaches console (console), ops (console)"),
        ('topic="prices"', 0, ["routes.2"], "reaches console (console)"),
        ('reason="feed"', 1, ["routes.1"], "reaches nobody"),
        ('topic="usage"', 0, [], "reaches console (console), ops (console)"),
    ],
)
def test_the_route_and_the_receivers_are_told(
    monitor: Program, labels: str, code: int, taken: list[str], reached: str
) -> None:
    """Law: every route that takes it, with its place, and everybody reached; the exit code is 1 if nobody is."""
    monitor.write("monitor.toml", SETTINGS)
    ended = monitor("route", "test", labels)
    *routes, last = ended.out.splitlines()
    assert (ended.code, last) == (code, reached)
    assert [name for name in ("routes.0", "routes.1", "routes.2") if name in "\n".join(routes)] == taken


def test_what_is_no_label_is_told(monitor: Program) -> None:
    """Case: with its column."""
    ended = monitor("route", "test", "severity=critical")
    assert ended.code == 2
    assert "column 1: got 'severity=critical', expected" in ended.err
