"""Advice on rules from what a ledger holds: what there is to judge, and what each rule would have made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from monitor.advice import advice
from monitor.advice.facts import Extreme, Facts, Instance, Stored
from monitor.catalog import Catalog, Join
from monitor.errors import Problem
from monitor.model.frame import Frame
from monitor.model.history import Columns, History
from monitor.model.labels import Labels
from monitor.model.transition import Transition
from monitor.rules.assemble import Assembler
from monitor.rules.evaluate import AT_FIRST, judge
from monitor.rules.expression.across import listed
from monitor.rules.load import metrics_of
from monitor.rules.replay import Memory
from monitor.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Advised:
    """The warnings, and how many rules were not compared with history, for lack of time."""

    warnings: tuple[Problem, ...]
    unheard: int


@dataclass(frozen=True, slots=True)
class Hindsight:
    """What stored history is read with; each rule is judged over all of it, for so many `seconds` altogether."""

    history: History
    catalog: Catalog
    aliases: Mapping[str, str]
    seconds: float

    def advised(self, files: Iterable[tuple[str, str]], rules: Sequence[Rule]) -> Advised:
        """Every warning on rules of these (path, text)."""
        kept, join = _Kept(self.history), Join(self.catalog, self.aliases)
        end = monotonic() + self.seconds
        asked: list[Rule] = []
        found: dict[str, tuple[Instance, ...]] = {}

        def recall(wanted: Sequence[Rule]) -> Mapping[str, tuple[Instance, ...]]:
            asked.extend(wanted)
            found.update(outcomes(kept, wanted, join, in_time=lambda: monotonic() < end))
            return found

        warnings = advice(files, rules, Facts.of(self.catalog, rules, stored(kept, rules, join)), recall)
        return Advised(warnings, len(asked) - len(found))


@dataclass(frozen=True, slots=True)
class _Kept:
    """History that is read once."""

    history: History
    _read: dict[str, Columns] = field(default_factory=dict)

    def columns(self, metric: str, *, since: int | None = None) -> Columns:  # noqa: ARG002 - all of it, always
        """All samples of a metric."""
        if metric not in self._read:
            self._read[metric] = self.history.columns(metric)
        return self._read[metric]


def stored(history: History, rules: Iterable[Rule], join: Join) -> Stored:
    """What there is of the metrics that rules read, without what the rules make of it."""
    every = {metric: columns for metric in metrics_of(rules) if (columns := history.columns(metric)).series}
    values: dict[tuple[str, str], set[str]] = {}
    for metric, columns in every.items():
        for series in columns.series:
            for label, value in (*series.labels, *join(metric, series.labels)):
                values.setdefault((metric, label), set()).add(value)
    return Stored(
        bars={metric: frozenset(bar for _, bar in columns.seals) for metric, columns in every.items() if columns.seals},
        values={key: frozenset(found) for key, found in values.items()},
        spans={metric: _span(columns) for metric, columns in every.items() if len(columns.valid_at)},
    )


def _span(columns: Columns) -> tuple[int, int]:
    return int(columns.valid_at[0]), int(columns.valid_at[-1])


def outcomes(
    history: History, rules: Iterable[Rule], join: Join, *, in_time: Callable[[], bool]
) -> dict[str, tuple[Instance, ...]]:
    """By alert, what became of it over all of history, judged by the newest figures.

    Rules that there was no time for are missing. `rules`: each behind the one that it comes `after`, as loaded.
    """
    assembler = Assembler(lambda metric, _since: history.columns(metric), join)
    found: dict[str, tuple[Instance, ...]] = {}
    for rule, transitions in judged(rules, assembler, in_time=in_time):
        told: dict[Labels, list[Transition]] = {}
        for transition in transitions:
            told.setdefault(transition.labels, []).append(transition)
        found[rule.name] = tuple(_instances(rule, assembler, told))
    return found


def judged(
    rules: Iterable[Rule], assembler: Assembler, *, in_time: Callable[[], bool]
) -> Iterator[tuple[Rule, list[Transition]]]:
    """Each rule with all its transitions, as long as there is time; see `outcomes`."""
    memory = Memory()
    for rule in rules:
        if not in_time():
            return
        found: list[Transition] = []
        for judgement in judge((rule,), assembler, memory, AT_FIRST):
            memory.record(judgement)
            found += judgement.transitions
        yield rule, found


def _instances(rule: Rule, assembler: Assembler, told: Mapping[Labels, Sequence[Transition]]) -> Iterator[Instance]:
    for partition in assembler.partitions(rule.need({})):
        frame = rule.condition.instances(listed(rule.watch.evaluate(partition.evaluation)))
        known = ~np.isnan(frame.values)
        first, last = known.argmax(axis=0), len(known) - 1 - known[::-1].argmax(axis=0)
        low = np.where(known, frame.values, np.inf).argmin(axis=0)
        high = np.where(known, frame.values, -np.inf).argmax(axis=0)
        columns = (_seen(frame, rows) for rows in (first, last, low, high))
        seen = zip(np.any(known, axis=0).tolist(), *columns, strict=True)
        for member, (any_, (_, begun), (_, ended), least, most) in zip(frame.members, seen, strict=True):
            if any_:
                bars = round((ended - begun) / rule.bar.width) + 1
                transitions = tuple(told.get(member.labels, ()))
                yield Instance(member.labels, begun, ended, bars, Extreme(*least), Extreme(*most), transitions)


def _seen(frame: Frame, rows: NDArray[np.intp]) -> Iterator[tuple[float, int]]:
    """(S,) rows → for each column its value there, and the start of that bar."""
    values = frame.values[rows, np.arange(len(rows))]
    return zip(values.tolist(), frame.bars[rows].tolist(), strict=True)
