"""Tests written of what really happened: recorded history of usage and prices, over all the rules that ship."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pytest

from monitor.backtest import backtest
from monitor.catalog import Join, shipped
from monitor.cli.test import Files
from monitor.files import load_rules
from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.model.history import Columns
from monitor.model.labels import Labels
from monitor.model.transition import Change, Transition
from monitor.rules.rule import Rule
from monitor.ruletest.case import Case
from monitor.ruletest.episode import EpisodeError, Wanted, retold
from monitor.ruletest.excerpt import MOST_SERIES
from monitor.ruletest.load import load
from monitor.ruletest.run import run
from monitor.ruletest.write import text_of
from monitor.settings import shipped_rules
from tests.laws.passes import compiled
from tests.shared import SHARED

FILES = tuple(SHARED / "data" / name for name in ("usage/usage.csv.gz", "usage/totals.csv.gz", "prices/prices.csv.gz"))
RULES = {
    rule.name: rule
    for rule in load_rules([shipped_rules()]).rules
    if rule.name != "SourceDown" and not rule.condition.confirms
}
HISTORY_DATABASE = "Kenneth-Top/workflows-:history_database.csv"


@dataclass(frozen=True)
class Remembered:
    """A ledger that is read once, as all of these tests read the same."""

    ledger: Ledger
    read: dict[str, Columns] = field(default_factory=dict)

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        assert since is None
        if metric not in self.read:
            self.read[metric] = self.ledger.columns(metric)
        return self.read[metric]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remembered]:
    """A ledger with all of the recorded history."""
    with Ledger.open(tmp_path_factory.mktemp("recorded") / "ledger.sqlite") as ledger:
        import_files(FILES, ledger)
        yield Remembered(ledger)


@pytest.fixture(scope="module")
def join(recorded: Remembered) -> Join:
    return Join(shipped(), recorded.ledger.aliases())


def wanted(transition: Transition) -> Wanted:
    at = transition.valid_at
    return Wanted(transition.alert, at, at, transition.labels, transition.kind)


def rewritten(text: str) -> Case:
    """What is written, read again: one sound test."""
    suite = load([("tests/written.yaml", text)], Files())
    assert [str(problem) for problem in suite.problems] == []
    (case,) = suite.cases
    return case


def some(found: list[Transition]) -> list[Transition]:
    """The first and the last of each kind."""
    kinds = [list(group) for _, group in groupby(sorted(found, key=_kind), _kind)]
    return [each for group in kinds for each in (group[0], group[-1])]


def _kind(transition: Transition) -> str:
    return transition.kind.value


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_what_is_written_passes(recorded: Remembered, join: Join, rule: Rule) -> None:
    """Law: a test of a real transition reads back, expects that transition, is small, and passes."""
    found = backtest(recorded, [rule], join)
    for transition in some([each for each in found if each.valid_at > 1735689600]):  # 2025
        cut, told = retold(recorded, rule, join, wanted(transition))
        assert (told.labels, told.kind, told.valid_at) == (transition.labels, transition.kind, transition.valid_at)
        case = rewritten(text_of(cut, "What happened.", str(shipped_rules() / Path(rule.path).name), None))
        assert 0 < len(case.series) <= MOST_SERIES
        assert any((each.at, each.change) == (transition.valid_at, transition.kind) for each in case.expect)
        assert run(case).differences == ()


def test_the_crossover_of_february(recorded: Remembered, join: Join) -> None:
    """Case: 4.119T against 2.933T, of a source with 428 models: ten as they are, the others summed up."""
    rule = RULES["ChineseModelsOvertakeUSTopNine"]
    cut, told = retold(recorded, rule, join, Wanted.of(f"{rule.name}@2026-02-12,source={HISTORY_DATABASE}"))
    assert (told.valid_at, told.kind) == (1770595200, Change.FIRING)
    assert [strip.stands_for for strip in cut.strips if strip.stands_for > 1] == [329]
    assert "4.119T against 2.933T a week" in text_of(cut, "", "", None)


def test_a_price_needs_one_series(recorded: Remembered, join: Join) -> None:
    """Case: the cut of DeepSeek V4-Pro, of 979 series of that metric."""
    rule = compiled("watch: price_output\nfalls: 20%", "hour")
    cut, _ = retold(recorded, rule, join, Wanted.of(f"{rule.name}@2026-04-26,model=deepseek/deepseek-v4-pro"))
    text = text_of(cut, "", "", None)
    assert '\'price_output{model="deepseek/deepseek-v4-pro", source="openrouter"}\': "$3.48 _ _ $0.87' in text


def test_what_other_sources_confirm_is_not_written(recorded: Remembered, join: Join) -> None:
    """A test of it would need series of all of them."""
    rule = compiled("watch: price_output\nfalls: 20%\nconfirm: {within: 14d}", "hour")
    with pytest.raises(EpisodeError, match="confirmed by other sources"):
        retold(recorded, rule, join, Wanted.of(f"{rule.name}@2025-06-10"))


def test_several_are_meant(recorded: Remembered, join: Join) -> None:
    """Case: two sources tell of it; each can be copied from the message."""
    rule = RULES["ChineseModelsOvertakeUSTopNine"]
    with pytest.raises(EpisodeError) as caught:
        retold(recorded, rule, join, Wanted.of(f"{rule.name}@2026-02-09"))
    first, *names = str(caught.value).splitlines()
    assert first == "2 transitions are meant, expected one of:"
    assert [retold(recorded, rule, join, Wanted.of(name.strip()))[1].kind for name in names] == [Change.FIRING] * 2


def test_nothing_happened(recorded: Remembered, join: Join) -> None:
    """Case: a day of nothing."""
    rule = RULES["ChineseModelsOvertakeUSTopNine"]
    with pytest.raises(EpisodeError, match="nothing happened on 2026-03-02"):
        retold(recorded, rule, join, Wanted.of(f"{rule.name}@2026-03-02,source=nobody"))


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("A@2026-02-09", {}),
        ("A@2026-02-09T06:00Z,model=a/b", {"model": "a/b"}),
        ("A@2026-02-09,source=x (y, z=),model=a/b:c", {"source": "x (y, z=)", "model": "a/b:c"}),
    ],
)
def test_naming_an_episode(text: str, labels: dict[str, str]) -> None:
    """Case: values may hold commas, as long as no name follows them."""
    assert Wanted.of(text).labels == Labels.of(labels)


@pytest.mark.parametrize("text", ["A", "A@", "A@soon", "A@2026-02-30", "@2026-01-01", "A@2026-01-01;model=a"])
def test_names_of_no_episode(text: str) -> None:
    """Case: refused, with how it is written."""
    with pytest.raises(EpisodeError, match=r"\n    name "):
        Wanted.of(text)
