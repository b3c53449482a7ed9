"""The engine: rules and history → judgements. `run`, `backtest` and tests differ only in what they hand in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from monitor.model.frame import TRUE, Frame, Truth, Values, Verdicts
from monitor.model.judgement import Judgement
from monitor.model.labels import Labels
from monitor.model.transition import Phase, State, Transition
from monitor.rules.assemble import Assembler, Partition
from monitor.rules.conditions.condition import View
from monitor.rules.expression.across import listed
from monitor.rules.lifecycle import Step, columns, follow
from monitor.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier evaluations left of one alert in one partition. `through`: the end of the newest bar judged."""

    through: int | None = None
    states: Mapping[Labels, State] = field(default_factory=dict)


_AT_REST = State()

Recollect = Callable[[str, str], Past]
"""(alert, partition) → its past."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The rows of one partition that are new: the verdicts, where instances may clear, and the memory after them."""

    frame: Frame
    start: int
    verdicts: Verdicts
    clear: Truth | None
    memory: Values


def judge(
    rules: Iterable[Rule], assembler: Assembler, recollect: Recollect, judged: Mapping[str, Mapping[str, int]]
) -> Iterator[Judgement]:
    """Every rule over every partition that has bars not judged yet. `judged`: by alert, how far each partition is."""
    for rule in rules:
        for partition in assembler.partitions(rule.need(judged.get(rule.name, {}))):
            judgement = judge_partition(rule, partition, recollect(rule.name, partition.name))
            if judgement is not None:
                yield judgement


def judge_partition(rule: Rule, partition: Partition, past: Past) -> Judgement | None:
    """One rule over one partition; None if no bar of it is new."""
    bars = partition.evaluation.bars
    start = 0 if past.through is None else int(np.searchsorted(bars, past.through))
    if start == len(bars):
        return None
    frame = listed(rule.watch.evaluate(partition.evaluation))
    judged = _judge(rule, partition, frame, start, past.states)
    states, transitions = _follow(rule, judged, past.states)
    through = int(rule.bar.end(bars[-1:])[0])
    return Judgement(rule.name, partition.name, through, states, transitions)


def _judge(rule: Rule, partition: Partition, frame: Frame, start: int, states: Mapping[Labels, State]) -> Judged:
    edges = np.cumsum([0, *(condition.slots for condition in rule.conditions)]).tolist()
    memory = _recalled(frame, states, edges[-1])
    verdicts = [
        condition.judge(View(partition.evaluation, frame, start, memory[first:last]))
        for condition, first, last in zip(rule.conditions, edges, edges[1:], strict=False)
    ]
    clear = verdicts[1].truth if rule.clear else None
    return Judged(frame, start, verdicts[0], clear, np.vstack([each.memory for each in verdicts]))


def _recalled(frame: Frame, states: Mapping[Labels, State], slots: int) -> Values:
    """(K, S): what is remembered of each member; nothing where the condition has become another."""
    memory = np.full((slots, len(frame.members)), np.nan)
    for column, member in enumerate(frame.members):
        state = states.get(member.labels)
        if state is not None and len(state.memory) == slots:
            memory[:, column] = state.memory
    return memory


def _follow(
    rule: Rule, judged: Judged, states: Mapping[Labels, State]
) -> tuple[Mapping[Labels, State], tuple[Transition, ...]]:
    """Moves every instance on. Only those that are true somewhere or not at rest are looked at one by one."""
    truth, members = judged.verdicts.truth, judged.frame.members
    open_ = [states.get(member.labels, _AT_REST).phase is not Phase.INACTIVE for member in members]
    wanted = np.flatnonzero((truth == TRUE).any(axis=0) | np.array(open_, np.bool_))
    clear = None if judged.clear is None else judged.clear[:, wanted]
    moved: dict[int, State] = {}
    transitions: list[Transition] = []
    followed = columns(judged.frame.bars[judged.start :], truth[:, wanted], clear)
    for number, column in zip(wanted.tolist(), followed, strict=True):
        before = states.get(members[number].labels, _AT_REST)
        moved[number], steps = follow(column, before, rule.timing)
        transitions += [_transition(rule, judged, number, step) for step in steps]
    transitions.sort(key=lambda each: (each.valid_at, each.labels.pairs, each.episode))
    return _remembered(judged, states, moved), tuple(transitions)


def _remembered(judged: Judged, states: Mapping[Labels, State], moved: Mapping[int, State]) -> Mapping[Labels, State]:
    """The states after the last row, without those in which nothing is remembered."""
    after = dict(states)
    known = np.atleast_1d((~np.isnan(judged.memory)).any(axis=0)).tolist()
    memory = judged.memory.T.tolist()
    for number, member in enumerate(judged.frame.members):
        state = moved.get(number, _AT_REST)
        if known[number] or state.phase is not Phase.INACTIVE:
            kept = tuple(memory[number]) if known[number] else ()
            after[member.labels] = State(state.phase, state.since, state.cleared_at, kept)
        else:
            after.pop(member.labels, None)
    return after


def _transition(rule: Rule, judged: Judged, number: int, step: Step) -> Transition:
    row = judged.start + step.row
    member = judged.frame.members[number]
    return Transition(
        rule.name,
        member.labels,
        step.kind,
        step.episode,
        int(judged.frame.bars[row]),
        int(judged.frame.judged_at[row]),
        float(judged.verdicts.value[step.row, number]),
        float(judged.verdicts.reference[step.row, number]),
        member.joined,
    )
