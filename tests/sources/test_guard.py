from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.bar import DAY, Bar, instant, seconds
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Series, Snapshot
from monitor.sources.believed import NOTHING, Believed
from monitor.sources.guard import Held, suspicion

TODAY = datetime(2026, 8, 19, 0, 20, tzinfo=UTC)
NEWEST = seconds(datetime(2026, 8, 18, tzinfo=UTC))
WEEK_BEFORE = [(NEWEST - lag * DAY, 1000.0) for lag in range(1, 8)]


def snapshot(totals: dict[int, float], *, entries: int = 51, bar: Bar = Bar.DAY) -> Snapshot:
    """Each total in two models; and a price, which adds to nothing."""
    samples = [
        Sample(Series("tokens", Labels.of(source="openrouter", model=model), bar), instant(at), TODAY, total / 2)
        for at, total in totals.items()
        for model in ("a/b", "other")
    ]
    price = Series("price_output", Labels.of(source="openrouter", model="a/b"), Bar.HOUR)
    samples.append(Sample(price, TODAY, TODAY, 99.0))
    return Snapshot("openrouter_rankings", TODAY, tuple(samples), (), entries, "digest")


def known(totals: Iterable[tuple[int, float]], *, entries: int | None = None, bar: Bar = Bar.DAY) -> Believed:
    """What was accepted before, each total in two models."""
    flows: dict[Series, dict[int, float]] = {
        Series("tokens", Labels.of(source="openrouter", model=model), bar): {at: total / 2 for at, total in totals}
        for model in ("a/b", "other")
    }
    return Believed(entries, flows)


def why(snapshot: Snapshot, believed: Believed, held: Iterable[Held] = ()) -> str | None:
    """The words of a doubt."""
    doubt = suspicion(snapshot, believed, held)
    return None if doubt is None else doubt.why


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        (421, None),
        (295, None),
        (294, "got 294 entries, expected at least 295: the last accepted answer had 421"),
        (0, "got 0 entries, expected at least 295: the last accepted answer had 421"),
        (900, None),
    ],
)
def test_a_list_that_lost_more_than_three_tenths_is_not_believed(entries: int, reason: str | None) -> None:
    """A mass removal is far less likely than a broken list; more entries are no reason for doubt."""
    assert why(snapshot({}, entries=entries), Believed(421)) == reason


@pytest.mark.parametrize(
    ("total", "reason"),
    [
        (500, None),
        (1500, None),
        (
            498,
            "got a total of 498 for the day of 2026-08-18, expected 500 to 1,500: the mean of the 7 before is 1,000",
        ),
        (
            1502,
            "got a total of 1,502 for the day of 2026-08-18, expected 500 to 1,500: the mean of the 7 before is 1,000",
        ),
    ],
)
def test_a_total_off_by_more_than_half_is_not_believed(total: float, reason: str | None) -> None:
    """The newest day against the mean of the seven before it, with the numbers in the reason."""
    assert why(snapshot({NEWEST: total}), known(WEEK_BEFORE, entries=51)) == reason


def test_what_a_person_chooses_is_not_doubted() -> None:
    """A list of watched models, or a sheet of one's own, is shorter where its owner made it so."""
    chosen = replace(snapshot({NEWEST: 1}, entries=1), guarded=False)
    assert suspicion(chosen, known(WEEK_BEFORE, entries=421)) is None


def test_only_the_newest_bar_is_compared() -> None:
    """An older day that comes again is a revision, which is judged elsewhere."""
    assert why(snapshot({NEWEST - DAY: 10, NEWEST: 1000}), known(WEEK_BEFORE)) is None


def test_what_was_accepted_counts_more_than_what_the_snapshot_says_of_the_same_day() -> None:
    """An answer that is short on all its days must not be its own yardstick."""
    short = {NEWEST - lag * DAY: 400.0 for lag in range(4)}
    assert why(snapshot(short), known(WEEK_BEFORE)) is not None


@pytest.mark.parametrize("totals", [(), [(NEWEST - 400 * DAY, 5.0)], WEEK_BEFORE[:6]])
def test_without_the_seven_bars_before_nothing_is_said(totals: list[tuple[int, float]]) -> None:
    """A first import, a year's pause, a gap: there is no basis."""
    assert why(snapshot({NEWEST: 1}), known(totals)) is None


def test_a_first_import_of_history_is_not_compared_with_itself() -> None:
    """Even where the history itself holds a jump."""
    history = {NEWEST: 1.0, **dict(WEEK_BEFORE)}
    assert why(snapshot(history), NOTHING) is None


@given(factor=st.floats(0.02, 0.45) | st.floats(1.6, 50))
def test_a_market_that_really_changed_is_believed_within_a_week(factor: float) -> None:
    """Quarantined days stay unaccepted; polls of four days fill the week before until it is a basis or has a gap."""
    accepted = dict(WEEK_BEFORE)
    reasons = []
    for day in range(7):
        newest = NEWEST + day * DAY
        brought = {newest - lag * DAY: 1000 * factor if newest - lag * DAY >= NEWEST else 1000.0 for lag in range(4)}
        reason = why(snapshot(brought), known(sorted(accepted.items())))
        reasons.append(reason)
        if reason is None:
            accepted.update(brought)
    assert reasons[0] is not None
    assert reasons[-1] is None


def test_totals_of_weeks_are_left_alone() -> None:
    """A market that grows is often off by more than half from its seven weeks before."""
    monday = seconds(datetime(2026, 8, 10, tzinfo=UTC))
    before = [(monday - lag * 7 * DAY, 1000.0) for lag in range(1, 8)]
    assert why(snapshot({monday: 1900}, bar=Bar.WEEK), known(before, bar=Bar.WEEK)) is None


def test_an_unchanged_answer_is_not_compared() -> None:
    """304 has no entries, and that is no loss."""
    empty = replace(snapshot({}), unchanged=True, entries=0, fetched_at=TODAY + timedelta(hours=1))
    assert suspicion(empty, known(WEEK_BEFORE, entries=421)) is None


def held(*looks: tuple[timedelta, int], kind: str = "entries") -> list[Held]:
    """Snapshots that were not believed: how long ago, and with how many entries."""
    return [Held(kind, TODAY - ago, entries) for ago, entries in looks]


HOURS = timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "believed"),
    [
        (held(), False),
        (held((71 * HOURS, 240)), False),
        (held((72 * HOURS, 240)), True),
        (held((72 * HOURS, 3), (71 * HOURS, 240)), False),
        (held((80 * HOURS, 3), (72 * HOURS, 240), (10 * HOURS, 241)), True),
        (held((80 * HOURS, 240), (10 * HOURS, 3)), False),
        (held((80 * HOURS, 240), kind="jump"), False),
    ],
)
def test_a_collapse_that_stays_is_the_new_normal(before: list[Held], believed: bool) -> None:
    """After three days with about as many entries; what goes up and down meanwhile begins anew."""
    assert (suspicion(snapshot({}, entries=241), Believed(421), before) is None) is believed


def test_another_unit_does_not_become_right_by_staying() -> None:
    """What is counted otherwise than before is for a person to decide."""
    weeks = [Held("scale", TODAY - timedelta(days=days), 51) for days in range(90)]
    series = [Series("tokens", Labels.of(source="openrouter", model=f"a/{each}"), Bar.DAY) for each in range(9)]
    before = Believed(51, {each: {NEWEST - DAY * 90: 5e9} for each in series})
    tiny = tuple(Sample(each, instant(NEWEST), TODAY, 5e3) for each in series)
    doubt = suspicion(replace(snapshot({}), samples=tiny), before, weeks)
    assert doubt is not None
    assert doubt.kind == "scale"
