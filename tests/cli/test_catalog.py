"""`monitor catalog check`."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Program

USAGE = """period_start,period,model,tokens,source,recorded_at
2026-01-19,week,openai/gpt-5,2000000000,openrouter,2026-01-26T01:00:00Z
2026-01-19,week,nobody-knows/it,1000000000,openrouter,2026-01-26T01:00:00Z
2026-01-19,week,stealth/x,900000000,openrouter,2026-01-26T01:00:00Z
2026-01-19,week,stealth/x,1000000000,openrouter,2026-01-27T01:00:00Z
"""
PRICES = """observed_at,source,model,field,usd_per_mtok
2026-01-20T12:00:00Z,litellm,gpt-4o,output,10
2026-01-20T12:00:00Z,litellm,openai/gpt-4o,output,10
2026-01-20T12:00:00Z,litellm,claude-opus-latest,output,10
"""


@pytest.fixture
def filled(monitor: Program) -> Program:
    """A week of usage and a list of prices."""
    monitor.write("usage.csv", USAGE)
    monitor.write("prices.csv", PRICES)
    assert monitor("import", "usage.csv", "prices.csv").code == 0
    return monitor


def test_what_lacks_an_identity_is_listed(filled: Program) -> None:
    """Case: half of the tokens are of unknown makers, by the newest word; a clash and a moving name among prices."""
    ended = filled("catalog", "check")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "6 names of models in the ledger",
        "  50% of the tokens of openrouter have an identity",
        "unknown vendor: 1",
        "  25%  openrouter  nobody-knows/it",
        "several vendors have such a family: none",
        "no family of its vendor: none",
        "means whatever is newest: 1",
        "    litellm  claude-opus-latest",
        "maker not named by anybody: 1",
        "  25%  openrouter  stealth/x",
        "several names of one source that mean one model:",
        "  litellm  gpt-4o  openai/gpt-4o",
    ]


def test_the_same_as_json(filled: Program) -> None:
    """Case: everything, for programs."""
    found = json.loads(filled("catalog", "check", "--json").out)
    assert (found["names"], found["known"]) == (6, {"openrouter": 0.5})
    assert {gap["model"]: (gap["lack"], gap["share"]) for gap in found["gaps"]} == {
        "nobody-knows/it": ("unknown vendor", 0.25),
        "stealth/x": ("maker not named by anybody", 0.25),
        "claude-opus-latest": ("means whatever is newest", None),
    }
    (clash,) = found["clashes"]
    assert (clash["source"], clash["models"], clash["identity"]["name"]) == (
        "litellm",
        ["gpt-4o", "openai/gpt-4o"],
        "gpt-4o",
    )
