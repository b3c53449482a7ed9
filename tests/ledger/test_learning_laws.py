"""Laws of learning: what is learnt can be read back as it was shown, whatever is repeated and however often."""

from __future__ import annotations

import itertools
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.history import Columns
from monitor.model.sample import Series
from tests.ledger.values import DAY, HOUR, START, batch, price, prices, rows_of, tokens, usage

MODELS = st.sampled_from("abcd")
VALUES = st.sampled_from([0.0, 0.25, 1.0, 3.5])
LOOKS = st.lists(st.dictionaries(MODELS, VALUES), min_size=1, max_size=8)
BARS = st.integers(0, 3).map(lambda day: START + day * DAY)
POLLS = st.lists(st.dictionaries(st.tuples(MODELS, BARS), VALUES), min_size=1, max_size=8)
ROWS = st.lists(
    st.tuples(
        st.one_of(MODELS.map(tokens), MODELS.map(price)),
        st.integers(0, 20),
        st.integers(0, 5),
        st.one_of(VALUES, st.just(math.nan)),
    ),
    max_size=30,
)
few = settings(max_examples=40, deadline=None)  # each example makes a file


@contextmanager
def fresh() -> Iterator[Ledger]:
    """An empty ledger for one example."""
    with tempfile.TemporaryDirectory() as folder, Ledger.open(Path(folder) / "ledger.db") as ledger:
        yield ledger


@few
@given(LOOKS, st.data())
def test_levels_read_as_they_were_shown(looks: list[dict[str, float]], draw: st.DataObject) -> None:
    """Stored by change only, read back at each look: every model has the value shown, or is gone, or was never seen."""
    with fresh() as ledger:
        for hour, look in enumerate(looks):
            snapshot = prices(START + hour * HOUR, dict(look))
            for _ in range(draw.draw(st.integers(1, 2))):
                ledger.learn(snapshot)
        columns = ledger.columns("price_output")
        for hour, look in enumerate(looks):
            assert _levels_at(columns, seconds(START + hour * HOUR)) == look
        values = [(row[0], row[3]) for row in sorted(rows_of(columns))]
        assert all(one != after for one, after in itertools.pairwise(values))


@few
@given(POLLS, st.data())
def test_flows_read_as_final_are_the_last_word_of_each_bar(
    polls: list[dict[tuple[str, datetime], float]], draw: st.DataObject
) -> None:
    """And the rows of each bar are the changes of mind, in order."""
    with fresh() as ledger:
        final: dict[tuple[str, int], float] = {}
        changes: list[tuple[str, int, int, float]] = []
        for hour, poll in enumerate(polls):
            snapshot = usage(START + hour * HOUR, poll)
            for sample in snapshot.samples:
                key = (sample.series.labels.get("model"), seconds(sample.valid_at))
                assert sample.value is not None
                if final.get(key) != sample.value:
                    changes.append((*key, seconds(sample.known_at), sample.value))
                final[key] = sample.value
            for _ in range(draw.draw(st.integers(1, 2))):
                ledger.learn(snapshot)
        assert sorted(rows_of(ledger.columns("tokens"))) == sorted(changes)


@few
@given(ROWS, st.integers(0, 22), st.data())
def test_columns_return_what_was_absorbed(
    rows: list[tuple[Series, int, int, float]], since: int, draw: st.DataObject
) -> None:
    """In any cut into batches and with repeats: each key once, in order; `since` leaves out, levels carry over."""
    cut = draw.draw(st.integers(0, len(rows)))
    with fresh() as ledger:
        first, second = batch(rows[:cut]), batch(rows[cut:])
        stored = ledger.absorb(first) + ledger.absorb(second)
        assert ledger.absorb(first) == ledger.absorb(second) == 0
        keys = {row[:3] for row in rows}
        assert stored == len(keys)
        for metric in ("tokens", "price_output"):
            everything = ledger.columns(metric)
            _check_columns(everything)
            assert len(everything.values) == sum(1 for key in keys if key[0].metric == metric)
            late = ledger.columns(metric, since=since)
            _check_columns(late)
            assert late.series == everything.series
            assert late.first.tolist() == everything.first.tolist()
            assert rows_of(late) == _since(rows_of(everything), since, carry=metric == "price_output")


def _levels_at(columns: Columns, at: int) -> dict[str, float]:
    shown = {model: value for model, valid_at, _, value in rows_of(columns) if valid_at <= at}
    return {model: value for model, value in shown.items() if value is not None}


def _check_columns(columns: Columns) -> None:
    """Shapes, order, and `first`."""
    order = np.lexsort((columns.known_at, columns.index, columns.valid_at))
    assert order.tolist() == list(range(len(columns.values)))
    assert {array.dtype for array in (columns.index, columns.valid_at, columns.known_at)} == {np.dtype(np.int64)}
    assert columns.values.dtype == np.float64
    for place, first in enumerate(columns.first.tolist()):
        own = columns.valid_at[columns.index == place]
        assert own.size == 0 or first <= own.min()


def _since(
    rows: list[tuple[str, int, int, float | None]], since: int, *, carry: bool
) -> list[tuple[str, int, int, float | None]]:
    last = {row[0]: row for row in rows if row[1] < since} if carry else {}
    kept = [row for row in rows if row in last.values() or row[1] >= since]
    return sorted(kept, key=rows.index)
