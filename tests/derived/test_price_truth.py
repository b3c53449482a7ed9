"""What is said of prices: the truth's own words, however they were fed."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.catalog import Join, shipped
from monitor.derived import price_truth
from monitor.derived.price_truth import PriceTruth, all_said
from monitor.evaluate.prices import replayed
from monitor.evaluate.records import read
from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.ledger.derived_cursors import DerivedCursors
from monitor.model.bar import Bar, seconds
from monitor.model.history import History
from monitor.model.labels import Labels
from monitor.model.metric import PRICES
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.truth.event import Said
from monitor.truth.looks import READ
from monitor.truth.offer import offers
from monitor.truth.truth import Truth
from tests.derived.points import Word, cut, word
from tests.ledger.values import HOUR, START
from tests.shared import SHARED


def cursors(ledger: Ledger) -> DerivedCursors[tuple[Said, ...]]:
    catalog = shipped()
    return ledger.derived(READ, PriceTruth(ledger, lambda: catalog))


def fed(derived: DerivedCursors[tuple[Said, ...]], limit: int, name: str = "sink") -> list[Word]:
    """Feed until nothing is left: all words in the order in which they were written."""
    words: list[Word] = []
    while rows := derived.after(derived.position(name), limit):
        assert len(rows) <= limit
        words += [word(said) for _, item in rows for said in item]
        derived.move(name, rows[-1][0])
    assert derived.position(name) == derived.newest()
    return words


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with all recorded prices."""
    path = tmp_path_factory.mktemp("prices") / "ledger.sqlite"
    with Ledger.open(path) as ledger:
        import_files([SHARED / "data/prices/prices.csv.gz"], ledger)
    return path


def test_the_words_of_recorded_prices(recorded: Path) -> None:
    """Law: each word of each event of the truth over the records, once, in any cut."""
    records, join = read(SHARED / "data"), Join(shipped(), {})
    truth = Truth(offers(join.identities), join.routed)
    truth.watch(records.looks)  # the declarations are no samples
    expected = sorted(word(Said(event, each)) for event in truth.events() for each in event.words)
    assert len(expected) > 7_000
    with Ledger.open(recorded) as ledger:
        for number, limit in enumerate((100, 100_000)):
            assert sorted(fed(cursors(ledger), limit, f"sink {number}")) == expected


def test_the_changes_that_evaluate_scores(recorded: Path) -> None:
    """The same changes become confirmed, at the same time, but for what only the declarations say."""
    score = replayed(read(SHARED / "data"), Join(shipped(), {}))
    scored = {word(Said(event, each)) for event in score.events for each in event.words if each.status == "confirmed"}
    with Ledger.open(recorded) as ledger:
        found = {each for each in fed(cursors(ledger), 1_000, "scored") if each[3] == "confirmed"}
    assert len(scored) > 20
    assert found == scored


@pytest.mark.parametrize("seed", range(10))
def test_any_cut_is_what_is_said_at_the_end(seed: int, tmp_path: Path) -> None:
    """Law: looks of three sources in the order of time, fed after any of them; a restart loses and repeats nothing."""
    shuffle = random.Random(seed)  # noqa: S311 - no secret
    words: list[Word] = []
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        derived = cursors(ledger)
        for number in range(120):
            ledger.learn(look(number, shuffle))
            derived = cursors(ledger) if shuffle.random() < 0.1 else derived
            words += fed(derived, cut(shuffle)) if shuffle.random() < 0.5 else []
        words += fed(derived, cut(shuffle))
        assert len(words) > 20
        assert sorted(words) == sorted(map(word, all_said(ledger, Join(shipped(), {}))))


def look(number: int, shuffle: random.Random) -> Snapshot:
    """A look at one of three sources; each price is one of three."""
    source, at = shuffle.choice(("openrouter", "litellm", "models_dev")), START + number * HOUR
    samples = [
        Sample(Series(metric, Labels.of(source=source, model=model), Bar.HOUR), at, at, shuffle.choice((1.0, 2.0, 3.0)))
        for metric in PRICES[:2]
        for model in ("openai/gpt-5", "deepseek/deepseek-chat")
        if shuffle.random() < 0.5
    ]
    if shuffle.random() < 0.2:
        announced = Series("announced_input", Labels.of(source=source, model="openai/gpt-5"), Bar.HOUR)
        samples.append(Sample(announced, at, at, shuffle.choice((1.0, 2.0, None))))
        begins = Series("price_changes_at", announced.labels, Bar.HOUR)
        samples.append(Sample(begins, at, at, seconds(at + timedelta(days=2))))
    return Snapshot(source, at, tuple(samples), (), max(len(samples), 1), f"{number}")


def test_an_older_look_brings_what_was_said_since_again(tmp_path: Path) -> None:
    """Case: what a late sample made another word of is written again; words before it are not."""
    labels = {source: Labels.of(source=source, model="openai/gpt-5") for source in ("litellm", "models_dev")}

    def shown(source: str, hour: int, price: float, known: int) -> Snapshot:
        at = START + hour * HOUR
        sample = Sample(Series("price_input", labels[source], Bar.HOUR), at, at, price)
        return Snapshot(source, START + known * HOUR, (sample,), (), 1, f"{source}{hour}")

    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        derived = cursors(ledger)
        for source, hour, price in (
            ("litellm", 0, 1.0),
            ("litellm", 1, 2.0),
            ("litellm", 9, 3.0),
            ("models_dev", 9, 1.0),
        ):
            ledger.learn(shown(source, hour, price, hour))
        assert [each[3:5] for each in fed(derived, 10)] == [
            ("claimed", seconds(START + HOUR)),
            ("withdrawn", seconds(START + 9 * HOUR)),
            ("claimed", seconds(START + 9 * HOUR)),
        ]
        ledger.learn(shown("models_dev", 5, 2.0, 10))
        again = [
            each for each in map(word, all_said(ledger, Join(shipped(), {}))) if each[4] >= seconds(START + 5 * HOUR)
        ]
        assert fed(derived, 10) == again
        assert len(again) > 1


def test_nothing_is_replayed_unless_a_price_was_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Case: one replay for all steps of what was learnt, and for writing it again after an outage; none for usage."""
    replays: list[int] = []

    def counted(history: History, join: Join) -> list[Said]:
        replays.append(1)
        return all_said(history, join)

    monkeypatch.setattr(price_truth, "all_said", counted)
    shuffle = random.Random(1)  # noqa: S311 - no secret
    with Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        derived = cursors(ledger)
        for number in range(40):
            ledger.learn(look(number, shuffle))
        assert derived.after(0, 3) == derived.after(0, 3)
        fed(derived, 5)
        assert len(replays) == 1
        at = START + timedelta(days=9)
        usage = Sample(Series("tokens", Labels.of(source="s", model="a"), Bar.DAY), START, at, 1.0)
        ledger.learn(Snapshot("s", at, (usage,), (Seal("s", "tokens", Bar.DAY, at, at),), 1, "u"))
        assert fed(derived, 5) == []
        assert len(replays) == 1
