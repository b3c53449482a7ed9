"""Advice from history: over the recorded market, and in the time there is."""

from __future__ import annotations

from pathlib import Path

from monitor.catalog import shipped
from monitor.files import rule_texts
from monitor.hindsight import Hindsight
from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.rules.load import load
from monitor.settings import shipped_rules
from tests.advice.market import market, written
from tests.shared import SHARED

FILES = tuple(SHARED / "data" / name for name in ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz"))
NEVER = "- alert: A\n  watch: sum(tokens)\n  above: 5T\n"


def test_nothing_is_said_of_the_rules_that_ship(tmp_path: Path) -> None:
    """Law: over two years of recorded usage and prices they can fire, are not always true, and do not flap."""
    texts = rule_texts([shipped_rules()])
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        import_files(FILES, ledger)
        found = Hindsight(ledger, shipped(), ledger.aliases(), 120.0).advised(texts.files, load(texts.files).rules)
    assert [str(warning) for warning in found.warnings] == []
    assert found.unheard == 0


def test_rules_for_which_there_is_no_time_are_counted() -> None:
    """Case: what is told without judging is told all the same."""
    files = [("a.yaml", written(f"{NEVER}- alert: B\n  watch: sum(tokens)\n  below: 0\n", "day"))]
    rules = load(files).rules
    hurried = Hindsight(market(), shipped(), {}, 1e-9).advised(files, rules)
    assert (hurried.unheard, [warning.line for warning in hurried.warnings]) == (2, [10])
    assert [warning.line for warning in Hindsight(market(), shipped(), {}, 60.0).advised(files, rules).warnings] == [
        7,
        10,
    ]
