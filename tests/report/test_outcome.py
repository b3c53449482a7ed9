"""What a backtest found, within the time that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.backtest import ALL_TIME, Mode, backtest
from monitor.model.bar import DAY
from monitor.model.fact import code
from monitor.model.history import Columns, Remembered
from monitor.model.labels import Labels
from monitor.report.outcome import outcome
from monitor.report.page import Page
from monitor.report.text import episode_cells
from monitor.report.timeline import Window
from monitor.rules.load import load
from monitor.rules.trace import tracing
from tests.laws.history import Table
from tests.laws.passes import catalogued
from tests.report.written import day
from tests.rules.tables import days, texts

FILE = """
groups:
  - name: g
    every: day
    rules:
      - {alert: A, watch: tokens, above: 3}
      - {alert: B, watch: tokens, new_high: all}
"""
RULES = load([("rules.yaml", FILE)]).rules
HISTORY = days("1 5 5 1 9 1")


@dataclass(frozen=True)
class Asked:
    """A history that notes what it is asked."""

    table: Table
    asked: list[str] = field(default_factory=list)

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        self.asked.append(metric)
        return self.table.columns(metric, since=since)


def test_a_history_is_read_once() -> None:
    """Law: however many runs there are over it, and whatever is told of it."""
    asked = Asked(HISTORY)
    history = Remembered(asked)
    for _ in range(3):
        outcome(RULES, history, backtest(history, RULES, catalogued()), Mode.AS_FINAL, ALL_TIME)
    assert asked.asked == ["tokens"]


def test_episodes_that_touch_a_stretch_of_time() -> None:
    """Case: those that began before it and still fired in it too; judged over all of history."""
    found = backtest(HISTORY, RULES, catalogued())
    seen = outcome(RULES, HISTORY, found, Mode.AS_FINAL, (day(2), day(3)))
    assert [(each.alert, each.began, each.ended) for each in seen.every] == [("A", day(1), day(3))]
    assert seen.found(RULES[1]) == ()


def test_the_window_of_a_rule_is_its_history_within_that_time() -> None:
    """Case: not before the first bar and not after the last one."""
    seen = outcome(RULES, HISTORY, [], Mode.AS_FINAL, (0, day(4) - 1))
    assert seen.window(RULES[0]) == Window(day(0), day(4), DAY)
    assert seen.seen(RULES[0], Labels.of(source="s")) == (day(0), day(6))
    assert seen.seen(RULES[0], Labels.of(source="another")) == (0, 0)


def test_facts_show_their_texts() -> None:
    """In the table of episodes and in the charts of a page: what they were and are, not the codes that are stored."""
    text = "groups: [{name: g, every: hour, rules: [{alert: Other, watch: modalities, changes: true}]}]"
    loaded = load([("rules.yaml", text)])
    assert not loaded.problems
    table = texts({"a": "chat image", "b": "chat chat"})
    known = {code(word): word for word in ("chat", "image")}
    found = outcome(loaded.rules, table, backtest(table, loaded.rules, catalogued()), Mode.AS_FINAL, ALL_TIME, known)
    (rule,) = loaded.rules
    (episode,) = found.found(rule)
    assert episode_cells(rule, found, episode)[3:5] == ("image", "chat")
    page = Page(found, {}, {"rules.yaml": text}, tracing(table.columns, catalogued())).html()
    assert "image against chat" in page
