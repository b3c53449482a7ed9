"""Ways of judging one rule over one history: in one go, in pieces, or as it would have happened."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from monitor.catalog import Join
from monitor.catalog import load as load_catalog
from monitor.model.history import Columns, History
from monitor.model.judgement import Judgement
from monitor.model.labels import Labels
from monitor.model.transition import State, Transition
from monitor.rules.assemble import Assembler, Mode
from monitor.rules.evaluate import Past, judge
from monitor.rules.load import load
from monitor.rules.rule import Rule

CATALOG = """
vendors:
  deepseek: {name: DeepSeek, country: CN, weights: open, families: {deepseek: ['*']}}
  openai: {name: OpenAI, country: US, weights: closed, families: {gpt: ['*']}}
  google: {name: Google, country: US, weights: closed, families: {gemini: ['*']}}
"""


@cache
def compiled(text: str, every: str) -> Rule:
    """The rule whose keys are written in `text`, one a line; the test fails if it has problems."""
    lines = "".join(f"\n        {line.strip()}" for line in text.strip().splitlines())
    found = load([("rules.yaml", f"groups:\n  - name: g\n    every: {every}\n    rules:\n      - alert: A{lines}\n")])
    assert not found.problems, "\n".join(map(str, found.problems))
    return found.rules[0]


@cache
def catalogued() -> Join:
    """Models with what the catalogue of the tests says of them."""
    return Join(load_catalog(CATALOG, "catalog.yaml"), {})


@dataclass(frozen=True, slots=True)
class Record:
    """All that was decided so far: how far each partition was judged, what is remembered, what changed."""

    through: Mapping[str, int] = field(default_factory=dict)
    states: Mapping[str, Mapping[Labels, State]] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()

    def plus(self, judgements: Iterable[Judgement]) -> Record:
        """With what the next pass decided."""
        listed = list(judgements)
        return Record(
            {**self.through, **{each.partition: each.through for each in listed}},
            {**self.states, **{each.partition: each.states for each in listed}},
            self.transitions + tuple(change for each in listed for change in each.transitions),
        )

    def told(self) -> list[tuple[object, ...]]:
        """The transitions in one order, as what can be compared (NaN equals nothing)."""
        rows = [
            (each.valid_at, str(each.labels), each.kind.value, each.episode, each.judged_at, *_plain(each))
            for each in self.transitions
        ]
        return sorted(rows, key=repr)

    def remembered(self) -> dict[tuple[str, str], tuple[object, ...]]:
        """The states by partition and labels, as what can be compared."""
        return {
            (partition, str(labels)): (state.phase, state.since, state.cleared_at, _numbers(state.memory))
            for partition, states in self.states.items()
            for labels, state in states.items()
        }


def _plain(transition: Transition) -> tuple[float | None, ...]:
    return _numbers((transition.value, transition.reference))


def _numbers(values: Iterable[float]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value for value in values)


def judged(
    rule: Rule, history: History, record: Record | None = None, mode: Mode = Mode.AS_KNOWN, *, windows: bool = False
) -> Record:
    """One pass over the bars that `record` has not judged; with `windows` only the declared lookback is read."""
    before = record or Record()

    def recall(metric: str, since: int | None) -> Columns:
        return history.columns(metric, since=since)

    def past(_alert: str, partition: str) -> Past:
        through = before.through.get(partition)
        return Past() if through is None else Past(through, before.states[partition])

    back = {metric: min(before.through.values()) - rule.lookback for metric in rule.metrics if before.through}
    assembler = Assembler(recall, catalogued(), mode, back if windows else {})
    return before.plus(judge([rule], assembler, past, {rule.name: before.through}))
