"""Derived shares: the rules' own numbers, however they were fed, whatever was restated in between."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.backtest import backtest
from monitor.catalog import Catalog, Join, shipped
from monitor.catalog import load as load_catalog
from monitor.derived.shares import BY, METRIC, Shares
from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.ledger.derived_cursors import DerivedCursors
from monitor.model.bar import Bar, seconds
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.model.share import Share
from monitor.rules.assemble import Assembler
from tests.derived.points import Place, cut, fed
from tests.laws.passes import CATALOG, compiled
from tests.ledger.values import DAY, HOUR, START, batch, usage
from tests.shared import SHARED

MODELS = ("openai/a", "openai/b", "google/c", "deepseek/d", "nobody/e", "other")


def catalog() -> Catalog:
    return load_catalog(CATALOG, "catalog.yaml")


def cursors(ledger: Ledger) -> DerivedCursors[tuple[Share, ...]]:
    kept = catalog()
    return ledger.derived((METRIC,), Shares(ledger, lambda: kept))


def judged(ledger: Ledger, join: Join) -> dict[Place, dict[str, float]]:
    """All shares, amounts and ranks as rules would watch them, over the whole of history at once."""
    found: dict[Place, dict[str, float]] = {}
    for bar in (Bar.DAY, Bar.WEEK):
        for by, label in BY.items():
            asked = {"share": "share", "sum": "amount", "rank": "rank"}
            for function, field in asked.items():
                rule = compiled(f'watch: {function}(tokens, by="{label}")\nabove: 0', bar.value)
                assembler = Assembler(lambda metric, _since: ledger.columns(metric), join)
                for partition in assembler.partitions(rule.need({})):
                    frame = rule.watch.evaluate(partition.evaluation)
                    for row, at in enumerate(frame.bars.tolist()):
                        for column, member in enumerate(frame.members):
                            value = float(frame.values[row, column])
                            if value == value:  # noqa: PLR0124 - it is a number
                                place = (partition.name, bar, by, member.labels.get(label), at)
                                found.setdefault(place, {})[field] = value
    return found


def polls(shuffle: random.Random) -> Iterator[Snapshot]:
    """Five weeks of two sources by day and one by week: restatements, gaps, and seals that come late or alone."""
    for number in range(35):
        for source, bar in (("s", Bar.DAY), ("t", Bar.DAY), ("w", Bar.WEEK)):
            at = START + number * DAY + shuffle.randrange(20) * HOUR + timedelta(seconds=len(source))
            newest = (at - START) // timedelta(seconds=bar.width) - shuffle.choice((0, 1, 1, 1, 2))
            if newest < 0 or shuffle.random() < 0.1:
                continue
            starts = {newest, max(newest - shuffle.randrange(6), 0)} - ({newest} if shuffle.random() < 0.2 else set())
            samples = tuple(
                Sample(
                    Series("tokens", Labels.of(source=source, model=model), bar),
                    START + start * timedelta(seconds=bar.width),
                    at,
                    float(shuffle.randrange(1, 9)),
                )
                for start in sorted(starts)
                for model in MODELS
                if shuffle.random() < 0.7
            )
            through = START + (newest + 1) * timedelta(seconds=bar.width)
            seals = (Seal(source, "tokens", bar, through, at),) if shuffle.random() < 0.8 and through <= at else ()
            yield Snapshot(f"{source}", at, samples, seals, max(len(samples), 1), f"{source}{number}")


@pytest.mark.parametrize("seed", range(25))
def test_any_cut_is_what_rules_would_judge(seed: int, tmp_path: Path) -> None:
    """Law: fed in any cut, with restatements in between, the points are those of one go, and those of the rules."""
    shuffle = random.Random(seed)  # noqa: S311 - no secret
    held: dict[Place, dict[str, float]] = {}
    at_once: dict[Place, dict[str, float]] = {}
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        derived = cursors(ledger)
        for snapshot in sorted(polls(shuffle), key=lambda each: each.fetched_at):
            ledger.learn(snapshot)
            if shuffle.random() < 0.1:  # a restart
                derived = cursors(ledger)
            if shuffle.random() < 0.6:
                fed(derived, held, cut(shuffle))
        end = START + 40 * DAY
        last = tuple(
            Sample(Series("tokens", Labels.of(source=source, model="openai/a"), bar), START + 35 * DAY, end, 1.0)
            for source, bar in (("s", Bar.DAY), ("t", Bar.DAY), ("w", Bar.WEEK))
        )
        ledger.learn(Snapshot("end", end, last, (), 1, "end"))
        fed(derived, held, cut(shuffle))
        fed(cursors(ledger), at_once, 10_000, "another")
        expected = judged(ledger, Join(catalog(), {}))
    assert len(expected) > 500
    assert at_once == expected
    assert held == expected


def test_of_recorded_usage(tmp_path: Path) -> None:
    """The shares of a bar are what a backtest tells; by origin they come to 1 at most; ranks count from 1."""
    join = Join(shipped(), {})
    rule = compiled('watch: share(tokens, by="vendor")\nabove: 20%', "week")
    held: dict[Place, dict[str, float]] = {}
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        import_files([SHARED / "data/usage/usage.csv.gz"], ledger)
        assert fed(ledger.derived((METRIC,), Shares(ledger, shipped)), held, 32) > 10
        told = backtest(ledger, [rule], join)
        assert held == judged(ledger, join)
    assert len(told) > 20
    for each in told:
        place = (each.labels.get("source"), Bar.WEEK, "vendor", each.labels.get("vendor"), each.valid_at)
        assert held[place]["share"] == each.value
    wholes: dict[tuple[str, Bar, int], float] = {}
    ranks: dict[tuple[str, Bar, str, int], list[float]] = {}
    for (source, bar, by, _, at), fields in held.items():
        ranks.setdefault((source, bar, by, at), []).append(fields["rank"])
        if by == "origin":
            wholes[source, bar, at] = wholes.get((source, bar, at), 0.0) + fields["share"]
    assert 0.5 < max(wholes.values()) <= 1 + 1e-12
    assert all(sorted(places) == list(range(1, len(places) + 1)) for places in ranks.values())


def vendors(items: Sequence[tuple[int, tuple[Share, ...]]], bar: Bar = Bar.DAY) -> list[tuple[str, int, float, float]]:
    """(name, number of the bar, share, rank) by vendor."""
    every = [share for _, item in items for share in item if share.by == "vendor" and share.bar is bar]
    return [(each.name, (each.at - seconds(START)) // bar.width, each.share, each.rank) for each in every]


def day(number: int, values: dict[str, float], *, sealed: bool = True) -> Snapshot:
    """A poll just after a day."""
    end = START + (number + 1) * DAY
    shown = {(model, START + number * DAY): value for model, value in values.items()}
    return usage(end + HOUR, shown, sealed=end if sealed else None)


def test_a_restatement_brings_its_bar_again(tmp_path: Path) -> None:
    """Case: other shares and ranks at the same place, and nothing of bars that did not change but the newest."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        derived = cursors(ledger)
        for number in range(20):
            ledger.learn(day(number, {"openai/a": 3.0, "google/c": 1.0}))
        before = derived.newest()
        restated = usage(START + 21 * DAY, {("google/c", START): 9.0})
        ledger.learn(restated)
        assert vendors(derived.after(before, 10)) == [("google", 0, 0.75, 1.0), ("openai", 0, 0.25, 2.0)]
        assert vendors(derived.after(before, 10), Bar.WEEK) == [
            ("google", 0, 15 / 36, 2.0),
            ("openai", 0, 21 / 36, 1.0),
        ]
        assert vendors(derived.again(before + 1)) == vendors(derived.after(before, 10))


def test_what_the_catalogue_does_not_know_is_a_part_of_the_whole_alone(tmp_path: Path) -> None:
    """Case: neither an unknown vendor nor the rest of a cut-off list is a group; a model is one by its name."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.learn(day(0, {"openai/a": 1.0, "nobody/e": 2.0, "other": 1.0}))
        ((_, item),) = cursors(ledger).after(0, 10)
    found = {(each.by, each.name): (each.share, each.amount, each.rank) for each in item}
    assert found == {
        ("vendor", "openai"): (0.25, 1.0, 1.0),
        ("origin", "US"): (0.25, 1.0, 1.0),
        ("family", "gpt"): (0.25, 1.0, 1.0),
        ("open_weights", "closed"): (0.25, 1.0, 1.0),
        ("model", "nobody/e"): (0.5, 2.0, 1.0),
        ("model", "openai/a"): (0.25, 1.0, 2.0),
    }


def test_a_bar_waits_for_its_seal(tmp_path: Path) -> None:
    """Case: the cursor goes on without it; a seal that came alone shows with what is learnt next of the source."""
    held: dict[Place, dict[str, float]] = {}
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        derived = cursors(ledger)
        ledger.learn(day(0, {"openai/a": 1.0}, sealed=False))
        assert [item for _, item in derived.after(0, 10)] == [()]
        assert derived.waiting_since("sink") == seconds(START + DAY + HOUR)
        fed(derived, held, 10)
        assert (held, derived.waiting_since("sink")) == ({}, None)
        ledger.learn(day(0, {"openai/a": 1.0}))
        assert derived.newest() == 1
        ledger.learn(day(1, {"openai/a": 2.0}))
        assert vendors(derived.after(1, 10)) == [("openai", 0, 1.0, 1.0), ("openai", 1, 1.0, 1.0)]


def test_slices_have_no_shares(tmp_path: Path) -> None:
    """Case: tokens of one app are a part of what is counted already."""
    part = Series("tokens", Labels.of(source="openrouter", model="openai/a", app="x"), Bar.DAY)
    at = seconds(START)
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.absorb(
            batch([(part, at, at + 90_000, 5.0)], Seal("openrouter", "tokens", Bar.DAY, START + DAY, START + 2 * DAY))
        )
        assert [item for _, item in cursors(ledger).after(0, 10)] == [()]


def test_what_a_cut_off_list_shows_to_be_nothing(tmp_path: Path) -> None:
    """Case: a model that is not on a list whose smallest is nothing has nothing; rules know that as well."""
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        ledger.learn(day(0, {"openai/a": 1.0, "google/c": 1.0, "other": 1.0}))
        ledger.learn(day(1, {"openai/a": 1.0, "deepseek/d": 0.0, "other": 1.0}))
        found: dict[Place, dict[str, float]] = {}
        fed(cursors(ledger), found, 1)
        assert found == judged(ledger, Join(catalog(), {}))
    assert found["openrouter", Bar.DAY, "vendor", "google", seconds(START + DAY)] == {
        "share": 0.0,
        "amount": 0.0,
        "rank": 3.0,
    }
