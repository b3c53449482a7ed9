"""What is explained is what was decided."""

from __future__ import annotations

import math

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.explain.answer import Instance, explain
from monitor.explain.text import lines
from monitor.model.frame import FALSE, TRUE, UNKNOWN
from monitor.model.labels import Labels
from monitor.model.transition import State, Transition
from monitor.rules.rule import Rule
from tests.laws.drawing import drawn, every_condition
from tests.laws.history import Table
from tests.laws.passes import ALERT, Record, catalogued, further


def at_last_bar(rule: Rule, table: Table, record: Record) -> dict[str, dict[Labels, Instance]]:
    """By partition, the instances explained at the newest bar that was judged."""
    return {
        partition: {
            each.labels: each for answer in answers if answer.partition == partition for each in answer.instances
        }
        for partition, through in record.through.items()
        for answers in [list(explain([rule], ALERT, table, catalogued(), through - 1))]
    }


def some_end(data: st.DataObject, table: Table) -> int:
    """Up to where a source had declared bars complete, at some time."""
    assume(table.words)
    return data.draw(st.sampled_from(sorted({word.through for word in table.words})))


@every_condition
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_explained_is_as_decided(key: str, data: st.DataObject) -> None:
    """State, changes and truth at a past bar are those of an engine that had judged just so far; and it can be said."""
    rule, table = drawn(data, key)
    through = some_end(data, table)
    record = further(rule, table.sealed(through), Record())
    for partition, instances in at_last_bar(rule, table, record).items():
        last = record.through[partition]
        states = record.states[partition]
        changed = [each for each in record.transitions if _ends(rule, each) == last and each.labels in instances]
        assert {labels: _plain(each.state) for labels, each in instances.items() if _plain(each.state)} == {
            labels: _plain(state) for labels, state in states.items() if labels in instances and _plain(state)
        }
        told = [change for each in instances.values() for change in each.changes]
        assert sorted(map(repr, told)) == sorted(repr(each) for each in changed)
        assert {each.condition.truth for each in instances.values()} <= {int(TRUE), int(FALSE), int(UNKNOWN)}
        assert all(each.unknown for each in instances.values() if each.condition.truth == UNKNOWN)
        for answer in explain([rule], ALERT, table, catalogued(), last - 1):
            assert all(line == line.rstrip() for line in lines(answer, answer.instances))


def _plain(state: State) -> tuple[object, ...]:
    """What of a state can be compared: NaN equals nothing."""
    memory = tuple(None if math.isnan(number) else number for number in state.memory)
    plain = (state.phase, state.since, state.cleared_at, state.level, memory)
    return () if plain == (State().phase, 0, 0, "", ()) else plain


def _ends(rule: Rule, transition: Transition) -> int:
    return transition.valid_at + rule.bar.width


@every_condition
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_came_later_explains_nothing(key: str, data: st.DataObject) -> None:
    """A past bar is explained as when it was the newest, also a bar in which nothing moved; as known, always so."""
    rule, table = drawn(data, key)
    through = some_end(data, table)
    by_then, later = (explained(rule, each, through - 1) for each in (table.sealed(through), table))
    assert by_then == {partition: said for partition, said in later.items() if partition in by_then}
    for answer in explain([rule], ALERT, table, catalogued(), through - 1, as_known=True):
        then = explained(rule, table.known(answer.judged_at), through - 1)
        assert list(lines(answer, answer.instances)) == then[answer.partition]


def explained(rule: Rule, table: Table, at: int) -> dict[str, list[str]]:
    """By partition, all that is said of the bar."""
    answers = explain([rule], ALERT, table, catalogued(), at)
    return {each.partition: list(lines(each, each.instances)) for each in answers}
