"""Absorbing files: fast, once, and all of them or none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from monitor.errors import LedgerError
from monitor.ledger import Ledger
from monitor.model.bar import Bar, seconds
from monitor.model.history import Batch
from monitor.model.sample import Seal, Series
from tests.ledger.values import DAY, START, batch, price, prices, rows_of, tokens, usage

AT = seconds(START)


def test_absorbed_rows_seals_and_citations_are_there(ledger: Ledger) -> None:
    """In one call, of several metrics at once."""
    seal = Seal("openrouter", "tokens", Bar.DAY, START + DAY, START + 2 * DAY)
    rows = [(price("a"), AT, AT, 0.5), (tokens("b"), AT, AT + 9, 2.0), (tokens("a"), AT, AT + 9, math.nan)]
    assert ledger.absorb(batch(rows, seal)) == 3
    columns = ledger.columns("tokens")
    assert sorted(rows_of(columns)) == [("a", AT, AT + 9, None), ("b", AT, AT + 9, 2.0)]
    assert columns.seals["openrouter", Bar.DAY].through.tolist() == [seconds(START + DAY)]
    assert rows_of(ledger.columns("price_output")) == [("a", AT, AT, 0.5)]
    assert ledger.citations() == dict.fromkeys(
        [("openrouter", "tokens"), ("openrouter", "price_output")], "Source: OpenRouter"
    )


def test_what_is_stored_stays_as_it_is(ledger: Ledger) -> None:
    """The key decides; the first value stays, and an import again stores nothing."""
    assert ledger.absorb(batch([(tokens("a"), 1, 1, 1.0), (tokens("a"), 1, 1, 2.0)])) == 1
    assert ledger.absorb(batch([(tokens("a"), 1, 1, 3.0), (tokens("a"), 1, 2, 3.0)])) == 1
    assert rows_of(ledger.columns("tokens")) == [("a", 1, 1, 1.0), ("a", 1, 2, 3.0)]


def test_empty_batch(ledger: Ledger) -> None:
    """A file with a header only."""
    assert ledger.absorb(batch([])) == 0


def test_several_files_are_kept_together_or_not_at_all(ledger: Ledger) -> None:
    """The third file names an unknown metric: the first two are not there either."""
    with pytest.raises(LedgerError, match="unknown metric"):
        _absorb_together(ledger, tokens("a"), tokens("b"), Series("nonsense", tokens("a").labels, Bar.DAY))
    assert ledger.columns("tokens").series == ()
    _absorb_together(ledger, tokens("a"), tokens("b"))
    assert len(ledger.columns("tokens").series) == 2


def _absorb_together(ledger: Ledger, *files: Series) -> None:
    with ledger.transaction():
        for series in files:
            ledger.absorb(batch([(series, 1, 1, 1.0)]))


def test_live_learning_goes_on_from_what_was_imported(ledger: Ledger) -> None:
    """An imported bar that the source repeats is no news; an imported level is the value before."""
    ledger.absorb(batch([(tokens("a"), AT, AT + 9, 2.0), (price("a"), AT, AT, 0.5)]))
    assert not ledger.learn(usage(START + DAY, {("a", START): 2.0}))
    ledger.learn(prices(START + DAY, {"a": 0.5}))
    assert len(ledger.columns("price_output").values) == 1


def test_history_imported_after_live_samples_stands_before_them(ledger: Ledger) -> None:
    """`first` moves back with it."""
    ledger.learn(usage(START + 9 * DAY, {("a", START + 8 * DAY): 5.0}))
    ledger.absorb(batch([(tokens("a"), AT, AT + 9, 2.0)]))
    columns = ledger.columns("tokens")
    assert columns.valid_at.tolist() == [AT, seconds(START + 8 * DAY)]
    assert columns.first.tolist() == [AT]


def test_order_of_learning_is_the_order_of_keys_within_a_batch(ledger: Ledger) -> None:
    """So that a sink gets a file oldest bar first, and the same file always in the same order."""
    rows = [(tokens(model), day, 50, 1.0) for day in (3, 1, 2) for model in "ba"]
    ledger.absorb(batch(rows))
    learnt = ledger.cursors.after(0, 100)
    assert [seq for seq, _ in learnt] == [1, 2, 3, 4, 5, 6]
    assert [seconds(sample.valid_at) for _, sample in learnt] == [1, 1, 2, 2, 3, 3]


def test_speed_is_not_lost_by_an_order_of_magnitude(ledger: Ledger) -> None:
    """Asked for: 400,000 rows/s on 100,000 rows; this only catches a fall to a tenth of it (the bench measures)."""
    series = tuple(tokens(f"m{number}") for number in range(1000))
    valid_at = np.repeat(np.arange(100, dtype=np.int64) * 86400, 1000)
    index = np.tile(np.arange(1000, dtype=np.int64), 100)
    whole = Batch(series, index, valid_at, valid_at, np.ones(100_000), (), {})
    assert ledger.absorb(whole) == 100_000
    assert ledger.columns("tokens").values.sum() == 100_000
