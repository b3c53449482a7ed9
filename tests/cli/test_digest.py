"""`monitor digest` over a ledger of two weeks."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from monitor.ledger import Ledger
from tests.cli.conftest import Program

FIRST = date(2026, 2, 2)
TITLE = "[info] Digest, week of 2026-02-09 to 2026-02-15 (UTC): CN overtook US over all models listed"


@pytest.fixture
def stand(monitor: Program) -> Program:
    """OpenAI leads in the first week and DeepSeek in the second; the third has one day."""
    rows = ["period_start,period,model,tokens,source,recorded_at"]
    for number in range(15):
        day = FIRST + timedelta(days=number)
        tokens = {"deepseek/a": 100 + 100 * (number // 7), "openai/b": 150, "mistralai/c": 10}
        known = day + timedelta(days=1)
        rows += [f"{day},day,{model},{count},list,{known}T00:20:00Z" for model, count in tokens.items()]
    monitor.write("usage.csv", "\n".join((*rows, "")))
    assert monitor("import", "usage.csv").code == 0
    return monitor


def test_the_last_closed_week(stand: Program) -> None:
    """Case: as of any day of the week after."""
    ended = stand("digest", "weekly", "--at", "2026-02-18")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[:4] == [
        TITLE,
        "  2.52k tokens counted, +38.5% against the week before",
        "  CN 55.6% of the tokens (+17.1 points), 1.4k",
        "  US 41.7% of the tokens (-16 points), 1.05k",
    ]


def test_the_last_closed_day_without_a_word(stand: Program) -> None:
    """Case: daily is the default."""
    ended = stand("digest", "--at", "2026-02-17T08:00")
    assert ended.out.startswith("[info] Digest, day 2026-02-16 (UTC): CN 65.2%, US 32.6% of the tokens\n")


def test_a_week_that_is_not_complete_is_not_counted(stand: Program) -> None:
    """Law: figures of a part of a period are never shown as those of the period."""
    ended = stand("digest", "weekly", "--at", "2026-02-23")
    assert ended.out.splitlines()[1:] == [
        "  No source of usage has completed it: nothing is said of shares and movers."
    ]


def test_for_programs(stand: Program) -> None:
    """Case: every figure in one object."""
    found = json.loads(stand("digest", "weekly", "--at", "2026-02-16", "--json").out)
    assert found["period"] == {"bar": "week", "from": "2026-02-09T00:00:00Z", "to": "2026-02-16T00:00:00Z"}
    assert [each["name"] for each in found["market"]["origins"]] == ["CN", "US", "EU"]
    assert found["market"]["overtakings"][0] == {"ahead": "CN", "behind": "US", "among": None}


def test_it_works_beside_a_running_monitor(stand: Program) -> None:
    """Case: the ledger has its owner."""
    with Ledger.open(stand.ledger):
        assert stand("digest", "weekly", "--at", "2026-02-16").out.startswith(TITLE)


def test_without_a_ledger_it_says_so(monitor: Program) -> None:
    """Case: exit code 1."""
    ended = monitor("digest")
    assert (ended.code, ended.out) == (1, "")
    assert "there is no ledger here yet" in ended.err
