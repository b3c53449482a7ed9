"""Cursors over what is derived: what the next samples of some metrics touched, each bar once, in steps of some bars."""

from __future__ import annotations

from pathlib import Path

from monitor.ledger import Learnt, Ledger
from monitor.model.bar import Bar, seconds
from tests.ledger.values import DAY, HOUR, START, prices, usage


def names(learnt: Learnt) -> list[tuple[int, int | None]]:
    """Of each the number of the day, and from which day on there is more."""
    assert {(each.source, each.bar) for each in learnt.touched} == {("openrouter", Bar.DAY)}
    rest = learnt.rest()
    return [(_day(each.start), None if rest is None else _day(rest)) for each in learnt.touched]


def _day(at: int) -> int:
    return (at - seconds(START)) // int(DAY.total_seconds())


def test_bars_in_the_order_of_their_last_sample(tmp_path: Path) -> None:
    """Law: steps of any size touch every bar after its last sample; the number says how far all was looked at."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        cursors = ledger.derived(("tokens",), names)
        assert (cursors.newest(), cursors.after(0, 10), cursors.waiting_since("x")) == (0, [], None)
        ledger.learn(usage(START + 3 * DAY, {(model, START + n * DAY): 1.0 for n in range(3) for model in "ab"}))
        ledger.learn(prices(START + 4 * DAY, {"a": 1.0}))
        ledger.learn(usage(START + 5 * DAY, {("a", START): 2.0}))
        assert cursors.newest() == 8
        assert cursors.after(0, 10) == [(4, (1, None)), (6, (2, None)), (8, (0, None))]
        assert cursors.after(0, 2) == [(2, (0, 0)), (4, (1, 0))]
        assert cursors.after(4, 2) == [(6, (2, None)), (8, (0, None))]
        assert cursors.after(4, 1) == [(6, (2, 0))]
        assert cursors.after(8, 1) == []
        assert cursors.again(3) == [(3, (1, None))]
        assert cursors.again(7) == []


def test_what_waits_is_of_these_metrics(tmp_path: Path) -> None:
    """Case: since when, and nothing of others; the newest is found again by whoever has not looked yet."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        cursors = ledger.derived(("tokens", "amount"), names)
        ledger.learn(usage(START + DAY, {("a", START): 1.0}))
        assert cursors.waiting_since("x") == seconds(START + DAY)
        cursors.move("x", cursors.newest())
        ledger.learn(prices(START + DAY + HOUR, {"a": 1.0}))
        assert (cursors.newest(), cursors.waiting_since("x")) == (1, None)
        assert ledger.derived(("tokens",), names).newest() == 1
        assert ledger.cursors.newest() == 2
