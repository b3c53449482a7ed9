"""Laws of time: however history is cut, whatever comes late, rules decide what one backtest over all of it decides."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from monitor.rules.assemble import Mode
from monitor.rules.conditions import kinds
from tests.laws.drawing import drawn, every_condition, many
from tests.laws.passes import Record, judged
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
def test_causal(key: str, data: st.DataObject) -> None:
    """What was known at any instant gives the first part of what all of history gives."""
    rule, table = drawn(data, key)
    whole = judged(rule, table)
    for at in cuts(data, table.looks()):
        part = judged(rule, table.known(at))
        assert part.told() == within(whole, part)


def within(whole: Record, part: Record) -> list[tuple[object, ...]]:
    """The transitions of `whole` of bars that `part` has judged too."""
    end = max(part.through.values(), default=0)
    return [row for row in whole.told() if int(str(row[0])) < end]


@every_condition
@many
@given(data=st.data())
def test_any_cut(key: str, data: st.DataObject) -> None:
    """Judged in any pieces, what is remembered carried on: the same transitions, and the same is remembered."""
    rule, table = drawn(data, key)
    mode = data.draw(st.sampled_from(Mode))
    record = Record()
    for through in cuts(data, sorted({word.through for word in table.words})):
        record = judged(rule, table.sealed(through), record, mode)
    whole = judged(rule, table, None, mode)
    assert record.told() == whole.told()
    assert record.remembered() == whole.remembered()


@every_condition
@many
@given(data=st.data())
def test_live(key: str, data: st.DataObject) -> None:
    """Judged as it happened, with only the declared lookback read back, at some looks or at every one of them."""
    rule, table = drawn(data, key)
    record = Record()
    for at in data.draw(st.sampled_from([table.looks(), cuts(data, table.looks())])):
        record = judged(rule, table.known(at), record, windows=True)
    whole = judged(rule, table)
    assert record.told() == whole.told()
    assert record.remembered() == whole.remembered()


@every_condition
@many
@given(data=st.data(), shuffle=st.randoms(use_true_random=False))
def test_order_of_learning(key: str, data: st.DataObject, shuffle: random.Random) -> None:
    """In which order series were met, or rows came in before their bar was sealed, changes nothing."""
    rule, table = drawn(data, key)
    ours, theirs = judged(rule, table), judged(rule, table.shuffled(shuffle))
    assert ours.told() == theirs.told()
    assert ours.remembered() == theirs.remembered()


@every_condition
@many
@given(data=st.data())
def test_no_look_ahead(key: str, data: st.DataObject) -> None:
    """What is restated after a bar was sealed changes nothing of a backtest as known."""
    rule, table = drawn(data, key)
    assert judged(rule, table).told() == judged(rule, table.without_revisions()).told()
