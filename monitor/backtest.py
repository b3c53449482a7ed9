"""Rules over stored history: the very functions that run live, from nothing remembered to the last sealed bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from monitor.catalog import Join
from monitor.model.history import Columns, History
from monitor.model.judgement import Judgement
from monitor.model.transition import Transition
from monitor.rules.assemble import Assembler
from monitor.rules.evaluate import AT_FIRST, judge
from monitor.rules.replay import Memory, replay
from monitor.rules.rule import Rule

ALL_TIME = (-(2**62), 2**62)


class Mode(StrEnum):
    """Which value of a restated bar counts."""

    AS_KNOWN = "as_known"  # what a monitor would have said as it learnt: no look-ahead, corrections included
    AS_FINAL = "as_final"  # the newest one, as if it had been known at once


def backtest(
    history: History,
    rules: Sequence[Rule],
    join: Join,
    mode: Mode = Mode.AS_FINAL,
    within: tuple[int, int] = ALL_TIME,
) -> list[Transition]:
    """Every transition whose bar starts `within` (first, last) epoch seconds, both included, in order of bars.

    History before that is judged as well, so that what is remembered at its start is what a monitor would remember.
    """
    first, last = within
    found = [each for judgement in judgements(history, rules, join, mode) for each in judgement.transitions]
    inside = [each for each in found if first <= each.valid_at <= last]
    return sorted(inside, key=lambda each: (each.valid_at, each.judged_at, each.alert, each.labels.pairs, each.kind))


def judgements(history: History, rules: Sequence[Rule], join: Join, mode: Mode) -> Iterator[Judgement]:
    """As known: every judgement in the order of learning. As final: one for each rule and partition."""
    if mode is Mode.AS_KNOWN:
        yield from replay(history, rules, join)
        return
    read: dict[str, Columns] = {}

    def recall(metric: str, _since: int | None) -> Columns:
        if metric not in read:
            read[metric] = history.columns(metric)
        return read[metric]

    memory = Memory()
    for judgement in judge(rules, Assembler(recall, join), memory, AT_FIRST):
        memory.record(judgement)
        yield judgement
