"""Kept answers read again by a corrected parser: history is set right, and what was known stays on record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.daemon import Ended
from monitor.errors import ContractError
from monitor.ledger import Ledger, Revision
from monitor.model.bar import Bar, seconds
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.ports import Reparsing, Window
from monitor.reparse import Reparsed, reparse
from monitor.sources.fetch import Body
from monitor.sources.levels import Level, Listing
from tests.daemon.fakes import DEAR, HOUR, MONDAY, PRICES, World, price_poll

DAY = timedelta(days=1)
LATER = MONDAY + 30 * DAY
LISTING = Listing(PRICES, "openrouter", ("price_output",), "Prices: list", timedelta(hours=3))
Parser = Callable[[Mapping[str, float]], Mapping[str, float]]


def as_written(prices: Mapping[str, float]) -> Mapping[str, float]:
    """A right parser."""
    return prices


def in_cents(prices: Mapping[str, float]) -> Mapping[str, float]:
    """One that takes dollars for cents where a price has a fraction."""
    return {model: price if price == int(price) else price * 100 for model, price in prices.items()}


@dataclass
class Prices:
    """A list of prices that answers, hour by hour, what is written; its parser can be corrected."""

    parser: Parser
    bodies: list[Mapping[str, float]]
    asked: int = field(default=0)

    async def poll(self, window: Window) -> Snapshot:
        """The next answer; the last one for ever."""
        body = self.bodies[min(self.asked, len(self.bodies) - 1)]
        self.asked += 1
        return self.reparse(json.dumps(body).encode(), window.now)

    def reparse(self, body: bytes, fetched_at: datetime) -> Snapshot:
        """See `Reparsing`."""
        found = self.parser(json.loads(body))
        levels = [
            Level("price_output", Labels.of(source="openrouter", model=model), price) for model, price in found.items()
        ]
        return LISTING.snapshot(Body.of(body, fetched_at), levels, entries=len(found))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Open and empty."""
    with Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


async def watched(ledger: Ledger, source: Prices, hours: int, rules: tuple[str, ...] = ()) -> World:
    """A monitor that polled it for so many hours."""
    world = World(ledger, [price_poll(source)], rules)
    daemon = await world.started()
    for _ in range(hours):
        await daemon.poll(PRICES)
        world.clock.at += HOUR
    await daemon.deliver()
    return world


def again(ledger: Ledger, source: Reparsing, at: datetime = LATER, since: datetime | None = None) -> Reparsed:
    """All answers of the list."""
    return reparse(ledger, PRICES, source, since=since, at=at)


def rows(ledger: Ledger) -> list[tuple[int, int, float]]:
    """(hour it is valid at, hour it was learnt in, value) of every stored price, by hours since the first look."""
    columns = ledger.columns("price_output")
    times = ((columns.valid_at - seconds(MONDAY)) // 3600, (columns.known_at - seconds(MONDAY)) // 3600)
    return list(zip(times[0].tolist(), times[1].tolist(), columns.values.tolist(), strict=True))


pytestmark = pytest.mark.asyncio


async def test_the_same_parser_changes_nothing(ledger: Ledger) -> None:
    """Law: what is read as it was read is known already, however often it is read."""
    source = Prices(in_cents, [{"a": 2, "b": 1.5}, {"a": 2, "b": 1.5}, {"b": 2.5, "c": 9}, {"a": 2, "b": 2.5}])
    await watched(ledger, source, 6)
    before = ledger.cursors.newest()
    for _ in range(2):
        done = again(ledger, source)
        assert (done.answers, done.revisions, done.faults) == (3, (), ())
    assert ledger.cursors.newest() == before


async def test_a_corrected_parser_sets_history_right_as_known_from_today(ledger: Ledger) -> None:
    """Each instant that was read wrongly has a second value; the first one stays, with its time."""
    source = Prices(in_cents, [{"a": 1}, {"a": 1.5}, {"a": 1.5}, {"a": 2}])
    await watched(ledger, source, 4)
    assert rows(ledger) == [(0, 0, 1.0), (1, 1, 150.0), (3, 3, 2.0)]
    source.parser = as_written
    series = Series("price_output", Labels.of(source="openrouter", model="a"), Bar.HOUR)
    assert again(ledger, source).revisions == (Revision(series, MONDAY + HOUR, 150.0, 1.5),)
    assert rows(ledger) == [(0, 0, 1.0), (1, 1, 150.0), (1, 720, 1.5), (3, 3, 2.0)]
    assert again(ledger, source, LATER + DAY).revisions == ()


async def test_a_model_that_was_misnamed_goes_and_another_comes(ledger: Ledger) -> None:
    """Where the list is complete, what it never showed is gone from its first instant on."""
    source = Prices(lambda prices: {f"x{model}": price for model, price in prices.items()}, [{"a": 1}, {"a": 2}])
    await watched(ledger, source, 2)
    source.parser = as_written
    told = [(each.series.labels.get("model"), each.before, each.after) for each in again(ledger, source).revisions]
    assert told == [("a", None, 1.0), ("xa", 1.0, None), ("a", 1.0, 2.0), ("xa", 2.0, None)]
    assert again(ledger, source, LATER + DAY).revisions == ()


async def test_only_answers_since_then_are_read(ledger: Ledger) -> None:
    """What is older stays as it is."""
    source = Prices(in_cents, [{"a": 1.5}, {"a": 2.5}, {"a": 3.5}])
    await watched(ledger, source, 3)
    source.parser = as_written
    done = again(ledger, source, since=MONDAY + 2 * HOUR)
    assert (done.answers, done.span) == (1, (MONDAY + 2 * HOUR, MONDAY + 2 * HOUR))
    assert [(each.before, each.after) for each in done.revisions] == [(350.0, 3.5)]


async def test_an_alert_that_was_false_is_withdrawn(ledger: Ledger) -> None:
    """Rules judge the bars anew, and whoever was told is told."""
    source = Prices(in_cents, [{"a": 1}, {"a": 1.5}, {"a": 1.5}, {"a": 2}])
    world = await watched(ledger, source, 4, (DEAR,))
    assert [each.title for each in world.inbox.sent] == ["Dear: a: $150 against $5", "Resolved: Dear: a: $2 against $5"]
    source.parser = as_written
    again(ledger, source, world.clock.at)
    world.clock.at += HOUR
    daemon = await world.started()
    assert await world.titles(daemon) == ["Withdrawn, figures were restated: Dear: a: $150 against $5"]


async def test_what_was_not_believed_is_learnt_once_it_reads_well(ledger: Ledger) -> None:
    """A parser that lost most of a list: its answer was held back, and is as good as any now."""
    whole = dict.fromkeys("abcdefghij", 1.0)
    source = Prices(as_written, [whole, {**whole, "a": 2.0}])
    world = await watched(ledger, source, 1)
    source.parser = lambda prices: {"a": prices["a"]}
    assert (await world.daemon().poll(PRICES)).ended is Ended.QUARANTINED
    source.parser = as_written
    done = again(ledger, source)
    assert (done.released, [(each.before, each.after) for each in done.revisions]) == (1, [(1.0, 2.0)])


async def test_what_is_as_doubtful_as_it_was_stays_out(ledger: Ledger) -> None:
    """It was the answer, not the parser."""
    source = Prices(as_written, [dict.fromkeys("abcdefghij", 1.0), {"a": 2.0}])
    await watched(ledger, source, 2)
    done = again(ledger, source)
    assert (done.answers, done.released, done.revisions) == (2, 0, ())
    why = "got 1 entries, expected at least 7: the last accepted answer had 10"
    assert done.faults == (f"2026-02-02 01:00 UTC: still not believed: {why}",)


async def test_an_answer_that_can_not_be_read_is_told_and_the_others_are_read(ledger: Ledger) -> None:
    """A parser that is stricter than the one before."""
    source = Prices(in_cents, [{"a": 1.5}, {"a": 3}])
    await watched(ledger, source, 2)

    def strict(prices: Mapping[str, float]) -> Mapping[str, float]:
        if prices["a"] > 2:
            raise ContractError("a: got 3, expected less")
        return prices

    source.parser = strict
    done = again(ledger, source)
    assert done.faults == ("2026-02-02 01:00 UTC: a: got 3, expected less",)
    assert [(each.before, each.after) for each in done.revisions] == [(150.0, 1.5)]


@dataclass(frozen=True)
class Usage:
    """Tokens of one model by day, of which each answer has two; `factor`: what the parser makes of them."""

    factor: float

    def reparse(self, body: bytes, fetched_at: datetime) -> Snapshot:
        """See `Reparsing`."""
        series = Series("tokens", Labels.of(source="openrouter", model="a"), Bar.DAY)
        days = json.loads(body)
        samples = tuple(
            Sample(series, MONDAY + int(day) * DAY, fetched_at, tokens * self.factor) for day, tokens in days.items()
        )
        seal = Seal("openrouter", "tokens", Bar.DAY, MONDAY + (max(map(int, days)) + 1) * DAY, fetched_at)
        return Snapshot("usage", fetched_at, samples, (seal,), 1, body.hex(), body=body)


async def test_of_a_restated_day_the_last_word_counts(ledger: Ledger) -> None:
    """Words that were restated since are no news; the right one of each day is, as restated today."""
    wrong = Usage(1000.0)
    for day, body in enumerate((b'{"0": 10, "1": 20}', b'{"1": 21, "2": 30}', b'{"2": 31, "3": 40}'), 2):
        ledger.learn(wrong.reparse(body, MONDAY + day * DAY + HOUR))
    assert reparse(ledger, "usage", wrong, since=None, at=LATER).revisions == ()
    done = reparse(ledger, "usage", Usage(1.0), since=None, at=LATER)
    assert [(each.valid_at.day, each.before, each.after) for each in done.revisions] == [
        (2, 10_000.0, 10.0),
        (3, 21_000.0, 21.0),
        (4, 31_000.0, 31.0),
        (5, 40_000.0, 40.0),
    ]
    assert ledger.restated() == {("tokens", "openrouter"): (seconds(MONDAY), seconds(LATER))}
    assert reparse(ledger, "usage", Usage(1.0), since=None, at=LATER + DAY).revisions == ()


async def test_nothing_is_kept_of_what_is_taken_back(ledger: Ledger) -> None:
    """A dry run is the real one, undone: whatever it was about to write."""
    source = Prices(in_cents, [{"a": 1.5}])
    await watched(ledger, source, 1)
    before = rows(ledger)
    source.parser = as_written
    with suppress(KeyError), ledger.transaction():
        assert len(again(ledger, source).revisions) == 1
        raise KeyError
    assert rows(ledger) == before
    assert ledger.restated() == {}
    assert replace(again(ledger, source), revisions=()) == Reparsed(PRICES, 1, (MONDAY, MONDAY), 0, (), ())
