"""The engine: rules and history → judgements. `run`, `backtest` and tests differ only in what they hand in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np

from monitor.model.frame import FALSE, TRUE, Flags, Frame, Levels, Truth, Values, Verdicts
from monitor.model.judgement import Judgement, Past, Recollection
from monitor.model.labels import Labels
from monitor.model.transition import Phase, State, Transition
from monitor.rules.after import Firings
from monitor.rules.alike import Group, groups
from monitor.rules.assemble import Assembler, Partition
from monitor.rules.conditions.condition import View
from monitor.rules.corrections import Restated, corrections
from monitor.rules.expression.across import listed
from monitor.rules.lifecycle import Step, columns, follow
from monitor.rules.rule import Rule
from monitor.rules.severity import reached, with_levels, withdrawn

_AT_REST = State()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an evaluation goes on from. `judged`: by alert and partition, the end of the newest bar judged.

    `rewound`: what to go on from instead where figures were restated; `at`: when the newest of them were learnt.
    """

    judged: Mapping[str, Mapping[str, int]]
    rewound: Mapping[tuple[str, str], Past]
    at: int = 0

    def of(self, alert: str) -> dict[str, int]:
        """By partition, the end of the newest bar that need not be judged; none where all must be."""
        judged = dict(self.judged.get(alert, {}))
        if not self.rewound:
            return judged
        for (name, partition), past in self.rewound.items():
            if name == alert:
                judged.pop(partition, None)
                judged |= {} if past.through is None else {partition: past.through}
        return judged


AT_FIRST = Standing({}, {})
"""Nothing was judged yet."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The rows of one partition that are new: the verdicts, where instances may clear, and the memory after them.

    `levels`: (T, S) the number of the level that is reached, None = the rule has none.
    """

    frame: Frame
    start: int
    verdicts: Verdicts
    clear: Truth | None
    memory: Values
    levels: Levels | None


def judge(
    rules: Iterable[Rule], assembler: Assembler, recollection: Recollection, standing: Standing
) -> Iterator[Judgement]:
    """Every rule over every partition that has bars not judged yet, or judged by figures that were restated since.

    `rules`: each behind the one that it comes `after`.
    """
    needs = [(rule, rule.need(standing.of(rule.name))) for rule in rules]
    firings = Firings(recollection, [rule for rule, _ in needs], assembler.join)
    anew = {alert for alert, _ in standing.rewound}
    together, alike = groups([each for each in needs if each[0].name not in anew], assembler, recollection)
    decided = _together(together, firings)
    for rule, need in needs:
        for each in decided.get(rule.name, ()):
            firings.note(each)
            yield each
        for partition in () if rule.name in alike else assembler.partitions(need):
            rewound = standing.rewound.get((rule.name, partition.name))
            past = rewound or recollection.past(rule.name, partition.name)
            judgement = judge_partition(rule, partition, past, firings)
            if judgement is not None:
                firings.note(judgement)
                yield judgement if rewound is None else _corrected(judgement, recollection, standing)


def _together(groups: Iterable[Group], firings: Firings) -> dict[str, list[Judgement]]:
    """By alert, what is decided of rules that are judged in groups; none of them waits for another alert."""
    decided: dict[str, list[Judgement]] = {}
    for group in groups:
        judgement = judge_partition(group.rule, group.partition, group.past, firings)
        for each in () if judgement is None else group.each(judgement):
            decided.setdefault(each.alert, []).append(each)
    return decided


def _corrected(judgement: Judgement, recollection: Recollection, standing: Standing) -> Judgement:
    """With what differs from what was told in place of what was decided."""
    alert, partition = judgement.alert, judgement.partition
    since = ALWAYS if judgement.past.through is None else judgement.past.through
    through = standing.judged.get(alert, {}).get(partition, since)
    told = recollection.recorded(alert, partition, since)
    changed = corrections(told, judgement.transitions, Restated(since, through, standing.at))
    return replace(judgement, transitions=changed)


ALWAYS = -(2**62)
"""Before every bar."""


def judge_partition(rule: Rule, partition: Partition, past: Past, firings: Firings) -> Judgement | None:
    """One rule over one partition; None if no bar of it is new."""
    bars = partition.evaluation.bars
    start = 0 if past.through is None else int(np.searchsorted(bars, past.through))
    if start == len(bars):
        return None
    judged = _within(rule, _judge(rule, partition, start, past.states), firings)
    states, transitions = _follow(rule, judged, past.states)
    through = int(rule.bar.end(bars[-1:])[0])
    return Judgement(rule.name, partition.name, through, states, transitions, past, rule.restatable)


def _judge(rule: Rule, partition: Partition, start: int, states: Mapping[Labels, State]) -> Judged:
    base = listed(rule.watch.evaluate(partition.evaluation))
    frame = rule.condition.instances(base)
    edges = np.cumsum([0, *(condition.slots for condition in rule.conditions)]).tolist()
    memory = recalled(frame, states, edges[-1])
    verdicts = [
        condition.judge(View(partition.evaluation, base, frame, start, memory[first:last]))
        for condition, first, last in zip(rule.conditions, edges, edges[1:], strict=False)
    ]
    clear = verdicts[1].truth if rule.clear else None
    severe = verdicts[len(verdicts) - len(rule.levels) :] if rule.levels else None
    levels = verdicts[0].levels if severe is None else reached([each.truth for each in severe])
    return Judged(frame, start, verdicts[0], clear, np.vstack([each.memory for each in verdicts]), levels)


def _within(rule: Rule, judged: Judged, firings: Firings) -> Judged:
    """Not true where the alert that it comes after has not fired; over once the rule has ended."""
    truth, clear = judged.verdicts.truth, judged.clear
    if rule.after is not None:
        soon = firings.soon_after(rule.after, judged.frame, judged.start)
        truth = np.where(soon, truth, FALSE).astype(np.int8)
    if rule.until is not None:
        over: Flags = (judged.frame.bars[judged.start :] >= rule.until)[:, None]
        truth = np.where(over, FALSE, truth).astype(np.int8)
        clear = None if clear is None else np.where(over, TRUE, clear).astype(np.int8)
    return replace(judged, verdicts=replace(judged.verdicts, truth=truth), clear=clear)


def recalled(frame: Frame, states: Mapping[Labels, State], slots: int) -> Values:
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
    truth, members, began = judged.verdicts.truth, judged.frame.members, judged.verdicts.began
    open_ = [states.get(member.labels, _AT_REST).phase is not Phase.INACTIVE for member in members]
    wanted = np.flatnonzero((truth == TRUE).any(axis=0) | np.array(open_, np.bool_))
    clear = None if judged.clear is None else judged.clear[:, wanted]
    moved: dict[int, State] = {}
    told: list[tuple[int, Step]] = []
    bars = judged.frame.bars[judged.start :]
    followed = columns(bars, truth[:, wanted], clear, None if began is None else began[:, wanted])
    names = ("", *rule.level_names)
    for number, column in zip(wanted.tolist(), followed, strict=True):
        before = states.get(members[number].labels, _AT_REST)
        after, steps = follow(column, before, rule.timing)
        if judged.levels is not None:
            after, steps = with_levels(steps, before, after, judged.levels[:, number], names)
            steps = withdrawn(steps) if rule.condition.confirms else steps
        moved[number] = after
        told += [(number, step) for step in steps]
    return _remembered(judged, states, moved), tuple(_transitions(rule, judged, told)) if told else ()


def _remembered(judged: Judged, states: Mapping[Labels, State], moved: Mapping[int, State]) -> Mapping[Labels, State]:
    """The states after the last row, without those in which nothing is remembered."""
    after = dict(states)
    known = np.atleast_1d((~np.isnan(judged.memory)).any(axis=0)).tolist()
    memory = judged.memory.T.tolist()
    for number, member in enumerate(judged.frame.members):
        state = moved.get(number, _AT_REST)
        if known[number] or state.phase is not Phase.INACTIVE:
            after[member.labels] = replace(state, memory=tuple(memory[number]) if known[number] else ())
        else:
            after.pop(member.labels, None)
    return after


def _transitions(rule: Rule, judged: Judged, told: Sequence[tuple[int, Step]]) -> Iterator[Transition]:
    """What happened to which column, in order of (valid_at, labels, episode)."""
    members, verdicts, name = judged.frame.members, judged.verdicts, rule.name
    numbers, rows = np.array([number for number, _ in told]), np.array([step.row for _, step in told])
    rank = {labels: place for place, labels in enumerate(sorted(members[number].labels.pairs for number in {*numbers}))}
    ranks = np.array([rank[members[number].labels.pairs] for number, _ in told])
    order = np.lexsort((np.array([step.episode for _, step in told]), ranks, rows))
    numbers, rows = numbers[order], rows[order]
    bars, judged_at = judged.frame.bars[judged.start + rows], judged.frame.judged_at[judged.start + rows]
    gaps = None if verdicts.gap_from is None else np.nan_to_num(verdicts.gap_from[rows, numbers]).astype(np.int64)
    for place, valid_at, known_at, value, reference, gap_from in zip(
        order.tolist(),
        bars.tolist(),
        judged_at.tolist(),
        verdicts.value[rows, numbers].tolist(),
        verdicts.reference[rows, numbers].tolist(),
        repeat(0) if gaps is None else gaps.tolist(),
        strict=False,
    ):
        number, step = told[place]
        member = members[number]
        yield Transition(
            name,
            member.labels,
            step.kind,
            step.episode,
            valid_at,
            known_at,
            value,
            reference,
            step.level,
            gap_from,
            note=verdicts.notes.get((step.row, number), ""),
            joined=member.joined,
        )
