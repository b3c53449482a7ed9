"""Cursors: samples in the order of learning, and how far each sink has come."""

from __future__ import annotations

from pathlib import Path

from monitor.ledger import Ledger
from monitor.model.sample import Sample
from monitor.ports import Cursors
from tests.ledger.values import DAY, HOUR, START, batch, prices, tokens, usage


def test_samples_come_in_the_order_in_which_they_were_learnt(ledger: Ledger) -> None:
    """Not by the time of their bars: a late sample comes late; what is gone comes as None."""
    cursors: Cursors[Sample] = ledger.cursors
    ledger.learn(prices(START + DAY, {"a": 1.0}))
    ledger.learn(usage(START + DAY, {("b", START): 5.0}))
    ledger.learn(prices(START + 2 * DAY, {}))
    learnt = cursors.after(0, 10)
    assert [seq for seq, _ in learnt] == [1, 2, 3]
    assert [(sample.series.metric, sample.valid_at, sample.value) for _, sample in learnt] == [
        ("price_output", START + DAY, 1.0),
        ("tokens", START, 5.0),
        ("price_output", START + 2 * DAY, None),
    ]
    assert learnt[1][1].series == tokens("b")
    assert learnt[1][1].known_at == START + DAY


def test_reading_in_slices_misses_and_repeats_nothing(ledger: Ledger) -> None:
    """Also across numbers that an ignored row left out."""
    rows = [(tokens("a"), day, 5, 1.0) for day in range(10)]
    ledger.absorb(batch(rows[:4]))
    ledger.absorb(batch(rows))
    ledger.absorb(batch([(tokens("b"), 1, 1, 1.0)]))
    read, seq = [], 0
    while part := ledger.cursors.after(seq, 3):
        read += part
        seq = part[-1][0]
    assert len(read) == 11
    assert [number for number, _ in read] == sorted({number for number, _ in read})
    assert seq == ledger.cursors.newest()


def test_position_survives_and_is_each_sink_its_own(path: Path) -> None:
    """0 before the first; back to 0 feeds a new server from the start."""
    with Ledger.open(path) as ledger:
        assert ledger.cursors.position("influx") == ledger.cursors.newest() == 0
        ledger.learn(usage(START + HOUR, {("a", START): 5.0}))
        ledger.cursors.move("influx", 1)
    with Ledger.open(path) as ledger:
        assert ledger.cursors.position("influx") == ledger.cursors.newest() == 1
        assert ledger.cursors.position("other") == 0
        ledger.cursors.move("influx", 0)
        assert ledger.cursors.position("influx") == 0
