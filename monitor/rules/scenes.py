"""Transitions → with what stood around them: read over a short window of history, for those alone that are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from monitor.catalog import Join
from monitor.model.alert import Compared
from monitor.model.bar import DAY
from monitor.model.clock import CLOCK
from monitor.model.frame import Frame, moved
from monitor.model.history import Columns
from monitor.model.labels import Labels
from monitor.model.metric import OF_BARS, Unit
from monitor.model.scene import Rank, Scene, Share, Trail
from monitor.model.transition import Transition
from monitor.rules.assemble import TOGETHER, Assembler, Partition, joins_sources
from monitor.rules.expression.across import listed
from monitor.rules.expression.nodes import Select
from monitor.rules.market import rank_of, share_of
from monitor.rules.rule import Rule
from monitor.rules.trace import Trace, trace

BARS = 60
"""Numbers of a trail at most."""
_SPAN = 30 * DAY
"""How far a trail of levels goes back at least: prices by the hour seldom move."""

Recall = Callable[[str, int], Columns]
"""(metric, since) → stored samples."""
_Key = tuple[str, Labels, int]


def with_scenes(
    transitions: Sequence[Transition], rules: Iterable[Rule], recall: Recall, join: Join
) -> list[Transition]:
    """The same transitions in the same order, each with its scene, and its joined labels, where its rule has them."""
    told: dict[str, list[Transition]] = {}
    for each in transitions:
        told.setdefault(each.alert, []).append(each)
    wanted = [rule for rule in rules if rule.name in told]
    since = _windows(wanted, told)
    assembler = Assembler(lambda metric, _since: recall(metric, since[metric]), join)
    found = {_key(each): each for rule in wanted for each in _seen(rule, told[rule.name], assembler)}
    seen = ((each, found.get(_key(each), each)) for each in transitions)
    return [replace(each, scene=as_seen.scene, joined=as_seen.joined) for each, as_seen in seen]


def _key(transition: Transition) -> _Key:
    """Two changes of one instance in one bar have one scene."""
    return transition.alert, transition.labels, transition.valid_at


def _windows(rules: Iterable[Rule], told: Mapping[str, Sequence[Transition]]) -> dict[str, int]:
    """By metric, from when on it is read."""
    since: dict[str, int] = {}
    for rule in rules:
        first = min(each.valid_at for each in told[rule.name]) - _span(rule) - rule.lookback
        metrics = rule.metrics | {CLOCK} if rule.clocked else rule.metrics
        since |= {metric: min(first, since.get(metric, first)) for metric in metrics}
    return since


def _span(rule: Rule) -> int:
    bars = rule.bar.back(BARS - 1)
    return max(bars, _SPAN) if rule.holds else bars


def _seen(rule: Rule, told: Sequence[Transition], assembler: Assembler) -> Iterator[Transition]:
    together = joins_sources(rule.need({}).selects)
    # What confirms a change is for verdicts, and takes all of history; here only the numbers are asked for.
    need = replace(rule.need({}), confirms="", last=max(each.valid_at for each in told))
    for partition in assembler.partitions(need):
        stage = _Stage(rule, partition)
        for each in told:
            if partition.name == (TOGETHER if together else each.labels.get("source")):
                yield from stage.seen(each)


@dataclass(frozen=True)
class _Stage:
    """A rule over one partition."""

    rule: Rule
    partition: Partition

    @cached_property
    def traced(self) -> Trace:
        """What it compared."""
        return trace(self.rule, self.partition)

    @cached_property
    def columns(self) -> Mapping[Labels, int]:
        """By instance, its column."""
        return {member.labels: column for column, member in enumerate(self.traced.members)}

    @cached_property
    def watched(self) -> Frame:
        """What it watches."""
        return listed(self.rule.watch.evaluate(self.partition.evaluation))

    def seen(self, told: Transition) -> Iterator[Transition]:
        """With its scene; nothing where the instance or its bar is not there."""
        bars, column = self.traced.bars, self.columns.get(told.labels)
        stop = int(np.searchsorted(bars, told.valid_at, side="right"))
        if column is None or not stop:
            return
        market = not self.traced.holds and bars[stop - 1] == told.valid_at
        scene = Scene(
            self._trail(told, column, stop),
            self._rank(told, stop - 1) if market or self.rule.metrics <= OF_BARS else None,
            self._share(told, column, stop - 1) if market else None,
        )
        yield replace(told, scene=scene, joined=self.traced.members[column].joined)

    def _trail(self, told: Transition, column: int, stop: int) -> Trail:
        first = int(np.searchsorted(self.traced.bars, told.valid_at - _span(self.rule)))
        rows = slice(min(first, stop - 1), stop)
        at, value = self.traced.bars[rows], self.traced.value[rows, column]
        reference = self.traced.reference[rows, column]
        if self.rule.alert.compared is Compared.BEFORE:
            reference = np.full(value.shape, told.reference)  # a line from where it stood, not a shadow of itself
        if self.traced.holds:
            kept = np.flatnonzero(moved(value) | moved(reference))
            # Up to the bar itself, which is no row of its own where nothing moved in it.
            kept = kept if at[kept[-1]] == told.valid_at else np.append(kept, len(at) - 1)
            at, value, reference = at[kept], value[kept], reference[kept]
            at[-1] = told.valid_at
        first = int(np.isfinite(value).argmax())
        starts, values, references = (tuple(each[first:].tolist()) for each in (at, value, reference))
        alert = self.rule.alert
        return Trail(alert.reads_in, alert.bar, starts, values, references, self.traced.holds).last(BARS)

    def _rank(self, told: Transition, row: int) -> Rank | None:
        """Among what is watched; a pair has none."""
        columns = [column for column, member in enumerate(self.watched.members) if member.labels == told.labels]
        return rank_of(self.watched, columns[0], row) if columns else None

    def _share(self, told: Transition, column: int, row: int) -> Share | None:
        """Its part of all that the source counted, where the rule reads all of that."""
        selects = set(self.rule.watch.selects)
        all_of_it = len(selects) == 1 and all(_takes_all(select) for select in selects)
        if self.rule.alert.unit is not Unit.TOKENS or not all_of_it:
            return None
        counted = self.partition.evaluation.frames[selects.pop()]
        return share_of(self.traced.value[:, column], counted, told.labels.get("source"), row)


def _takes_all(select: Select) -> bool:
    """Whether it leaves out nothing that a source counts."""
    return all(matcher.label == "source" or matcher.patterns == ("*",) for matcher in select.matchers)
