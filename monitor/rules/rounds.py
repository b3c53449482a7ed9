"""One round: all rules over every bar sealed since the last one, and over those whose figures were restated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.catalog import Join
from monitor.model.clock import CLOCK
from monitor.model.history import Columns
from monitor.model.judgement import Judgement, Past, Recollection
from monitor.rules.assemble import TOGETHER, Assembler
from monitor.rules.evaluate import Standing, judge
from monitor.rules.rule import Rule

Feed = tuple[str, str]
"""(metric, source label)."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """How history stands at a round.

    `recall(metric, since)`: stored samples. `sealed`: by feed, the end of the newest bar that is complete. `restated`:
    by feed, the earliest bar of which a figure was learnt after it had been sealed, since the last round. `at`: when
    the newest of these was learnt.
    """

    recall: Callable[[str, int | None], Columns]
    sealed: Mapping[Feed, int]
    restated: Mapping[Feed, int]
    at: int = 0


def judge_round(
    rules: Sequence[Rule],
    learnt: Learnt,
    join: Join,
    recollection: Recollection,
    judged: Mapping[str, Mapping[str, int]],
) -> Iterator[Judgement]:
    """What the rules make of what was learnt. `judged`: by alert and partition, how far it was judged."""
    standing = Standing(judged, rewound(rules, learnt.restated, recollection, judged), learnt.at)
    read: dict[tuple[str, int | None], Columns] = {}

    def recall(metric: str, since: int | None) -> Columns:
        if (metric, since) not in read:
            read[metric, since] = learnt.recall(metric, since)
        return read[metric, since]

    assembler = Assembler(recall, join, windows(rules, standing, learnt.sealed))
    yield from judge(rules, assembler, recollection, standing)


def rewound(
    rules: Iterable[Rule],
    restated: Mapping[Feed, int],
    recollection: Recollection,
    judged: Mapping[str, Mapping[str, int]],
) -> dict[tuple[str, str], Past]:
    """By alert and partition, what to go on from where figures were restated that it was judged by."""
    earliest: dict[str, dict[str, int]] = {}
    for rule in rules if restated else ():
        others = earliest.get(rule.after.alert, {}) if rule.after else {}
        for partition, through in judged.get(rule.name, {}).items():
            bars = [*_bars(rule, restated, partition), *others.values()]
            if bars and min(bars) < through:
                earliest.setdefault(rule.name, {})[partition] = min(bars)
    return {
        (alert, partition): recollection.rewound(alert, partition, bar)
        for alert, partitions in earliest.items()
        for partition, bar in partitions.items()
    }


def _bars(rule: Rule, restated: Mapping[Feed, int], partition: str) -> list[int]:
    """The bars of a rule that hold what was restated; what confirms it may be of any source."""
    anywhere = rule.reads if rule.condition.confirms else frozenset()
    found = [
        at
        for (metric, source), at in restated.items()
        if metric in anywhere or (metric in rule.metrics and partition in (source, TOGETHER))
    ]
    return rule.bar.floor(np.array(found, np.int64)).tolist() if found else []


def windows(rules: Iterable[Rule], standing: Standing, sealed: Mapping[Feed, int]) -> dict[str, int]:
    """By metric, how far back the partitions that may have news must be read."""
    newest: dict[str, dict[str, int]] = {}
    for (metric, source), end in sealed.items():
        newest.setdefault(metric, {})[source] = end
    clock = max(newest.get(CLOCK, {}).values(), default=0)
    found: dict[str, int] = {}
    for rule in rules:
        judged = standing.of(rule.name)
        over = clock if rule.clocked else 0
        for metric in rule.metrics | {CLOCK} if rule.clocked else rule.metrics:
            ends = newest.get(metric, {})
            latest = max(ends.values(), default=0)
            news = [
                through - rule.lookback
                for partition, through in judged.items()
                if max(over, latest if partition == TOGETHER else ends.get(partition, 0)) > through
            ]
            found[metric] = min([found.get(metric, latest), *news])
    return found
