"""What the laws are tried on: for every condition a rule that has it, and a history for that rule."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from monitor.rules.rule import Rule
from tests.laws.history import Table
from tests.laws.snippets import SNIPPETS, Over
from tests.laws.strategies import VALUES, dates, prices, usage, with_outage

TABLES = {Over.USAGE: usage(), Over.PRICES: prices(), Over.TWO_SOURCES: prices(VALUES, "s", "r"), Over.DATES: dates()}
every_condition = pytest.mark.parametrize("key", SNIPPETS)
many = settings(max_examples=int(os.environ.get("MONITOR_EXAMPLES", "50")), deadline=None)
"""How many histories a law is tried on for each condition; the README says how to try more."""


def drawn(data: st.DataObject, key: str) -> tuple[Rule, Table]:
    """A rule with the condition, and a history for it."""
    snippet = data.draw(st.sampled_from(SNIPPETS[key]))
    rule, table = snippet.rule(), data.draw(TABLES[snippet.over])
    return rule, data.draw(with_outage(table)) if rule.clocked else table
