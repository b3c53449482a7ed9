"""One rule at one bar: what the engine judged there of each instance, from what it remembered before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from monitor.catalog import Join
from monitor.explain.part import Part, parts
from monitor.explain.unknown import reasons
from monitor.model.frame import UNKNOWN, Frame
from monitor.model.history import Columns, History
from monitor.model.judgement import Judgement, Past
from monitor.model.labels import Labels
from monitor.model.transition import State, Transition
from monitor.rules.after import Firings
from monitor.rules.assemble import Assembler, Partition
from monitor.rules.evaluate import AT_FIRST, judge, judge_partition
from monitor.rules.expression.across import listed
from monitor.rules.expression.nodes import Evaluation
from monitor.rules.replay import Memory, known_by
from monitor.rules.rule import Rule, with_earlier


@dataclass(frozen=True, slots=True)
class Instance:
    """One label set. `state`: after the bar. `changes`: what happened in it. `parts`: the condition, then what clears.

    `fired`: of a rule that comes after another alert, when that fired in time. `unknown`: why its truth is, if so.
    """

    labels: Labels
    joined: Labels
    state: State
    changes: tuple[Transition, ...]
    parts: tuple[Part, ...]
    fired: Transition | None
    unknown: tuple[str, ...]

    @property
    def condition(self) -> Part:
        """The condition itself."""
        return self.parts[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """One rule in one partition at one bar. `bar`: its start, epoch seconds; `judged_at`: when it was sealed.

    `earlier`: the rule that it comes `after`, if any.
    """

    rule: Rule
    partition: str
    bar: int
    judged_at: int
    instances: tuple[Instance, ...]
    earlier: Rule | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """What bars of a rule there are: the starts of the first and the last, epoch seconds; none where both are zero."""

    first: int = 0
    last: int = 0


@dataclass(frozen=True, slots=True)
class KnownBy:
    """A history as it was stored at an instant, epoch seconds."""

    history: History
    at: int

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """See `History`."""
        return known_by(self.history.columns(metric), self.at, since)


def explain(  # noqa: PLR0913 - what is judged, and how it is asked for
    rules: Sequence[Rule], alert: str, history: History, join: Join, at: int | None, *, as_known: bool = False
) -> Iterator[Answer]:
    """An answer for each partition that has judged the bar that holds `at` (None = its newest).

    By the newest figures, or `as_known`: by those that were known when the bar was judged.
    """
    related = with_earlier(rules, {alert})
    for answer in _answers(related, alert, history, join, at):
        if as_known:
            then = _answers(related, alert, KnownBy(history, answer.judged_at), join, answer.bar)
            yield from (each for each in then if each.partition == answer.partition)
        else:
            yield answer


def _answers(related: Sequence[Rule], alert: str, history: History, join: Join, at: int | None) -> Iterator[Answer]:
    """See `explain`. `related`: the rule and all that it comes after, in order."""
    by_name = {rule.name: rule for rule in related}
    rule = by_name[alert]
    assembler, memory = _assembler(history, join), Memory()
    for judgement in judge((each for each in related if each is not rule), assembler, memory, AT_FIRST):
        memory.record(judgement)
    need = rule.need({}) if at is None else replace(rule.need({}), last=rule.bar.start_of(at))
    for partition in assembler.partitions(need):
        if at is None or partition.evaluation.bars[-1] == need.last:
            answer = _answer(rule, partition, Firings(memory, related, join))
            yield replace(answer, earlier=by_name[rule.after.alert]) if rule.after else answer


def judged_range(rule: Rule, history: History, join: Join) -> Range:
    """The bars that there are of a rule, over all its partitions."""
    evaluations = [partition.evaluation.bars for partition in _assembler(history, join).partitions(rule.need({}))]
    if not evaluations:
        return Range()
    return Range(min(int(bars[0]) for bars in evaluations), max(int(bars[-1]) for bars in evaluations))


def _assembler(history: History, join: Join) -> Assembler:
    return Assembler(lambda metric, _since: history.columns(metric), join)


def _answer(rule: Rule, partition: Partition, firings: Firings) -> Answer:
    """Judges all bars before the last in one go, and then that by itself, as a live monitor does."""
    evaluation = partition.evaluation
    before = evaluation.of_rows(slice(len(evaluation.bars) - 1))
    earlier = judge_partition(rule, Partition(partition.name, before), Past(), firings)
    past = Past() if earlier is None else Past(earlier.through, earlier.states)
    judgement = judge_partition(rule, partition, past, firings)
    base = listed(rule.watch.evaluate(evaluation))
    frame = rule.condition.instances(base)
    found = () if judgement is None else _instances(rule, evaluation, base, frame, past, judgement, firings)
    return Answer(rule, partition.name, int(evaluation.bars[-1]), int(evaluation.judged_at[-1]), tuple(found))


def _instances(  # noqa: PLR0913, PLR0917 - all that was judged
    rule: Rule, evaluation: Evaluation, base: Frame, frame: Frame, past: Past, judgement: Judgement, firings: Firings
) -> Iterator[Instance]:
    every = parts(rule, evaluation, base, frame, past.states)
    fired = {} if rule.after is None else firings.newest(rule.after, frame, len(evaluation.bars) - 1)
    for column, member in enumerate(frame.members):
        mine = tuple(part.of(column) for part in every)
        changed = tuple(each for each in judgement.transitions if each.labels == member.labels)
        why = tuple(reasons(rule, evaluation, member)) if mine[0].truth == UNKNOWN else ()
        state = judgement.states.get(member.labels, State())
        yield Instance(member.labels, member.joined, state, changed, mine, fired.get(column), why)


def matching(instances: Iterable[Instance], wanted: Labels) -> list[Instance]:
    """Those that agree with all the labels wanted, their own or joined ones."""
    return [
        each
        for each in instances
        if all(value in (each.labels.get(name), each.joined.get(name)) for name, value in wanted)
    ]
