"""What a change saves, and what it may not lose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from monitor.model.bar import DAY
from monitor.model.labels import Labels
from monitor.model.transition import Change, Transition
from monitor.noise import Variant, best, variants
from monitor.rules.load import load
from monitor.rules.rule import Rule

TEXT = """
groups:
  - name: g
    every: day
    rules:
      - alert: High
        watch: tokens(model="a")
        above: 5
"""
LAST = 100 * DAY


def rule() -> Rule:
    return load([("rules.yaml", TEXT)]).rules[0]


def told(*spans: tuple[int, int], by: str = "High") -> list[Transition]:
    """The changes of episodes, in days: each fires at its first and ends at its second."""
    found = []
    for first, end in spans:
        for kind, day in ((Change.FIRING, first), (Change.RESOLVED, end)):
            found.append(
                Transition(by, Labels.of(model="a"), kind, first * DAY, day * DAY, day * DAY + DAY, 6.0, math.nan)
            )
    return found


def tried(spans: Sequence[tuple[int, int]], change: str = "for: 2 bars") -> tuple[Variant, list[Transition]]:
    name = f"High with {change}"
    own = rule()
    return Variant(change, replace(own, alert=replace(own.alert, name=name))), told(*spans, by=name)


SHORT = [(10, 11), (20, 21), (30, 31)]


def test_it_tells_less() -> None:
    """Case: six messages, of which two are left; the long one is told two days late."""
    saving = best((rule(), told(*SHORT, (40, 60))), [tried([(42, 60)])], 0, LAST)
    assert saving is not None
    assert (saving.told, saving.instead, saving.lasting) == (8, 2, 1)


def test_what_lasted_may_not_be_lost() -> None:
    """Law: a change that never tells of an episode of over a week is no saving, however much it saves."""
    assert best((rule(), told(*SHORT, (40, 48))), [tried([])], 0, LAST) is None
    assert best((rule(), told(*SHORT, (40, 47))), [tried([])], 0, LAST) is not None  # exactly a week


def test_an_open_episode_lasts_to_the_end_of_history() -> None:
    """Case: it fires still."""
    open_ = told((80, 90))[:1]
    assert best((rule(), [*told(*SHORT), *open_]), [tried([])], 0, LAST) is None


def test_the_one_that_saves_most_counts_and_the_first_of_equals() -> None:
    """Case: three changes; the mildest stands first."""
    original = (rule(), told(*SHORT))
    found = best(original, [tried(SHORT[:2], "a"), tried(SHORT[:1], "b"), tried(SHORT[1:2], "c")], 0, LAST)
    assert found is not None
    assert (found.change, found.instead) == ("b", 2)


def test_only_what_tells_less_is_a_saving() -> None:
    """Case: as many messages as before."""
    assert best((rule(), told(*SHORT)), [tried(SHORT)], 0, LAST) is None


def test_only_the_time_asked_for_is_counted() -> None:
    """Law: messages of the time counted, losses of all of history."""
    saving = best((rule(), told((5, 30), *[(60, 61), (70, 71)])), [tried([(6, 30)])], 50 * DAY, LAST)
    assert saving is not None
    assert (saving.told, saving.instead, saving.lasting) == (4, 0, 1)
    assert best((rule(), told((5, 30), (60, 61))), [tried([])], 50 * DAY, LAST) is None


def test_events_may_never_be_lost() -> None:
    """Law: what happens at one bar has no length, so that none of it may go."""
    text = TEXT.replace("above: 5", "rises: 20%")
    pulse = load([("rules.yaml", text)]).rules[0]
    assert pulse.timing.pulse
    (waits,) = (each for each in variants(load([("rules.yaml", text)]).written[0]) if each.change == "for: 2 bars")
    assert best((pulse, told((10, 10))[:1]), [(waits, [])], 0, LAST) is None
