"""A law of cut-off lists: what is judged of a member that is only bounded holds whatever it really had."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.bar import DAY, Bar
from monitor.model.frame import UNKNOWN, Frame, Member, Truth
from monitor.model.labels import Labels
from monitor.rules.conditions.condition import View
from monitor.rules.expression.nodes import Evaluation, Select
from monitor.rules.rule import Rule
from tests.laws.drawing import many
from tests.laws.passes import compiled
from tests.rules.tables import MONDAY

RULES = (
    "above: 5",
    "below: 5",
    "inside: [2, 6]",
    "outside: [2, 6]",
    "above: 'avg_over(tokens, \"2d\")'",
    "rises: 50%\nagainst: 2d ago",
    "falls: 50%\nagainst: 2d ago",
    "moves: 50%\nagainst: 2d ago\nfloor: 2",
    "falls: 30%\nagainst: previous\nmin_change: 1",
    "rises: 30%\nagainst: mean of 2d",
    "moves: 40%\nagainst: median of 3d",
    "falls: 30%\nagainst: max of 2d",
    "rises: 30%\nagainst: min of 2d",
    "all_of: [{above: 2}, {below: 6}]",
    "any_of: [{above: 6}, {falls: 50%}]",
    "none_of: [{above: 6}, {rises: 50%}]",
    "above: 5\noverrides: [{match: {model: b}, above: 3}]",
)
"""Conditions that judge by what lies between zero and a bound.

Those that need a figure take a bound for unknown; `rank_moves` takes who is not listed for one below all that are.
"""
AMOUNTS = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
DAYS, MEMBERS = 5, ("a", "b", "c")
cells = st.lists(
    st.tuples(st.sampled_from(AMOUNTS), st.booleans(), st.sampled_from((0.0, 0.25, 0.5, 1.0))),
    min_size=DAYS * len(MEMBERS),
    max_size=DAYS * len(MEMBERS),
)
"""Each a value or a bound, whether it is only bounded, and what part of the bound is the truth."""


def judged(rule: Rule, frame: Frame) -> Truth:
    """The verdicts of its condition over all days."""
    evaluation = Evaluation(Bar.DAY, frame.bars, frame.judged_at, {Select("tokens"): frame})
    watch = rule.watch.evaluate(evaluation)
    memory = np.full((rule.condition.slots, len(frame.members)), np.nan)
    return rule.condition.judge(View(evaluation, watch, watch, 0, memory)).truth


@pytest.mark.parametrize("condition", RULES)
@many
@given(drawn=cells)
def test_a_verdict_under_bounds_holds_for_every_true_value(
    condition: str, drawn: list[tuple[float, bool, float]]
) -> None:
    """True or false of somebody below the list is true or false whatever between zero and the bound he had."""
    rule = compiled(f"watch: tokens\n{condition}", "day")
    amounts, bounded, part = (np.array(each).reshape(DAYS, len(MEMBERS)) for each in zip(*drawn, strict=True))
    bars = Bar.DAY.grid(MONDAY, MONDAY + (DAYS - 1) * DAY)
    named = [Labels.of(model=name, source="s") for name in MEMBERS]
    here = np.ones(amounts.shape, np.bool_)
    known = Frame(Bar.DAY, bars, bars, tuple(Member(each, each) for each in named), amounts * part, ~here, here)
    real = replace(known, values=np.where(bounded, amounts * part, amounts))
    seen = replace(
        known,
        values=np.where(bounded, np.nan, amounts),
        absent=bounded,
        upper=np.where(bounded, amounts, np.nan),
    )
    said, truth = judged(rule, seen), judged(rule, real)
    decided = said != UNKNOWN
    assert np.array_equal(said[decided], truth[decided])
