"""The heartbeat: a dead man's switch hears while every step goes well, and only then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.heartbeat import Heartbeat

pytestmark = pytest.mark.asyncio
PATH = "/ping/2f7a-a-secret"


@dataclass
class Switch:
    """What it heard, and what it answers, in order; the last for ever."""

    answers: Sequence[int] = (200,)
    heard: list[object] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        self.heard.append(request.json)
        return Response(status=self.answers[min(len(self.heard), len(self.answers)) - 1])


async def beats(url: str, doing: Sequence[str | None], amiss: Sequence[Sequence[str]]) -> None:
    """As many beats as there are lines, one right after the other."""
    stop, steps = asyncio.Event(), iter(zip(doing, amiss, strict=True))
    now: list[Sequence[str]] = []

    async def answers() -> str | None:
        said, wrong = next(steps, (None, ()))
        now[:] = [wrong]
        if said == "end":
            stop.set()
        return None if said == "end" else said

    beat = Heartbeat(url, timedelta(milliseconds=1), answers, lambda: now[0])
    await asyncio.wait_for(beat.run(stop), 20)


@dataclass(frozen=True)
class Case:
    """Beat by beat: what the monitor does and what is amiss; what the switch answers; how often it heard; the log."""

    doing: Sequence[str | None]
    amiss: Sequence[Sequence[str]]
    answers: Sequence[int]
    heard: int
    said: Sequence[str]


FULL = ["outbox: the disk is full"]


@pytest.mark.parametrize(
    "case",
    [
        Case(["well", "well"], [[], []], [200], 2, []),
        Case(["well", None, "well"], [[], [], []], [200], 2, ["not told: event loop, ledger or", "told again"]),
        Case(["well", "well", "well"], [FULL, FULL, []], [200], 1, [f"not told: {FULL[0]}", "told again"]),
        Case(["well", "well"], [[], []], [500, 200], 2, ["not told: the switch refuses it (HTTP 500)", "told again"]),
        Case(["well"], [[]], [302], 1, ["not told: the switch refuses it (HTTP 302)"]),
    ],
)
async def test_it_is_told_while_all_goes_well(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture, case: Case
) -> None:
    """A change is logged once, whatever goes on; the switch gets JSON that says what the monitor does."""
    switch = Switch(case.answers)
    httpserver.expect_request(PATH, method="POST").respond_with_handler(switch)
    with caplog.at_level(logging.INFO, "monitor"):
        await beats(httpserver.url_for(PATH), [*case.doing, "end"], [*case.amiss, []])
    assert switch.heard == [{"status": "ok", "doing": "well"}] * case.heard
    lines = [record.getMessage() for record in caplog.records if record.name == "monitor.heartbeat"]
    told = [line.removeprefix("heartbeat: ") for line in lines][: len(case.said)]
    assert [line.startswith(words) for line, words in zip(told, case.said, strict=True)] == [True] * len(case.said)


async def test_its_address_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    """Case: nobody listens there; whoever knows the address could keep the switch quiet."""
    with caplog.at_level(logging.DEBUG, "monitor"):
        await beats(f"http://127.0.0.1:9{PATH}", ["well", "end"], [[], []])
    assert "can not be reached (ConnectError)" in caplog.text
    assert "secret" not in caplog.text
