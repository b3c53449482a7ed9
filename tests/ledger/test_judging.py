"""Judging: states, watermark, transitions and outbox rows are one transaction, and each transition is told once."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from monitor.errors import LedgerError
from monitor.ledger import Instance, Ledger
from monitor.model.judgement import Judgement
from monitor.model.labels import Labels
from monitor.model.transition import Change, Phase, State, Transition, episode_of
from tests.ledger.values import START, notification, transition

A, B = Labels.of(model="a"), Labels.of(model="b", note='quote " and ü')
FIRING = State(Phase.FIRING, since=100, memory=(1.5, math.nan, math.inf, -math.inf))
PENDING = State(Phase.PENDING, since=50)


def judgement(through: int, states: dict[Labels, State] | None = None, *changes: Transition) -> Judgement:
    """Of PriceCut in one source."""
    return Judgement("PriceCut", "openrouter", through, states or {}, changes)


def test_states_and_watermark_come_back(ledger: Ledger) -> None:
    """NaN and infinities in a memory included, text in labels included."""
    ledger.record([judgement(200, {A: FIRING, B: PENDING})], [], at=START)
    states = ledger.states("PriceCut", "openrouter")
    assert states[B] == PENDING
    assert replace(states[A], memory=()) == replace(FIRING, memory=())
    assert str(states[A].memory) == str(FIRING.memory)
    assert ledger.judged("PriceCut", "openrouter") == 200
    assert ledger.judged("PriceCut", "litellm") is None
    assert ledger.states("PriceCut", "litellm") == {}


def test_states_are_replaced_within_their_alert_and_partition(ledger: Ledger) -> None:
    """An instance that is back in its first state is forgotten; other partitions and alerts stay."""
    others = [
        replace(judgement(1, {A: FIRING}), partition=""),
        replace(judgement(1, {A: FIRING}), alert="Other"),
    ]
    ledger.record([judgement(1, {A: FIRING}), *others], [], at=START)
    ledger.record([judgement(2, {B: PENDING})], [], at=START)
    assert ledger.states("PriceCut", "openrouter") == {B: PENDING}
    assert list(ledger.states("PriceCut", "")) == [A]
    assert list(ledger.states("Other", "openrouter")) == [A]


def test_watermark_never_goes_back(ledger: Ledger) -> None:
    """A judgement that ends earlier is refused, with all that came with it; one that ends at the same bar is not."""
    ledger.record([judgement(200, {A: FIRING})], [], at=START)
    late = [replace(judgement(7), alert="Other"), judgement(199, {}, transition())]
    with pytest.raises(LedgerError, match="PriceCut: a judgement through 199 came after one through 200"):
        ledger.record(late, [notification()], at=START)
    assert ledger.judged("PriceCut", "openrouter") == 200
    assert ledger.judged("Other", "openrouter") is None
    assert list(ledger.states("PriceCut", "openrouter")) == [A]
    assert ledger.transitions() == []
    assert ledger.outbox.counts()["pending"] == 0
    ledger.record([judgement(200, {A: FIRING})], [], at=START)


def test_recording_again_adds_nothing(ledger: Ledger) -> None:
    """A crash after the commit: the same judgement with the same notification is neither told nor owed twice."""
    for _ in range(2):
        ledger.record([judgement(200, {A: FIRING}, transition())], [notification()], at=START)
    assert len(ledger.transitions()) == 1
    assert ledger.outbox.counts()["pending"] == 1


def test_transition_is_unique_by_alert_labels_episode_and_kind(ledger: Ledger) -> None:
    """Each of the four tells two apart; a different value does not."""
    first = transition()
    different = [
        replace(first, alert="Other"),
        replace(first, labels=B),
        replace(first, episode=first.episode + 1),
        replace(first, kind=Change.RESOLVED),
    ]
    same = replace(first, value=99.0, valid_at=0)  # an episode fires once
    ledger.record([judgement(200, {}, first, *different, same)], [], at=START)
    kept = ledger.transitions()
    assert len(kept) == 5
    assert {change.value for change in kept} == {1.5}


def test_transitions_come_back_newest_bar_first(ledger: Ledger) -> None:
    """NaN stays NaN; `since` is by the bar at which it changed."""
    changes = [transition(episode=episode) for episode in (300, 100, 200)]
    ledger.record([judgement(400, {}, *changes)], [], at=START)
    assert [change.episode for change in ledger.transitions()] == [300, 200, 100]
    assert [change.episode for change in ledger.transitions(limit=2)] == [300, 200]
    assert [change.episode for change in ledger.transitions(since=205)] == [300, 200]
    newest = ledger.transitions(limit=1)[0]
    assert math.isnan(newest.reference)
    assert replace(newest, reference=0.0) == replace(transition(episode=300), reference=0.0)


def test_open_instances_are_those_whose_episode_has_not_ended(ledger: Ledger) -> None:
    """Firing and recovering, not pending; of every alert and partition, oldest first."""
    recovering = State(Phase.RECOVERING, since=10, cleared_at=60)
    ledger.record([judgement(200, {A: replace(FIRING, memory=()), B: PENDING})], [], at=START)
    ledger.record([Judgement("Other", "", 200, {B: recovering}, ())], [], at=START)
    assert ledger.open_instances() == [
        Instance("Other", "", B, recovering),
        Instance("PriceCut", "openrouter", A, replace(FIRING, memory=())),
    ]


def test_notifications_are_owed_in_the_order_given(ledger: Ledger) -> None:
    """Older evaluations first: the order of the plan is the order of telling."""
    told = [notification("b"), notification("a"), notification("c", "console")]
    ledger.record([], told, at=START)
    assert [owed.id for owed in ledger.outbox.due(START)] == ["b", "c"]


def test_progress_is_every_watermark_by_alert_and_partition(ledger: Ledger) -> None:
    """What `judged` says one by one."""
    assert ledger.progress() == {}
    other = Judgement("Other", "", 9, {}, ())
    ledger.record([judgement(200), replace(judgement(7), partition="litellm"), other], [], at=START)
    assert ledger.progress() == {"PriceCut": {"openrouter": 200, "litellm": 7}, "Other": {"": 9}}


def test_an_episode_that_began_silently_is_unheard(ledger: Ledger) -> None:
    """Its end must not be told: nobody was told that it began."""
    of = Labels.of(source="openrouter")
    silent, told = (Transition("A", of, Change.FIRING, at, at, at + 1, 3.0, 4.0) for at in (1, 10))
    ledger.record([Judgement("A", "openrouter", 10, {}, (silent,))], (), at=START)
    ledger.record([Judgement("A", "openrouter", 20, {}, (told,))], (), at=START)
    assert [ledger.heard(episode_of(each)) for each in (silent, told)] == [False, True]
