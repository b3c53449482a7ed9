"""The rulebook: last good versions over a restart, and what is put aside of a rule."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.ledger import Ledger
from monitor.model.bar import seconds
from monitor.model.judgement import Judgement
from monitor.model.labels import Labels
from monitor.model.transition import Change, EpisodeKey, Phase, State, Transition, episode_of
from monitor.rules.merge import Accepted
from tests.ledger.values import START

AT = seconds(START)
A = Accepted("A", "/rules/1.yaml", "{}", AT)
MEMBER = Labels.of(source="openrouter", model="a")


def fire(ledger: Ledger, alert: str, *, silent: bool = False, episode: int = AT, labels: Labels = MEMBER) -> None:
    """An open episode; not `silent`: after an evaluation that found nothing."""
    begun = Transition(alert, labels, Change.FIRING, episode, episode, episode, 1.0, math.nan)
    first = () if silent else (Judgement(alert, "openrouter", episode, {}, ()),)
    judgement = Judgement(alert, "openrouter", episode + 1, {labels: State(Phase.FIRING, episode)}, (begun,))
    ledger.record([*first, judgement], (), at=START)


def test_versions_outlive_a_restart(path: Path) -> None:
    """What was accepted is there again, the newest version of each; what was forgotten is not."""
    kept = Accepted("A", "/rules/2.yaml", "{é}", AT + 1, kept_at=AT + 2)
    with Ledger.open(path) as ledger:
        ledger.rulebook.accept([A, Accepted("B", "/rules/1.yaml", "{}", AT)])
        ledger.rulebook.accept([kept])
        ledger.rulebook.forget("B")
    with Ledger.open(path) as ledger:
        assert ledger.rulebook.accepted() == {"A": kept}


def test_what_is_put_aside_is_as_if_it_never_was_judged(ledger: Ledger) -> None:
    """No states, no progress, no beginnings that a later end could be told of; the record stays under another name."""
    for alert in ("A", "AB"):
        fire(ledger, alert)
    ledger.rulebook.put_aside("A", AT)
    assert (ledger.judged("A", "openrouter"), ledger.states("A", "openrouter")) == (None, {})
    assert [each.alert for each in ledger.open_instances()] == ["AB"]
    assert {each.alert for each in ledger.transitions()} == {"A@2026-01-05T00:00:00Z", "AB"}
    fire(ledger, "A", silent=True)
    (again,) = (each for each in ledger.transitions() if each.alert == "A")
    assert not ledger.heard(episode_of(again))


MEMORIES = {
    "the same length": ((-1.0, 1.0), (1.0, math.nan), (-1.0, 1.0)),
    "another length": ((-1.0, 1.0), (-1.0, 1.0, 5.0), (-1.0, 1.0, 5.0)),
    "nothing known now": ((-1.0, 1.0), (), (-1.0, 1.0)),
    "nothing known before": ((), (1.0, 1.0), (1.0, 1.0)),
}


@pytest.mark.parametrize("case", MEMORIES)
def test_open_instances_come_back_over_what_was_judged_anew(ledger: Ledger, case: str) -> None:
    """Phase and episode as before; the memory of now only where that of before can not be used. Others are of now."""
    before, now, after = MEMORIES[case]
    other = Labels.of(source="openrouter", model="b")
    old = {MEMBER: State(Phase.FIRING, AT, memory=before), other: State(memory=(1.0,))}
    ledger.record([Judgement("A", "openrouter", AT, old, ())], (), at=START)
    open_ = ledger.rulebook.forget_past("A")
    assert (ledger.judged("A", "openrouter"), ledger.states("A", "openrouter")) == (None, {})
    new = {MEMBER: State(memory=now), other: State(memory=(2.0,))}
    ledger.record([Judgement("A", "openrouter", AT, new, ())], (), at=START)
    ledger.rulebook.restore(open_)
    assert ledger.states("A", "openrouter") == {
        MEMBER: State(Phase.FIRING, AT, memory=after),
        other: State(memory=(2.0,)),
    }


def test_two_versions_within_one_second(ledger: Ledger) -> None:
    """Case: the second one to be put aside takes the place of the first, and nothing fails."""
    for _ in range(2):
        fire(ledger, "A")
        ledger.rulebook.put_aside("A", AT)
    assert [each.alert for each in ledger.transitions()] == ["A@2026-01-05T00:00:00Z"]


def test_only_open_episodes_that_were_told(ledger: Ledger) -> None:
    """Open episodes of that alert whose beginning was told, oldest first."""
    other = Labels.of(source="openrouter", model="b")
    fire(ledger, "A", silent=True)
    assert ledger.rulebook.told("A") == []
    fire(ledger, "B", labels=other)
    assert ledger.rulebook.told("B") == [EpisodeKey("B", other, AT)]
    later = AT + int(timedelta(days=1).total_seconds())
    fire(ledger, "B", episode=later)
    assert ledger.rulebook.told("B") == [EpisodeKey("B", MEMBER, later)]
