"""The law of groups: rules that are judged as one decide what each would decide by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.history import Columns
from monitor.model.judgement import Judgement
from monitor.rules import evaluate
from monitor.rules.alike import likeness
from monitor.rules.assemble import Assembler
from monitor.rules.evaluate import Standing, judge
from monitor.rules.replay import Memory
from monitor.rules.rule import Rule
from tests.laws.drawing import TABLES, many
from tests.laws.history import Table
from tests.laws.passes import catalogued, compiled
from tests.laws.snippets import Over
from tests.laws.strategies import MODELS

TEXTS = {
    "above": "watch: X\nabove: $3\nfor: 2h",
    "below": 'watch: X\nbelow: avg_over(X, "4h")\nkeep_firing_for: 3h',
    "clear": "watch: X\nabove: $4\nclear: {below: $2}",
    "inside": "watch: X\ninside: [$1, '2 * ago(X, \"2h\")']",
    "crosses_above": 'watch: X / ago(X, "3h")\ncrosses_above: 1',
    "crosses": 'watch: X * 2\ncrosses: avg_over(X, "3h")\nmargin: 1%',
    "falls": "watch: X\nfalls: 20%",
    "rises": "watch: X\nrises: 10%\nagainst: 4h ago",
    "new_low": "watch: X\nnew_low: 6h",
    "new_high": "watch: X\nnew_high: all",
    "disappears": "watch: X\ndisappears: 2 bars",
}


def rule(text: str, model: str, name: str) -> Rule:
    """One that watches the output price of a model."""
    found = compiled(text.replace("X", f'price_output(model="{model}")'), "hour")
    return replace(found, alert=replace(found.alert, name=name))


def decided(rules: Iterable[Rule], table: Table, cuts: Iterable[int]) -> list[tuple[object, ...]]:
    """Everything that is told and remembered, in rounds over what was known at each of the instants."""
    memory, found = Memory(), []
    for at in cuts:
        known = table.known(at)

        def recall(metric: str, since: int | None, known: Table = known) -> Columns:
            return known.columns(metric, since=since)

        listed = tuple(rules)
        standing = Standing({alert: dict(judged) for alert, judged in memory.judged.items()}, {})
        windows = _windows(listed, memory.judged)
        for judgement in judge(listed, Assembler(recall, catalogued(), windows), memory, standing):
            memory.record(judgement)
            found.append(_written(judgement))
    return sorted(found, key=repr)


def _windows(rules: Iterable[Rule], judged: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """What is read again: no more than has to be."""
    back = [through - rule.lookback for rule in rules for through in judged.get(rule.name, {}).values()]
    return {"price_output": min(back)} if back else {}


def _written(judgement: Judgement) -> tuple[object, ...]:
    """As what can be compared: NaN equals nothing, its text does."""
    states = sorted((str(labels), repr(state)) for labels, state in judgement.states.items())
    return judgement.alert, judgement.partition, judgement.through, states, repr(judgement.transitions)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@many
@given(data=st.data())
def test_rules_judged_as_one_decide_what_each_does_by_itself(text: str, data: st.DataObject) -> None:
    """Whoever is watched, by how many rules, from however many sources and however history is cut.

    Where figures are restated rules are not judged as one.
    """
    table = data.draw(TABLES[data.draw(st.sampled_from([Over.PRICES, Over.TWO_SOURCES]))]).without_revisions()
    models = data.draw(st.lists(st.sampled_from(MODELS), min_size=1, max_size=5))
    rules = [rule(text, model, f"A{number}") for number, model in enumerate(models)]
    looks = table.looks()
    cuts = sorted({*data.draw(st.sets(st.sampled_from(looks), max_size=3)), *looks[-1:]}) if looks else []
    ours = decided(rules, table, cuts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "groups", lambda *_: ([], set()))
        assert decided(rules, table, cuts) == ours


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_rules_have_in_common(text: str) -> None:
    """All but their name and the series; another amount or bar is another rule."""
    one, other = rule(text, "deepseek/a", "A"), rule(text, "openai/c", "B")
    assert likeness(one) == likeness(other) != ""
    assert likeness(replace(one, timing=replace(one.timing, held=7200 + one.timing.held))) != likeness(one)


@pytest.mark.parametrize(
    "text",
    [
        "watch: price_output\nenters_top: 3",
        'watch: price_output(model="a")\nappears: true',
        'watch: sum(price_output(model="a"))\nabove: $1',
        'watch: price_output(model="a") / price_output(model="b")\nabove: 1',
        'watch: price_output(model="a")\nabove: $1\nuntil: 2030-01-01',
        'watch: price_output(model="a")\nabove: $1\nlevels: {warning: $1, critical: $2}',
        'watch: price_output(model="a")\nabove: $1\nfor: 2 of 3 bars',
    ],
)
def test_what_is_never_judged_as_one(text: str) -> None:
    """Where members are compared with each other, several are watched, or a verdict depends on more."""
    assert likeness(compiled(text, "hour")) == ""
