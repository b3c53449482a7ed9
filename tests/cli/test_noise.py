"""`monitor noise` over a ledger in which a rule spoke."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.ledger import Ledger
from monitor.model.bar import DAY, seconds
from tests.cli.conftest import Program
from tests.noise.told import tell

RULE = """groups:
  - name: own
    every: day
    rules:
      - alert: Busy
        watch: tokens(model="openai/a")
        above: 100
"""
FIRST = datetime(2026, 2, 2, tzinfo=UTC)


@pytest.fixture
def stand(monitor: Program) -> Program:
    """Eight weeks in which a model is over the line every other day; told for four of them."""
    rows = ["period_start,period,model,tokens,source,recorded_at"]
    for number in range(56):
        day, known = (datetime.fromtimestamp(seconds(FIRST) + DAY * (number + more), UTC).date() for more in (0, 1))
        rows.append(f"{day},day,openai/a,{150 if number % 2 else 50},list,{known}T00:20:00Z")
    monitor.write("usage.csv", "\n".join((*rows, "")))
    assert monitor("import", "usage.csv").code == 0
    monitor.patch.setattr("monitor.cli.noise.SECONDS", 300.0)  # however busy this machine is
    begin = seconds(FIRST)
    with Ledger.open(monitor.ledger) as ledger:
        tell(ledger, [("own.yaml", RULE)], begin + 28 * DAY, begin + 56 * DAY, ("slack",))
    return monitor


def test_it_names_the_rule_and_what_would_calm_it(stand: Program) -> None:
    """Case: `for: 2 bars` tells nothing at all, as nothing lasts for two days."""
    ended = stand("noise", "--at", "2026-03-30")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "[info] Noise, 28 days to 2026-03-30: 28 messages, 100% of them from Busy",
        "  Busy: 7 messages in 7 days, 28 in 28 days (28 changes of 14 new episodes)",
        "  ↕ flaps: model=openai/a source=list changed 28 times",
        "  → `for: 2 bars` would have told 0 instead of 28 in 28 days, and nothing lasted over 7 days",
    ]


def test_for_programs(stand: Program) -> None:
    """Case: every number in one object, beside a running monitor."""
    with Ledger.open(stand.ledger):
        found = json.loads(stand("noise", "--at", "2026-03-30", "--json").out)
    (rule,) = found["rules"]
    assert rule["messages"] == {"7d": 7, "28d": 28}
    assert rule["saving"] == {"change": "for: 2 bars", "told": 28, "instead": 0, "lasting": 0}


def test_without_time_it_says_so(stand: Program) -> None:
    """Law: what was not tried is not passed over in silence."""
    stand.patch.setattr("monitor.cli.noise.SECONDS", 0.0)
    assert stand("noise", "--at", "2026-03-30").out.splitlines()[-1] == "  → no change was tried, for lack of time"


def test_a_quiet_ledger(stand: Program) -> None:
    """Case: half a year later."""
    assert stand("noise", "--at", "2026-09-01").out.splitlines()[1:] == ["  No rule spoke."]
