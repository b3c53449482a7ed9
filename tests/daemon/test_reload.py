"""Rule files at start and at reload: nothing half-loaded, the last good ones stay, and a person is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.errors import LedgerFullError, RuleError
from monitor.ledger import Ledger
from tests.daemon.fakes import DAY, DEAR, MONDAY, RULES, USAGE, Script, World, days, usage_poll

pytestmark = pytest.mark.asyncio

MORNING = timedelta(minutes=20)
BROKEN = RULES.replace("tokens", "tokenz")
MORE_BROKEN = DEAR.replace("price_output", "prize_output")
QUIET = """
groups:
  - name: usage
    every: day
    rules:
      - alert: Quiet
        watch: tokens(model="a")
        below: 60
"""


def market(ledger: Ledger) -> World:
    """Usage that swings around the lines of the rules, day by day."""
    script = [days(MONDAY, a=[90, 110][:day]) for day in (1, 2)] + [days(MONDAY, a=[90, 110, 50, 90, 55])]
    return World(ledger, [usage_poll(Script(script))])


async def test_broken_rules_at_start_are_told_all_at_once(ledger: Ledger) -> None:
    """Every problem of every file, with its place and the nearest right word; nothing is judged."""
    world = market(ledger)
    world.rules = (BROKEN, MORE_BROKEN)
    with pytest.raises(RuleError) as caught:
        await world.started()
    assert str(caught.value).splitlines() == [
        "rules/1.yaml:7:16: Busy: watch: unknown metric 'tokenz'",
        "    did you mean 'tokens'?",
        "rules/2.yaml:7:16: Dear: watch: unknown metric 'prize_output'",
        "    did you mean 'price_output'?",
    ]
    assert ledger.progress() == {}


async def test_broken_rules_at_reload_leave_the_last_good_ones(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    """One notice an attempt, to every receiver, with the problems; and what they watched goes on being watched."""
    world = market(ledger)
    daemon = await world.started()
    world.clock.at = MONDAY + DAY + MORNING
    await daemon.poll(USAGE)
    world.rules = (BROKEN, MORE_BROKEN)
    await daemon.reload()
    assert await world.titles(daemon) == ["Rules: 2 problems; the last good version stays"]
    assert world.inbox.sent[0].lines == (
        "rules/1.yaml:7:16: Busy: watch: unknown metric 'tokenz' did you mean 'tokens'?",
        "rules/2.yaml:7:16: Dear: watch: unknown metric 'prize_output' did you mean 'price_output'?",
        "read 2026-02-03 00:20 UTC",
    )
    assert "2 problems, the last good rules stay" in caplog.text
    world.clock.at += DAY
    await daemon.poll(USAGE)
    assert await world.titles(daemon) == ["Busy: a: 110 against 100"]


async def test_good_rules_at_reload_take_over_and_what_is_new_is_silent(ledger: Ledger) -> None:
    """A rule that comes in judges history without a word and tells the next bar; one that is taken out is quiet."""
    world = market(ledger)
    daemon = await world.started()
    for day in (1, 2):
        world.clock.at = MONDAY + day * DAY + MORNING
        await daemon.poll(USAGE)
    assert await world.titles(daemon) == ["Busy: a: 110 against 100"]
    world.rules = (QUIET,)
    await daemon.reload()
    assert ledger.judged("Quiet", "openrouter") == int((MONDAY + 2 * DAY).timestamp())
    assert await world.titles(daemon) == []
    world.clock.at = MONDAY + 5 * DAY + MORNING
    await daemon.poll(USAGE)
    assert await world.titles(daemon) == [
        "Quiet: a: 50 against 60",
        "Resolved: Quiet: a: 90 against 60",
        "Quiet: a: 55 against 60",
    ]


async def test_a_reload_on_a_full_disk_is_said_and_done_later(
    ledger: Ledger, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new rules are there; judging them fails now and is made up for by the next poll."""
    world = market(ledger)
    daemon = await world.started()
    world.clock.at = MONDAY + DAY + MORNING
    await daemon.poll(USAGE)

    def full(*_: object, **__: object) -> None:
        raise LedgerFullError("ledger.sqlite: the disk is full")

    world.rules = (QUIET,)
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "record", full)
        await daemon.reload()
    assert "the disk is full" in caplog.text
    world.clock.at += DAY
    await daemon.poll(USAGE)
    assert ledger.judged("Quiet", "openrouter") == int((MONDAY + 2 * DAY).timestamp())
