"""Advice: rules that are sound, but can not fire or will not do what their author thinks. Pure.

Each module gives advice on one subject: `advise(written, facts)` yields a warning for each thing it is certain of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from monitor.advice import amounts, bars, clearing, history, labels, limits, noise, same, severity, spans
from monitor.advice.facts import Facts, Instance
from monitor.advice.written import Written, sheets
from monitor.errors import Problem
from monitor.rules.rule import Rule

Advise = Callable[[Written, Facts], Iterator[Problem]]
Recall = Callable[[Sequence[Rule]], Mapping[str, tuple[Instance, ...]]]
"""What stored history made of rules, by alert; those it was not asked of, or had no time for, are missing."""

BLINDNESS: tuple[Advise, ...] = tuple(module.advise for module in (bars, labels))
"""Why a rule sees nothing; then history has nothing to say of it."""
WORDING: tuple[Advise, ...] = tuple(module.advise for module in (same, amounts, limits, clearing, severity, spans))
"""What can be told without judging."""
HISTORY: tuple[Advise, ...] = tuple(module.advise for module in (history, noise))
"""What only history tells."""


def advice(
    files: Iterable[tuple[str, str]], rules: Iterable[Rule], facts: Facts, recall: Recall = lambda _rules: {}
) -> tuple[Problem, ...]:
    """Every warning on rules that were read from these (path, text), in the order of their places, one at each."""
    sheet = sheets(files)
    every = [Written(rule, sheet) for rule in rules]
    blind = {written.rule.name: list(_given(BLINDNESS, written, facts)) for written in every}
    outcomes = recall([written.rule for written in every if not blind[written.rule.name]])
    wiser = replace(facts, outcomes=outcomes)
    found = [warning for written in every for warning in _given(WORDING, written, facts)]
    found += [warning for written in every for warning in _given(HISTORY, written, wiser)]
    first: dict[tuple[str, int, int], Problem] = {}
    for warning in chain(*blind.values(), found):
        first.setdefault((warning.path, warning.line, warning.column), warning)
    return tuple(first[place] for place in sorted(first))


def _given(advisers: Iterable[Advise], written: Written, facts: Facts) -> Iterator[Problem]:
    for advise in advisers:
        yield from advise(written, facts)
