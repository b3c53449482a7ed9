"""One rule at one bar: what the engine judged there of each instance, from what it remembered before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitor.catalog import Join
from monitor.explain.part import Part, parts
from monitor.explain.unknown import reasons
from monitor.model.frame import UNKNOWN, Frame
from monitor.model.history import History
from monitor.model.judgement import Judgement, Past
from monitor.model.labels import Labels
from monitor.model.transition import State, Transition
from monitor.rules.after import Firings
from monitor.rules.assemble import Assembler, Partition
from monitor.rules.evaluate import AT_FIRST, judge, judge_partition
from monitor.rules.expression.across import listed
from monitor.rules.expression.nodes import Evaluation
from monitor.rules.replay import Memory
from monitor.rules.rule import Rule, with_earlier


@dataclass(frozen=True, slots=True)
class Instance:
    """One label set. `state`: after the bar. `changes`: what happened in it. `parts`: the condition, then what clears.

    `soon`: of a rule that comes after another alert, whether that fired in time. `unknown`: why its truth is, if so.
    """

    labels: Labels
    joined: Labels
    state: State
    changes: tuple[Transition, ...]
    parts: tuple[Part, ...]
    soon: bool
    unknown: tuple[str, ...]

    @property
    def condition(self) -> Part:
        """The condition itself."""
        return self.parts[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """One rule in one partition at one bar. `bar`: its start, epoch seconds; `judged_at`: when it was sealed.

    `since`: the start of the bar from which on nothing differed.
    """

    rule: Rule
    bar: int
    since: int
    judged_at: int
    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """What bars of a rule there are: the starts of the first and the last, epoch seconds; none where both are zero."""

    first: int = 0
    last: int = 0


def explain(rules: Sequence[Rule], alert: str, history: History, join: Join, at: int | None) -> Iterator[Answer]:
    """An answer for each partition that has judged the bar that holds `at` (None = its newest)."""
    related = with_earlier(rules, {alert})
    (rule,) = (each for each in related if each.name == alert)
    assembler, memory = _assembler(history, join), Memory()
    for judgement in judge((each for each in related if each is not rule), assembler, memory, AT_FIRST):
        memory.record(judgement)
    for partition in assembler.partitions(rule.need({})):
        bars = partition.evaluation.bars
        wanted = int(bars[-1]) if at is None else _floor(rule, at)
        if bars[0] <= wanted <= bars[-1]:
            row = int(np.searchsorted(bars, wanted, side="right")) - 1
            yield _answer(rule, partition, row, wanted, Firings(memory, related, join))


def judged_range(rule: Rule, history: History, join: Join) -> Range:
    """The bars that there are of a rule, over all its partitions."""
    evaluations = [partition.evaluation.bars for partition in _assembler(history, join).partitions(rule.need({}))]
    if not evaluations:
        return Range()
    return Range(min(int(bars[0]) for bars in evaluations), max(int(bars[-1]) for bars in evaluations))


def _assembler(history: History, join: Join) -> Assembler:
    return Assembler(lambda metric, _since: history.columns(metric), join)


def _floor(rule: Rule, at: int) -> int:
    return int(rule.bar.floor(np.array([at], np.int64))[0])


def _answer(rule: Rule, partition: Partition, row: int, bar: int, firings: Firings) -> Answer:
    """Judges all rows before the bar in one go, and then the bar by itself, as a live monitor does."""
    earlier = judge_partition(rule, Partition(partition.name, _cut(partition.evaluation, row)), Past(), firings)
    past = Past() if earlier is None else Past(earlier.through, earlier.states)
    now = Partition(partition.name, _cut(partition.evaluation, row + 1))
    judgement = judge_partition(rule, now, past, firings)
    base = listed(rule.watch.evaluate(now.evaluation))
    frame = rule.condition.instances(base)
    if judgement is not None and now.evaluation.bars[-1] != bar:  # what happened in the bar before that did not yet
        judgement = replace(judgement, transitions=())
    found = () if judgement is None else _instances(rule, now.evaluation, base, frame, past, judgement, firings)
    judged_at = int(partition.evaluation.judged_at[row])
    return Answer(rule, bar, int(partition.evaluation.bars[row]), judged_at, tuple(found))


def _instances(  # noqa: PLR0913, PLR0917 - all that was judged
    rule: Rule, evaluation: Evaluation, base: Frame, frame: Frame, past: Past, judgement: Judgement, firings: Firings
) -> Iterator[Instance]:
    row = len(evaluation.bars) - 1
    every = parts(rule, evaluation, base, frame, past.states)
    soon = None if rule.after is None else firings.soon_after(rule.after, frame, row)[0]
    for column, member in enumerate(frame.members):
        mine = tuple(part.of(column) for part in every)
        changed = tuple(each for each in judgement.transitions if each.labels == member.labels)
        why = tuple(reasons(rule, evaluation, member)) if mine[0].truth == UNKNOWN else ()
        state = judgement.states.get(member.labels, State())
        fired = True if soon is None else bool(soon[column])
        yield Instance(member.labels, member.joined, state, changed, mine, fired, why)


def _cut(evaluation: Evaluation, rows: int) -> Evaluation:
    """Only the first rows."""
    frames = {select: _first(frame, rows) for select, frame in evaluation.frames.items()}
    return replace(evaluation, bars=evaluation.bars[:rows], judged_at=evaluation.judged_at[:rows], frames=frames)


def _first(frame: Frame, rows: int) -> Frame:
    upper = None if frame.upper is None else frame.upper[:rows]
    return replace(
        frame,
        bars=frame.bars[:rows],
        judged_at=frame.judged_at[:rows],
        values=frame.values[:rows],
        absent=frame.absent[:rows],
        met=frame.met[:rows],
        upper=upper,
    )


def matching(instances: Iterable[Instance], wanted: Labels) -> list[Instance]:
    """Those that agree with all the labels wanted, their own or joined ones."""
    return [
        each
        for each in instances
        if all(value in (each.labels.get(name), each.joined.get(name)) for name, value in wanted)
    ]
