"""Blocks: whatever was learnt in whatever order, columns are what the rows say."""

from __future__ import annotations

import math
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import LedgerError
from monitor.ledger import Ledger, blocks, schema
from monitor.model.bar import seconds
from monitor.model.sample import Series
from tests.ledger.values import DAY, START, batch, price, rows_of, tokens, usage

ROW = tuple[Series, int, int, float]
ROWS = st.lists(
    st.tuples(
        st.sampled_from([*map(tokens, "abc"), *map(price, "ab"), price("a", "price_input")]),
        st.integers(0, 12),
        st.integers(0, 3),
        st.sampled_from([0.0, 0.25, 1.0, 2.0**60, math.nan]),
    ),
    max_size=25,
)
Shown = list[tuple[str, int, int, float | None]]


@contextmanager
def small_blocks(behind: int, size: int) -> Iterator[None]:
    """Blocks of a few rows, so that few rows make many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BEHIND", behind)
        patch.setattr(blocks, "_SIZE", size)
        yield


def stored(path: Path, metric: str, since: int | None) -> Shown:
    """The rows of a metric, as `columns` has to show them, read by nothing but SQL."""
    with sqlite3.connect(path) as file:
        rows = file.execute(
            "SELECT json_extract(labels, '$.model'), valid_at, known_at, value, series_id, level FROM samples"
            " JOIN series ON id = series_id WHERE metric = ? ORDER BY valid_at, series_id, known_at",
            (metric,),
        ).fetchall()
    file.close()
    first = -math.inf if since is None else since
    last = {row[4]: row for row in rows if row[1] < first and row[5]}
    kept = [*sorted(last.values(), key=lambda row: (row[1], row[4])), *(row for row in rows if row[1] >= first)]
    return [(row[0], row[1], row[2], row[3]) for row in kept]


def count(path: Path) -> int:
    """How many blocks there are."""
    with sqlite3.connect(path) as file:
        (found,) = file.execute("SELECT count(*) FROM blocks").fetchone()
    file.close()
    return int(found)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, max_size=5), st.integers(0, 6), st.integers(1, 5), st.none() | st.integers(0, 13))
def test_columns_are_what_the_rows_say(batches: list[list[ROW]], behind: int, size: int, since: int | None) -> None:
    """In any order of learning, with revisions and repeats, be the blocks up to date or behind, and opened again."""
    with tempfile.TemporaryDirectory() as folder, small_blocks(behind, size):
        path = Path(folder) / "ledger.db"
        for rows in batches:
            with Ledger.open(path) as ledger:
                ledger.absorb(batch(rows))
                for metric in ("tokens", "price_output", "price_input"):
                    assert rows_of(ledger.columns(metric, since=since)) == stored(path, metric, since)


def test_what_is_learnt_goes_into_blocks(ledger: Ledger, path: Path) -> None:
    """Poll by poll: late bars and restated ones go where they belong."""
    with small_blocks(2, 3):
        for day in range(12):
            late = {("late", START + (day - 6) * DAY): 9.0} if day % 5 == 4 else {}
            ledger.learn(usage(START + (day + 1) * DAY, {("a", START + day * DAY): 1.0, **late}))
            ledger.learn(usage(START + (day + 2) * DAY, {("a", START + day * DAY): 2.0}))
            assert rows_of(ledger.columns("tokens")) == stored(path, "tokens", None)
        assert count(path) > 3
    for since in range(seconds(START - DAY), seconds(START + 14 * DAY), 43200):
        assert rows_of(ledger.columns("tokens", since=since)) == stored(path, "tokens", since)


def test_rows_of_one_instant_share_a_block(ledger: Ledger, path: Path) -> None:
    """However many they are: blocks are told apart by where they begin."""
    with small_blocks(0, 2):
        ledger.absorb(batch([(tokens(model), at, 9, 1.0) for at in (1, 2, 3) for model in "abcdefgh"]))
    assert count(path) == 3


def absorb_and_fail(ledger: Ledger) -> None:
    """A transaction that ends badly after it learnt something."""
    with ledger.transaction():
        ledger.absorb(batch([(tokens("a"), 2, 2, 2.0)]))
        raise LedgerError("later in the same transaction")


def test_blocks_come_and_go_with_the_rows(ledger: Ledger, path: Path) -> None:
    """What was not committed is in neither."""
    with small_blocks(0, 2):
        ledger.absorb(batch([(tokens("a"), 1, 1, 1.0)]))
        with pytest.raises(LedgerError):
            absorb_and_fail(ledger)
        assert rows_of(ledger.columns("tokens")) == stored(path, "tokens", None) == [("a", 1, 1, 1.0)]
        ledger.absorb(batch([(tokens("a"), 3, 3, 3.0)]))
        assert rows_of(ledger.columns("tokens")) == stored(path, "tokens", None)


def test_an_older_file_gets_its_blocks(path: Path) -> None:
    """Opened by this program, a file without blocks shows the same, read from blocks."""
    path.parent.mkdir()
    with sqlite3.connect(path) as file:
        for statement in schema.MIGRATIONS[0]:
            file.execute(statement)
        file.execute("INSERT INTO series VALUES (1, 'tokens', 'openrouter', 'day', '{\"model\":\"a\"}', 0)")
        file.executemany(
            "INSERT INTO samples VALUES (?, 1, ?, ?, ?, 0)", [(at, at, at * 0.1, at + 1) for at in range(9)]
        )
        file.execute("PRAGMA user_version = 1")
    file.close()
    with small_blocks(5, 3), Ledger.open(path) as ledger:
        assert count(path) == 3
        assert rows_of(ledger.columns("tokens")) == stored(path, "tokens", None)
        assert rows_of(ledger.columns("tokens", since=4)) == stored(path, "tokens", 4)
