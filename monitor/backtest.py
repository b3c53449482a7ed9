"""Rules over stored history: the very functions that run live, from nothing remembered to the last sealed bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.catalog import Join
from monitor.model.history import Columns, History
from monitor.model.judgement import Judgement
from monitor.model.transition import Transition
from monitor.rules.assemble import Assembler, Mode
from monitor.rules.evaluate import Past, judge
from monitor.rules.rule import Rule

ALL_TIME = (-(2**62), 2**62)


def backtest(
    history: History,
    rules: Iterable[Rule],
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
    return sorted(inside, key=lambda each: (each.valid_at, each.alert, each.labels, each.kind))


def judgements(history: History, rules: Iterable[Rule], join: Join, mode: Mode) -> Iterator[Judgement]:
    """One judgement for each rule and partition over all of history."""
    read: dict[str, Columns] = {}

    def recall(metric: str, _since: int | None) -> Columns:
        if metric not in read:
            read[metric] = history.columns(metric)
        return read[metric]

    return judge(rules, Assembler(recall, join, mode), lambda _alert, _partition: Past(), {})
