"""Rules that are alike but for the one series that each watches are judged as one rule, a column each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

from monitor.model.judgement import Judgement, Past, Recollection
from monitor.model.labels import Labels
from monitor.model.transition import Transition
from monitor.rules.assemble import Assembler, Need, Partition
from monitor.rules.conditions.condition import Condition
from monitor.rules.expression.arithmetic import Binary
from monitor.rules.expression.nodes import Number, Select, selecting, walk
from monitor.rules.expression.over import Ago, Over
from monitor.rules.feed import Feed
from monitor.rules.rule import Rule

_APART = (Select, Number, Ago, Over, Binary)
"""Nodes that look at each member as if there were no others."""


@dataclass(frozen=True, slots=True)
class One:
    """A rule of a group: what its column is called, its one member, and what it goes on from."""

    name: Labels
    rule: Rule
    member: Labels
    past: Past


@dataclass(frozen=True, slots=True)
class Group:
    """Rules judged as one: the rule that they all are, over all their members, and what that is judged on."""

    rule: Rule
    partition: Partition
    ones: tuple[One, ...]

    @property
    def past(self) -> Past:
        """What they go on from; all were judged equally far."""
        states = {one.name: one.past.states[one.member] for one in self.ones if one.member in one.past.states}
        return Past(self.ones[0].past.through, states)

    def each(self, judgement: Judgement) -> Iterator[Judgement]:
        """Each rule's own part of what was decided."""
        changes: dict[Labels, list[Transition]] = {}
        for change in judgement.transitions:
            changes.setdefault(change.labels, []).append(change)
        for one in self.ones:
            states = {labels: state for labels, state in one.past.states.items() if labels != one.member}
            if one.name in judgement.states:
                states[one.member] = judgement.states[one.name]
            mine = (replace(each, alert=one.rule.name, labels=one.member) for each in changes.get(one.name, ()))
            yield replace(judgement, alert=one.rule.name, states=states, transitions=tuple(mine), past=one.past)


@dataclass(slots=True)
class _Gathered:
    """Rules of a group and the places of their members, as they are found."""

    need: Need
    feed: Feed
    rules: list[Rule]
    places: list[int]


def groups(
    rules: Iterable[tuple[Rule, Need]], assembler: Assembler, recollection: Recollection
) -> tuple[list[Group], set[str]]:
    """The groups in all partitions that have bars not judged yet, and the names of all rules that belong to one.

    Every other rule is to be judged by itself.
    """
    found: dict[tuple[str, str, int | None, int], _Gathered] = {}
    alike: set[str] = set()
    for rule, need in rules:
        ones = assembler.alone(need) if likeness(rule) else None
        if ones is None:
            continue
        alike.add(rule.name)
        for name, (feed, place) in ones.items():
            key = likeness(rule), name, need.judged.get(name), id(feed)
            gathered = found.setdefault(key, _Gathered(need, feed, [], []))
            gathered.rules.append(rule)
            gathered.places.append(place)
    made = (_group(gathered, assembler, recollection) for gathered in found.values())
    return [group for group in made if len(group.partition.evaluation.bars)], alike


def _group(gathered: _Gathered, assembler: Assembler, recollection: Recollection) -> Group:
    feed, first = gathered.feed, gathered.rules[0]
    ones = tuple(
        One(Labels((("rule", rule.name),)), rule, feed.members[place].labels, recollection.past(rule.name, feed.source))
        for rule, place in zip(gathered.rules, gathered.places, strict=True)
    )
    rule = _over(first, Select(feed.metric, sliced=True))  # members are chosen already, by each rule's own words
    need = replace(gathered.need, expressions=rule.expressions)
    names = [one.name for one in ones]
    evaluation = assembler.beside_each_other(need, feed, np.array(gathered.places, np.intp), names)
    return Group(rule, Partition(feed.source, evaluation), ones)


def likeness(rule: Rule) -> str:
    """What rules have in common that can be judged as one, if each has one member; empty for all others."""
    if not rule.found.likeness:
        rule.found.likeness = (_likeness(rule),)
    return rule.found.likeness[0]


def _likeness(rule: Rule) -> str:
    selects = {select for each in rule.expressions for select in each.selects}
    nodes = (node for each in rule.expressions for node in walk(each))
    special = rule.levels or rule.until is not None or rule.after is not None or rule.restatable or rule.clocked
    if special or len(selects) != 1 or not all(isinstance(node, _APART) for node in nodes):
        return ""
    if not all(condition.apart for condition in rule.conditions):
        return ""
    over = _over(rule, Select(selects.pop().metric))
    return repr((over.bar, over.watch, over.conditions, over.timing))


def _over(rule: Rule, select: Select) -> Rule:
    """The same rule with another selector."""
    clear = None if rule.clear is None else _condition_over(rule.clear, select)
    condition = _condition_over(rule.condition, select)
    return replace(rule, watch=selecting(rule.watch, select), condition=condition, clear=clear)


def _condition_over(condition: Condition, select: Select) -> Condition:
    operands = {
        each.name: selecting(getattr(condition, each.name), select)
        for each in fields(condition)  # type: ignore[arg-type]  # every kind is a dataclass
        if getattr(condition, each.name) in condition.operands
    }
    return replace(condition, **operands)  # type: ignore[type-var]
