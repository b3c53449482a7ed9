"""Ways of judging one rule over one history: in one go, in pieces, or as it would have happened."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from monitor.backtest import Mode, judgements
from monitor.catalog import Join
from monitor.catalog import load as load_catalog
from monitor.model.judgement import Judgement
from monitor.model.labels import Labels
from monitor.model.transition import State, Transition
from monitor.rules.assemble import Assembler
from monitor.rules.corrections import Story, stories
from monitor.rules.evaluate import Standing, judge
from monitor.rules.load import load
from monitor.rules.replay import Memory, restatements
from monitor.rules.rounds import Learnt, judge_round
from monitor.rules.rule import Rule
from tests.laws.history import Table

ALERT = "A"

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
    """All that was decided so far, with what can be compared of it (NaN equals nothing, so numbers become None)."""

    memory: Memory = field(default_factory=Memory)
    transitions: list[Transition] = field(default_factory=list)
    states: dict[str, Mapping[Labels, State]] = field(default_factory=dict)

    def take(self, judgements: Iterable[Judgement]) -> Record:
        """With what the next round decided."""
        for judgement in judgements:
            self.memory.record(judgement)
            self.transitions.extend(judgement.transitions)
            self.states[judgement.partition] = judgement.states
        return self

    @property
    def through(self) -> Mapping[str, int]:
        """How far each partition was judged."""
        return self.memory.judged.get(ALERT, {})

    def told(self) -> list[tuple[object, ...]]:
        """The transitions in one order."""
        return sorted(map(_row, self.transitions), key=repr)

    def standing(self) -> dict[tuple[str, int], tuple[object, ...]]:
        """By instance and episode, what stands after all corrections: when it fired, and when it ended."""
        return {
            (str(labels), episode): (fired.valid_at, _end(story, episode))
            for labels, story in stories(self.transitions).items()
            for episode, fired in story.fired.items()
        }

    def remembered(self) -> dict[tuple[str, str], tuple[object, ...]]:
        """The states by partition and labels."""
        return {
            (partition, str(labels)): (state.phase, state.since, state.cleared_at, state.level, _numbers(state.memory))
            for partition, states in self.states.items()
            for labels, state in states.items()
        }


def _row(each: Transition) -> tuple[object, ...]:
    numbers = _numbers((each.value, each.reference))
    marks = (each.level, each.gap_from, each.moved_from)
    return (each.valid_at, str(each.labels), each.kind.value, each.episode, each.judged_at, *marks, *numbers)


def _numbers(values: Iterable[float]) -> tuple[float | None, ...]:
    return tuple(None if math.isnan(value) else value for value in values)


def _end(story: Story, episode: int) -> int | None:
    return story.ended[episode].valid_at if episode in story.ended else None


def as_final(rule: Rule, history: Table) -> Record:
    """In one go, by the newest values."""
    return Record().take(judgements(history, [rule], catalogued(), Mode.AS_FINAL))


def as_known(rule: Rule, history: Table) -> Record:
    """In the order of learning, as a backtest does it."""
    return Record().take(judgements(history, [rule], catalogued(), Mode.AS_KNOWN))


def looked(rule: Rule, history: Table, record: Record, last: int, at: int) -> Record:
    """The round of a monitor that looks at `at` and looked before at `last`; only the declared lookback is read."""
    known = history.known(at)
    late = [restatements(known.columns(metric)) for metric in rule.reads]
    restated: dict[tuple[str, str], int] = {}
    for each in late:
        for instant in each.known_at[each.known_at > last].tolist():
            for feed, since in each.at(instant):
                restated[feed] = min(since, restated.get(feed, since))
    sealed: dict[tuple[str, str], int] = {}
    for word in known.words:
        sealed[word.metric, word.source] = max(word.through, sealed.get((word.metric, word.source), 0))
    learnt = Learnt(lambda metric, since: known.columns(metric, since=since), sealed, restated, at)
    return record.take(list(judge_round([rule], learnt, catalogued(), record.memory, record.memory.judged)))


def further(rule: Rule, history: Table, record: Record) -> Record:
    """On from what is remembered, over bars that are sealed now and were not, by the newest values."""
    standing = Standing(record.memory.judged, {})
    assembler = Assembler(lambda metric, since: history.columns(metric, since=since), catalogued())
    return record.take(list(judge([rule], assembler, record.memory, standing)))
