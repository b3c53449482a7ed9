"""What was known when: a backtest as known sees nothing early, and is what a monitor that was there has decided."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from monitor.backtest import Mode, backtest
from monitor.catalog import Join, shipped
from monitor.dispatch import Routes, Timeliness
from monitor.files import load_rules
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.bar import instant, seconds
from monitor.model.history import Batch, Columns, History
from monitor.model.labels import Labels
from monitor.model.sample import Seal
from monitor.model.transition import Change, Transition
from monitor.rules.corrections import stories
from monitor.rules.load import load
from monitor.rules.rule import Rule
from tests.acceptance.known import CASUAL, MODELS

ROOT = Path(__file__).parents[2]
DAY = timedelta(days=1)
RESTATED = datetime(2026, 7, 18, tzinfo=UTC)
"""First read on the 19th and incomplete; read again on the 21st: every row higher, up to 5.8 %."""
DAY_RULES = """
groups:
  - name: days
    every: day
    rules:
      - alert: AboveEightTrillion            # 7.87T at first, 8.05T in the end; 7.74T the day after
        watch: sum(tokens)
        above: 8T
      - alert: NemotronBelow420B             # 409.8B at first, 433.8B in the end
        watch: tokens(model="nvidia/nemotron-3-ultra-550b-a55b-20260604:free")
        below: 420B
      - alert: Volume
        watch: sum(tokens)
        rises: 3%
        against: previous
      - alert: RecordDay
        watch: tokens
        new_high: all
      - alert: TopTen
        watch: tokens(model="*")
        enters_top: 10
      - alert: VendorShare
        watch: share(tokens, by="vendor")
        crosses_below: 2%
        clear: {above: 2.2%}
      - alert: WeekOfDays
        watch: sum(tokens, origin="CN")
        crosses: avg_over(sum(tokens, origin="CN"), "7d")
      - alert: Settled
        watch: sum(tokens, vendor="openai")
        above: sum(tokens, vendor="z-ai")
        for: 2 bars
      - alert: NewModel
        watch: tokens(model="*")
        appears: true
      - alert: GoneModel
        watch: tokens(model="*")
        disappears: 3 bars
"""


@pytest.fixture(scope="module")
def rules() -> tuple[Rule, ...]:
    """The shipped rules, which judge weeks and hours, and some that judge days."""
    days = load([("days.yaml", DAY_RULES)])
    ours = load_rules([ROOT / "rules"])
    assert not (*days.problems, *ours.problems)
    return (*days.rules, *ours.rules)


@pytest.fixture(scope="module")
def casual(recorded: Ledger) -> Batch:
    """Days of the official API with 942 restated values, as one repository recorded them day after day."""
    return of_source(recorded.columns("tokens"), CASUAL)


@pytest.fixture(scope="module")
def models(recorded: Ledger) -> Batch:
    """Days of every model's own page, 428 ids: without a rest row, with 12,853 restated values and with holes."""
    return of_source(recorded.columns("tokens"), MODELS)


def test_a_day_that_was_restated(casual: Batch, rules: Sequence[Rule], tmp_path: Path) -> None:
    """As known the first figures of 2026-07-18 decide, with what was known on the 19th; as final those of the 21st."""
    with filled(tmp_path, casual) as ledger:
        known, final = (of(ledger, rules, mode) for mode in (Mode.AS_KNOWN, Mode.AS_FINAL))
    first_read = seconds(datetime(2026, 7, 19, 0, 5, 16, tzinfo=UTC))
    fell = on(RESTATED, known)["NemotronBelow420B", Change.FIRING]
    assert (fell.value, fell.judged_at) == (409_839_284_549.0, first_read)
    assert ("NemotronBelow420B", Change.FIRING) not in on(RESTATED, final)

    ended = on(RESTATED, known)["AboveEightTrillion", Change.RESOLVED]
    assert (ended.value, ended.judged_at) == (7_865_670_510_190.0, first_read)
    assert ("AboveEightTrillion", Change.RESOLVED) not in on(RESTATED, final)
    assert on(RESTATED + DAY, final)["AboveEightTrillion", Change.RESOLVED].value == 7_742_838_835_750.0


@pytest.mark.parametrize("source", ["casual", "models"])
def test_nothing_is_known_early(
    source: str, rules: Sequence[Rule], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A ledger that holds only what was known by an instant tells the same as all of it does up to that instant."""
    batch: Batch = request.getfixturevalue(source)
    with filled(tmp_path / "whole", batch) as ledger:
        whole = of(ledger, rules, Mode.AS_KNOWN)
    moments = np.unique(batch.known_at)
    for number, moment in enumerate(moments[:: len(moments) // 8].tolist()):
        with filled(tmp_path / str(number), taken(batch, upto=moment)) as ledger:
            early = of(ledger, rules, Mode.AS_KNOWN)
        assert fields_of(early) == fields_of(each for each in whole if each.judged_at <= moment)
    assert len({each.alert for each in whole}) > 10


def test_live_is_backtest(casual: Batch, rules: Sequence[Rule], tmp_path: Path) -> None:
    """Learning in the order in which it was recorded, and judging after each time, tells the very same."""
    with filled(tmp_path / "whole", casual) as ledger:
        expected = of(ledger, rules, Mode.AS_KNOWN)
    assert fields_of(lived(casual, rules, tmp_path, at_most=1)) == fields_of(expected)


@pytest.mark.parametrize("source", ["casual", "models"])
def test_what_stands_is_as_final(
    source: str, rules: Sequence[Rule], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Judging after a few times each, whatever is restated between: in the end the same episodes stand."""
    batch: Batch = request.getfixturevalue(source)
    with filled(tmp_path / "whole", batch) as ledger:
        expected = of(ledger, rules, Mode.AS_FINAL)
    assert standing(lived(batch, rules, tmp_path, at_most=6)) == standing(expected)


def lived(batch: Batch, rules: Sequence[Rule], folder: Path, at_most: int) -> list[Transition]:
    """All that a monitor records that learns a batch in order and judges after 1 to `at_most` instants."""
    with Ledger.open(folder / "live") as ledger:
        judging = Judging(ledger, shipped(), Routes(("slack",)), Timeliness(DAY, DAY))
        for before, moment in steps(np.unique(batch.known_at).tolist(), at_most):
            ledger.absorb(taken(batch, after=before, upto=moment))
            judging.judge(rules, instant(moment))
        return [each for alert in {rule.name for rule in rules} for each in ledger.recorded(alert, None, 0)]


def standing(transitions: Iterable[Transition]) -> dict[tuple[str, Labels, int], tuple[int, int | None]]:
    """By alert, instance and episode: the bar in which it fired and that in which it ended, after all corrections."""
    by_alert: dict[str, list[Transition]] = {}
    for each in transitions:
        by_alert.setdefault(each.alert, []).append(each)
    return {
        (alert, labels, episode): (fired.valid_at, story.ended[episode].valid_at if episode in story.ended else None)
        for alert, told in by_alert.items()
        for labels, story in stories(told).items()
        for episode, fired in story.fired.items()
    }


def steps(moments: Sequence[int], at_most: int) -> Iterator[tuple[int, int]]:
    """Stretches of time after one instant up to another, each with 1 to `at_most` of the moments."""
    chance = random.Random(20260718)  # noqa: S311 - seeded
    before, at = 0, -1
    while at < len(moments) - 1:
        at = min(at + chance.randint(1, at_most), len(moments) - 1)
        yield before, moments[at]
        before = moments[at]


def of_source(columns: Columns, source: str) -> Batch:
    """All rows of one source, as a batch to be learnt."""
    ours = np.array([series.labels.get("source") == source for series in columns.series])
    seals = [
        Seal(name, "tokens", bar, instant(through), instant(known))
        for (name, bar), log in columns.seals.items()
        if name == source
        for through, known in zip(log.through.tolist(), log.known_at.tolist(), strict=True)
    ]
    rows = ours[columns.index]
    return Batch(
        columns.series,
        columns.index[rows],
        columns.valid_at[rows],
        columns.known_at[rows],
        columns.values[rows],
        tuple(seals),
        {},
    )


def taken(batch: Batch, *, upto: int, after: int = 0) -> Batch:
    """What became known after one instant and up to another: rows and seals."""
    rows = (after < batch.known_at) & (batch.known_at <= upto)
    return Batch(
        batch.series,
        batch.index[rows],
        batch.valid_at[rows],
        batch.known_at[rows],
        batch.values[rows],
        tuple(seal for seal in batch.seals if after < seconds(seal.known_at) <= upto),
        {},
    )


def filled(folder: Path, batch: Batch) -> Ledger:
    """A ledger that has learnt a batch."""
    ledger = Ledger.open(folder / "ledger.sqlite")
    ledger.absorb(batch)
    return ledger


def of(history: History, rules: Sequence[Rule], mode: Mode) -> list[Transition]:
    """A backtest over all of it."""
    return backtest(history, rules, Join(shipped(), {}), mode)


def on(day: datetime, transitions: Sequence[Transition]) -> dict[tuple[str, Change], Transition]:
    """What changed on a day, by alert and kind."""
    return {(each.alert, each.kind): each for each in transitions if each.valid_at == seconds(day)}


def fields_of(transitions: Iterable[Transition]) -> list[tuple[object, ...]]:
    """In one order, and comparable: NaN as text."""
    return sorted(
        (
            each.valid_at,
            each.alert,
            each.labels.pairs,
            each.kind.value,
            each.episode,
            each.judged_at,
            str(each.value),
            str(each.reference),
        )
        for each in transitions
    )
