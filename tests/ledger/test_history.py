"""Reading samples back: in columns, and as totals for the guard."""

from __future__ import annotations

import math
from pathlib import Path

from monitor.ledger import Ledger
from monitor.model.bar import Bar, seconds
from monitor.model.history import History
from monitor.model.sample import Seal
from tests.ledger.values import DAY, HOUR, START, batch, price, prices, rows_of, tokens, usage

AT = seconds(START)


def test_ledger_is_a_history(ledger: Ledger) -> None:
    """The protocol is checked by mypy; an empty ledger has empty columns of the right types."""
    history: History = ledger
    columns = history.columns("tokens", since=5)
    assert columns.series == ()
    assert columns.seals == {}
    assert [array.size for array in (columns.first, columns.index, columns.valid_at, columns.values)] == [0, 0, 0, 0]


def test_series_without_rows_since_are_still_listed_with_their_first_sample(ledger: Ledger) -> None:
    """A rule must know that a model was seen before the part of history it asks for."""
    ledger.learn(usage(START + DAY, {("a", START): 1.0}))
    ledger.learn(usage(START + 2 * DAY, {("b", START + DAY): 1.0}))
    columns = ledger.columns("tokens", since=seconds(START + DAY))
    assert columns.series == (tokens("a"), tokens("b"))
    assert columns.first.tolist() == [AT, seconds(START + DAY)]
    assert rows_of(columns) == [("b", seconds(START + DAY), seconds(START + 2 * DAY), 1.0)]


def test_levels_carry_their_last_value_into_the_part_that_is_asked_for(ledger: Ledger) -> None:
    """Only levels, only the last one before, also if it is that the series is gone."""
    for hour, look in enumerate([{"a": 1.0, "b": 1.0}, {"a": 2.0, "b": 1.0}, {"a": 2.0}, {"a": 3.0, "c": 1.0}]):
        ledger.learn(prices(START + hour * HOUR, dict(look)))
    hours = [seconds(START + hour * HOUR) for hour in range(4)]
    assert rows_of(ledger.columns("price_output", since=hours[3])) == [
        ("a", hours[1], hours[1], 2.0),
        ("b", hours[2], hours[2], None),
        ("a", hours[3], hours[3], 3.0),
        ("c", hours[3], hours[3], 1.0),
    ]


def test_metrics_are_kept_apart(ledger: Ledger) -> None:
    """Two metrics with equal labels and instants."""
    ledger.absorb(batch([(price("a"), 1, 1, 1.0), (price("a", "price_input"), 1, 1, 2.0)]))
    assert ledger.columns("price_input").values.tolist() == [2.0]
    assert ledger.columns("price_output").values.tolist() == [1.0]
    assert ledger.columns("price_input").series == (price("a", "price_input"),)


def test_numbers_are_kept_to_the_last_bit(ledger: Ledger) -> None:
    """Tokens beyond 2**53, prices that are no binary fraction, infinities."""
    numbers = [2.0**60, 0.435, 5e-324, math.inf, -math.inf, 0.1 + 0.2]
    ledger.absorb(batch([(tokens("a"), place, 2**40, number) for place, number in enumerate(numbers)]))
    assert ledger.columns("tokens").values.tolist() == numbers


def test_reader_sees_whole_transactions(ledger: Ledger, path: Path) -> None:
    """A second process sees what was committed, and nothing before."""
    with Ledger.open(path, owner=False) as reader:
        with ledger.transaction():
            ledger.learn(usage(START, {("a", START): 1.0}))
            assert reader.columns("tokens").series == ()
        assert reader.columns("tokens").series == (tokens("a"),)


def test_flows_before_are_the_latest_known_values_before_a_bar(ledger: Ledger) -> None:
    """What the guard compares with: revisions replace, the bar itself and older ones are left out, holes stay holes."""
    days = [START + day * DAY for day in range(6)]
    for hour, day in enumerate((0, 1, 2, 4, 5)):
        ledger.learn(usage(days[5] + hour * HOUR, {("a", days[day]): 10.0 + day, ("other", days[day]): 100.0}))
    ledger.learn(usage(days[5] + DAY, {("a", days[2]): 20.0}))
    found = ledger.flows_before(("openrouter", "tokens", Bar.DAY), seconds(days[5]), 4)
    assert found[tokens("a")] == {seconds(days[1]): 11.0, seconds(days[2]): 20.0, seconds(days[4]): 14.0}
    assert found.keys() == {tokens("a"), tokens("other")}


def test_flows_before_a_long_pause_are_those_of_the_last_bar(ledger: Ledger) -> None:
    """However long ago it was; of other feeds nothing."""
    ledger.learn(usage(START + DAY, {("a", START): 1.0, ("a", START - DAY): 2.0}))
    later = seconds(START + 90 * DAY)
    assert ledger.flows_before(("openrouter", "tokens", Bar.DAY), later, 7) == {tokens("a"): {AT: 1.0}}
    assert ledger.flows_before(("openrouter", "tokens", Bar.WEEK), later, 7) == {}
    assert ledger.flows_before(("vercel", "tokens", Bar.DAY), later, 7) == {}


def test_levels_now_are_what_is_shown(ledger: Ledger) -> None:
    """The newest value of each, without those that are gone."""
    ledger.learn(prices(START, {"a": 1.0, "b": 2.0}))
    ledger.learn(prices(START + HOUR, {"a": 3.0}))
    assert ledger.levels_now("openrouter", "price_output", Bar.HOUR) == {price("a"): 3.0}


def test_sealed_is_the_furthest_seal_of_each_metric_and_source(ledger: Ledger) -> None:
    """Of whatever bar, and not moved back by an older seal that comes later."""
    feeds = [(Bar.WEEK, 7), (Bar.DAY, 9), (Bar.DAY, 8)]
    seals = [Seal("openrouter", "tokens", bar, START + day * DAY, START + 9 * DAY) for bar, day in feeds]
    seals.append(Seal("litellm", "price_input", Bar.HOUR, START, START))
    for seal in seals:
        ledger.absorb(batch([], seal))
    assert ledger.sealed() == {
        ("tokens", "openrouter"): seconds(START + 9 * DAY),
        ("price_input", "litellm"): AT,
    }


def test_seals_of_a_window_are_those_from_the_last_one_before_it(ledger: Ledger) -> None:
    """Which look a level is believed by is told by the last seal before; what is older is of no use."""
    feeds = [("openrouter", Bar.HOUR), ("openrouter", Bar.DAY), ("vercel", Bar.HOUR)]
    for source, bar in feeds:
        for hour in range(24):
            end = START + hour * HOUR
            until = None if bar is Bar.DAY else end + 3 * HOUR
            ledger.absorb(batch([], Seal(source, "price_output", bar, end, end - HOUR, until)))
    whole = ledger.columns("price_output").seals
    assert list(whole) == sorted(feeds, key=lambda feed: (feed[0], feed[1].value))
    assert whole["vercel", Bar.HOUR].holds_until.tolist() == [AT + (hour + 3) * 3600 for hour in range(24)]
    assert set(whole["openrouter", Bar.DAY].holds_until.tolist()) == {2**63 - 1}
    for since, first in ((AT - 1, 0), (AT, 0), (AT + 3600 * 5, 5), (AT + 3600 * 5 + 1, 5), (AT + 3600 * 99, 23)):
        for feed, log in ledger.columns("price_output", since=since).seals.items():
            assert log.through.tolist() == whole[feed].through.tolist()[first:]
            assert log.known_at.tolist() == whole[feed].known_at.tolist()[first:]
            assert log.holds_until.tolist() == whole[feed].holds_until.tolist()[first:]
