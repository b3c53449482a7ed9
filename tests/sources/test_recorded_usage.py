"""Recorded usage through the guard in order of recording: what was wrong is held back, what was sound is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from monitor.evaluate.usage import Heard, Row, Watched, evaluated, replayed, rows, snapshots
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Snapshot
from monitor.sources.doubts import scale, strangers
from monitor.sources.guard import suspicion
from tests.shared import SHARED

WEEKLY = "johnbean393/openrouter-inference-stats:data (weekly leaderboard, rounded)"
DAILY = "CasualStudy/casualstudy-portfolio:data/openrouter-usage.json"


USAGE = SHARED / "data" / "usage"


@cache
def recorded(*names: str) -> tuple[Row, ...]:
    return rows(USAGE, *names)


@pytest.mark.parametrize(("name", "count"), [("faulty_as_recorded", 10), ("partial_weeks", 88)])
def test_every_faulty_record_is_held_back(name: str, count: int) -> None:
    """Another chart in place of the list, a day in place of a week, weeks that were running: none gets through."""
    verdicts = replayed(recorded(name))
    assert len(verdicts) == count
    assert [snapshot.fetched_at for snapshot, doubt in verdicts if doubt is None] == []


def test_no_sound_record_is_held_back() -> None:
    """Of 208 sound snapshots none; the twelve that are held were recorded within the day that they call complete."""
    verdicts = replayed(recorded("usage", "totals"))
    assert Counter(doubt and doubt.kind for _, doubt in verdicts) == {None: 208, "running": 12}
    held = [snapshot for snapshot, doubt in verdicts if doubt is not None]
    for snapshot in held:
        newest = max(sample.valid_at for sample in snapshot.samples)
        assert newest <= snapshot.fetched_at < newest + timedelta(days=1)


def test_the_command_says_the_same() -> None:
    """By file: how many were held back, of how many."""
    assert evaluated(SHARED / "data") == [
        Heard("faulty_as_recorded", wrong=True, snapshots=10, held=10),
        Heard("partial_weeks", wrong=True, snapshots=88, held=88),
        Heard("usage and totals", wrong=False, snapshots=220, held=12),
    ]


def of(feed: str) -> list[tuple[Snapshot, Watched]]:
    """Each snapshot of a recorded feed, with what was believed just before it."""
    watched, found = Watched(), []
    for _, snapshot in snapshots(row for row in recorded("usage") if row.feed[0] == feed):
        found.append((snapshot, Watched({at: {**bar} for at, bar in watched.known.items()})))
        watched.shown(snapshot)
    return found


def changed(snapshot: Snapshot, change: Callable[[Sample], Sample]) -> Snapshot:
    """The same with another newest bar."""
    newest = max(sample.valid_at for sample in snapshot.samples)
    samples = (change(sample) if sample.valid_at == newest else sample for sample in snapshot.samples)
    return replace(snapshot, samples=tuple(samples))


def times(factor: float) -> Callable[[Sample], Sample]:
    """Figures of another size."""
    return lambda sample: replace(sample, value=(sample.value or 0.0) * factor)


@pytest.mark.parametrize(
    ("feed", "factor", "told"),
    [
        (DAILY, 7.0, "it looks like sums over seven days among days"),
        (DAILY, 1e-6, "it looks like another unit, or another chart in place of the list"),
        (DAILY, 1e6, "it looks like another unit, or another chart in place of the list"),
        (WEEKLY, 1 / 7, "it looks like a single day in place of a week"),
        (WEEKLY, 1e-6, "it looks like another unit, or another chart in place of the list"),
        (WEEKLY, 4.0, "something else than before is counted"),
    ],
)
def test_figures_of_another_size_are_told_as_what_they_are(feed: str, factor: float, told: str) -> None:
    """Every recorded snapshot but the first, with its newest bar made wrong; as it was, there is no doubt."""
    for snapshot, watched in of(feed)[1:]:
        why = scale.doubt(changed(snapshot, times(factor)), watched.believed(snapshot))
        assert why is not None
        assert why.endswith(told)
        assert scale.doubt(snapshot, watched.believed(snapshot)) is None


def test_another_list_is_told_as_such() -> None:
    """The size is right and the names are others."""

    def renamed(sample: Sample) -> Sample:
        model = f"x/{sample.series.labels.get('model')}"
        return replace(sample, series=replace(sample.series, labels=Labels.of(source=WEEKLY, model=model)))

    for snapshot, watched in of(WEEKLY)[1:]:
        why = strangers.doubt(changed(snapshot, renamed), watched.believed(snapshot))
        assert why is not None
        assert "expected at least 25% of them: it looks like another list" in why
        assert strangers.doubt(snapshot, watched.believed(snapshot)) is None


def test_the_faulty_captures_are_wrong_by_their_figures_alone() -> None:
    """Had they been of whole weeks: all ten against the sound leaderboard of the week before their own."""
    watched, kinds = Watched(), []
    sound = [(snapshot, False) for snapshot, _ in of(WEEKLY)]
    faulty = [(as_of_sound(snapshot), True) for _, snapshot in snapshots(recorded("faulty_as_recorded"))]
    for snapshot, wrong in sorted([*sound, *faulty], key=lambda pair: max(each.valid_at for each in pair[0].samples)):
        if wrong:
            doubt = suspicion(snapshot, watched.believed(snapshot))
            kinds.append(doubt and doubt.kind)
        else:
            watched.shown(snapshot)
    assert Counter(kinds) == {"scale": 9, "strangers": 1}


def as_of_sound(snapshot: Snapshot) -> Snapshot:
    """A faulty capture's newest week, as the sound feed would have brought it."""
    newest = max(sample.valid_at for sample in snapshot.samples)
    samples = tuple(
        replace(sample, series=replace(sample.series, labels=sample.series.labels.merged(Labels.of(source=WEEKLY))))
        for sample in snapshot.samples
        if sample.valid_at == newest
    )
    assert {sample.series.bar for sample in samples} == {Bar.WEEK}
    return replace(snapshot, samples=samples, seals=())
