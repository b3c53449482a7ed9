"""Laws of time: however history is cut, whatever comes late, rules decide what one go over all of it decides."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.conditions import kinds
from tests.laws.drawing import drawn, every_condition, many
from tests.laws.passes import Record, as_final, as_known, further, looked
from tests.laws.snippets import SNIPPETS


def test_every_condition_is_tried() -> None:
    """A new condition needs rules here, so that the laws are tried on it."""
    assert set(SNIPPETS) == set(kinds().builds)


def cuts(data: st.DataObject, instants: Sequence[int]) -> list[int]:
    """Some of the instants, in order, and the last one."""
    chosen = data.draw(st.sets(st.sampled_from(instants), max_size=4)) if instants else set()
    return sorted(chosen | set(instants[-1:]))


@every_condition
@many
@given(data=st.data())
def test_no_look_ahead(key: str, data: st.DataObject) -> None:
    """As known: what was learnt by any instant gives what was told by then, corrections included."""
    rule, table = drawn(data, key)
    whole = as_known(rule, table)
    for at in cuts(data, table.looks()):
        told = [row for row in whole.told() if int(str(row[4])) <= at]
        assert as_known(rule, table.known(at)).told() == told


@every_condition
@many
@given(data=st.data())
def test_any_cut(key: str, data: st.DataObject) -> None:
    """Judged in any pieces, what is remembered carried on: the same transitions, and the same is remembered."""
    rule, table = drawn(data, key)
    record = Record()
    for through in cuts(data, sorted({word.through for word in table.words})):
        record = further(rule, table.sealed(through), record)
    whole = as_final(rule, table)
    assert record.told() == whole.told()
    assert record.remembered() == whole.remembered()


@every_condition
@many
@given(data=st.data())
def test_live(key: str, data: st.DataObject) -> None:
    """A monitor that looks whenever something comes tells what a backtest as known tells."""
    rule, table = drawn(data, key)
    record, last = Record(), 0
    for at in table.looks():
        record, last = looked(rule, table, record, last, at), at
    whole = as_known(rule, table)
    assert record.told() == whole.told()
    assert record.remembered() == whole.remembered()


@every_condition
@many
@given(data=st.data())
def test_order_of_learning(key: str, data: st.DataObject) -> None:
    """Whenever it looks, whatever came late or was restated: the episodes that stand are those of one go at the end."""
    rule, table = drawn(data, key)
    record, last = Record(), 0
    for at in cuts(data, table.looks()):
        record, last = looked(rule, table, record, last, at), at
    whole = as_final(rule, table)
    assert record.standing() == whole.standing()
    assert record.remembered() == whole.remembered()


@every_condition
@many
@given(data=st.data(), shuffle=st.randoms(use_true_random=False))
def test_order_of_meeting(key: str, data: st.DataObject, shuffle: random.Random) -> None:
    """In which order series were met changes nothing."""
    rule, table = drawn(data, key)
    ours, theirs = as_final(rule, table), as_final(rule, table.shuffled(shuffle))
    assert ours.told() == theirs.told()
    assert ours.remembered() == theirs.remembered()
