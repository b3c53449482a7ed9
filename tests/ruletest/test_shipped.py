"""The tests of the rules that ship: every alert has one, and all of them pass."""

from __future__ import annotations

from pathlib import Path

from monitor.cli.test import Files
from monitor.files import load_rules, texts_of_tests
from monitor.model.transition import Change
from monitor.ruletest.load import load
from monitor.ruletest.run import run
from monitor.settings import shipped_rules

SUITE = load(texts_of_tests([shipped_rules()]).files, Files())


def test_they_pass() -> None:
    """Case: as `make check` runs them."""
    assert SUITE.problems == ()
    assert [outcome.case.name for outcome in map(run, SUITE.cases) if outcome.differences] == []


def test_every_alert_is_seen_to_fire() -> None:
    """Law: no rule ships without a test in which it fires, with the text that people read."""
    fires = {each.alert for case in SUITE.cases for each in case.expect if each.change is Change.FIRING and each.texts}
    assert {rule.name for rule in load_rules([shipped_rules()]).rules} == fires


def test_they_are_beside_the_rules() -> None:
    """Case: a file for each, so that they travel in the package with them."""
    beside = {path.name for path in Path(shipped_rules(), "tests").iterdir()}
    assert beside == {path.name for path in shipped_rules().glob("*.yaml")}
