"""The laws of time for levels that are what a whole day came to: they are restated as flows are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.bar import Bar
from monitor.model.sample import Series
from monitor.rules.load import load
from tests.laws.drawing import many
from tests.laws.history import Table, Word
from tests.laws.passes import Record, as_final, as_known, looked
from tests.laws.snippets import SNIPPETS, Over, Snippet
from tests.laws.strategies import usage

_DAY = Bar.DAY.width


def of_shares(snippet: Snippet) -> Snippet:
    """The same rule over shares of a day."""
    return replace(snippet, text=snippet.text.replace("tokens", "usage_share"))


def is_sound(snippet: Snippet) -> bool:
    """Not every rule over tokens is one over shares.

    Where `clear` may hold while the condition does, an equal bar makes a difference, and of levels these are left out.
    """
    keys = "".join(f"\n        {line.strip()}" for line in snippet.text.replace("<", "").replace(">", "").splitlines())
    text = f"groups:\n  - name: g\n    every: {snippet.every}\n    rules:\n      - alert: A{keys}\n"
    return "clear" not in snippet.text and not load([("rules.yaml", text)]).problems


RULES = {
    key: found
    for key, snippets in SNIPPETS.items()
    if (found := [each for each in map(of_shares, snippets) if each.over is Over.USAGE and is_sound(each)])
}


def shares(table: Table) -> Table:
    """A history of tokens as one of shares: every day is sealed by itself, and its shares hold for it alone."""
    series = {row.series: Series("usage_share", row.series.labels, row.series.bar) for row in table.rows}
    rows = tuple(replace(row, series=series[row.series]) for row in table.rows)
    return Table(rows, tuple(_words(table.words)))


def _words(words: Sequence[Word]) -> Iterator[Word]:
    before = None
    for word in words:
        first = word.through if before is None else before + _DAY
        for through in range(first, word.through + 1, _DAY):
            yield replace(word, metric="usage_share", through=through, holds_until=through)
        before = word.through


every_key = pytest.mark.parametrize("key", RULES)
histories = usage().map(shares)


def test_there_are_rules_to_try() -> None:
    """Most conditions go with shares."""
    assert {"above", "crosses_above", "rises", "moves", "new_high", "overtakes", "appears"} <= RULES.keys()


@every_key
@many
@given(data=st.data(), table=histories)
def test_live(key: str, data: st.DataObject, table: Table) -> None:
    """A monitor that looks whenever something comes tells what a backtest as known tells, corrections included."""
    rule = data.draw(st.sampled_from(RULES[key])).rule()
    record, last = Record(), 0
    for at in table.looks():
        record, last = looked(rule, table, record, last, at), at
    whole = as_known(rule, table)
    assert record.told() == whole.told()
    assert record.remembered() == whole.remembered()


@every_key
@many
@given(data=st.data(), table=histories)
def test_order_of_learning(key: str, data: st.DataObject, table: Table) -> None:
    """Whatever was restated: the episodes that stand are those of one go over the newest shares."""
    rule = data.draw(st.sampled_from(RULES[key])).rule()
    record = as_known(rule, table)
    whole = as_final(rule, table)
    assert record.standing() == whole.standing()
    assert record.remembered() == whole.remembered()
