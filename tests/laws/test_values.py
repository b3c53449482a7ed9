"""Laws of values: unknown is inert, units are inert, what never moves never fires, and rows left out change nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model.bar import Bar
from monitor.model.frame import Frame, Member, Values
from monitor.model.judgement import Past
from monitor.model.labels import Labels
from monitor.model.sample import Series
from monitor.rules.after import Firings
from monitor.rules.assemble import Assembler, Partition
from monitor.rules.evaluate import judge_partition
from monitor.rules.expression.across import in_turn
from monitor.rules.expression.nodes import Evaluation
from monitor.rules.expression.windows import WINDOWS, window
from monitor.rules.replay import Memory
from monitor.rules.rule import Rule
from tests.laws.drawing import TABLES, drawn, many
from tests.laws.history import Poll, Table, flows, series_of
from tests.laws.passes import Record, as_final, as_known, catalogued, compiled
from tests.laws.snippets import SNIPPETS, Over
from tests.laws.strategies import MODELS, START, VALUES, WHOLE, prices, usage, with_outage


def partitions(rule: Rule, table: Table, *, dense: bool = False) -> list[Partition]:
    """What a rule is judged on, in one go; `dense`: without leaving out any row."""
    assembler = Assembler(lambda metric, since: table.columns(metric, since=since), catalogued())
    need = rule.need({})
    return list(assembler.partitions(replace(need, offsets=None) if dense else need))


def record(rule: Rule, found: list[Partition]) -> Record:
    """What is decided on them."""
    firings = Firings(Memory(), [rule], catalogued())
    decided = [judge_partition(rule, partition, Past(), firings) for partition in found]
    return Record().take(each for each in decided if each is not None)


@pytest.mark.parametrize("key", [key for key in SNIPPETS if key != "absent"])  # which is about what is not known
@many
@given(data=st.data())
def test_unknown_is_inert(key: str, data: st.DataObject) -> None:
    """A cell that becomes unknown creates no transition in its bar, of whomever, and changes none before it."""
    rule, table = drawn(data, key)
    before = partitions(rule, table)
    if not before:
        return
    bars = before[0].evaluation.bars
    row = data.draw(st.integers(0, len(bars) - 1))
    member = data.draw(st.integers(0, len(MODELS)))
    after = [replace(each, evaluation=_blanked(each, int(bars[row]), member)) for each in before]
    ours, theirs = record(rule, before), record(rule, after)
    assert until(theirs, int(bars[row]) - 1) == until(ours, int(bars[row]) - 1)
    assert all(each in until(ours, int(bars[row])) for each in until(theirs, int(bars[row])))


def until(of: Record, bar: int) -> list[tuple[object, ...]]:
    """The transitions of bars that start then or before."""
    return [each for each in of.told() if int(str(each[0])) <= bar]


def _blanked(partition: Partition, bar: int, member: int) -> Evaluation:
    evaluation = partition.evaluation
    rows = np.flatnonzero(evaluation.bars == bar).tolist()
    frames = {
        select: _unknown(frame, rows[0], member) if rows else frame for select, frame in evaluation.frames.items()
    }
    return replace(evaluation, frames=frames)


def _unknown(frame: Frame, row: int, member: int) -> Frame:
    """The same frame, but nothing is known of one member in one bar."""
    if row >= len(frame.bars) or not frame.members:
        return frame
    column = member % len(frame.members)
    values, absent = frame.values.copy(), frame.absent.copy()
    values[row, column], absent[row, column] = math.nan, False
    upper = None if frame.upper is None else frame.upper.copy()
    if upper is not None:
        upper[row, column] = math.nan
    return replace(frame, values=values, absent=absent, upper=upper)


SCALED = {
    key: scaled
    for key, snippets in SNIPPETS.items()
    if (scaled := [snippet for snippet in snippets if snippet.over is not Over.DATES])
}
"""A date has no other unit."""


@pytest.mark.parametrize("key", SCALED)
@many
@given(data=st.data(), factor=st.sampled_from([10.0, 1000.0, 2.0, 0.25, 2.0**40]))
def test_units_are_inert(key: str, data: st.DataObject, factor: float) -> None:
    """Values and amounts in another unit: the same is told of the same bars, only the numbers are others."""
    snippet = data.draw(st.sampled_from(SCALED[key]))
    values = WHOLE if factor in (10.0, 1000.0) else VALUES
    kinds = {Over.USAGE: usage(values), Over.PRICES: prices(values), Over.TWO_SOURCES: prices(values, "s", "r")}
    table = data.draw(kinds[snippet.over])
    ours, theirs = as_final(snippet.rule(), table), as_final(snippet.rule(factor), table.scaled(factor))
    assert [row[:7] for row in theirs.told()] == [row[:7] for row in ours.told()]
    for one, other in zip(ours.told(), theirs.told(), strict=True):
        assert all(_same_or_scaled(a, b, factor) for a, b in zip(one[8:], other[8:], strict=True))


def _same_or_scaled(one: object, other: object, factor: float) -> bool:
    if not isinstance(one, float) or not isinstance(other, float):
        return one is other
    return math.isclose(one, other) or math.isclose(one * factor, other)


def constant(values: Mapping[str, float], count: int) -> Table:
    """Members that are always listed and never move."""
    polls = []
    for day in range(count):
        at = START + day * Bar.DAY.width
        shown: dict[tuple[Series, int], float] = {
            (series_of("tokens", "s", model), at): value for model, value in values.items()
        }
        polls.append(Poll(at + Bar.DAY.width, shown, at + Bar.DAY.width))
    return flows("s", Bar.DAY, polls)


STATES = ("above", "below", "inside", "outside", "within", "absent", "all_of", "any_of", "none_of")
"""Conditions that hold of what never moves."""

STILL = [
    'watch: tokens\nabove: avg_over(tokens, "9d")',
    'watch: tokens\nbelow: avg_over(tokens, "3d")',
    'watch: sum_over(tokens, "9d")\nabove: tokens * 9',
    'watch: sum_over(tokens, "3d")\nbelow: tokens * 3',
    'watch: avg_over(tokens, "11d")\nnew_high: all',
    'watch: avg_over(tokens, "11d")\nnew_low: 5d',
    'watch: median_over(tokens, "4d")\nabove: min_over(tokens, "9d")',
    'watch: tokens\nabove: max_over(tokens, "9d")',
    "watch: tokens\nrises: 0.0001%\nagainst: mean of 9d",
    "watch: tokens\nfalls: 0.0001%\nagainst: mean of 3d",
    'watch: avg_over(tokens, "9d")\nenters_top: 1',
    *(snippet.text for key, snippets in SNIPPETS.items() if key not in STATES for snippet in snippets),
]


@pytest.mark.parametrize("text", sorted({text for text in STILL if "price" not in text}))
def test_what_never_moves_never_fires(text: str) -> None:
    """No crossing, change, record or new rank comes of numbers that stay as they are, however they are averaged."""
    rule = compiled(text.replace("<", "").replace(">", ""), "day")
    for value in (0.1, 0.3, 0.7, 1 / 3, 5e12, 0.0):
        assert as_known(rule, constant({"deepseek/a": value, "openai/c": value * 3, "other": value}, 25)).told() == []


CELLS = st.floats(-1e12, 1e12).map(lambda value: round(value, 3))
SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 20))
EVERY_BAR = st.sampled_from(list(Bar))
OPERATIONS = st.sampled_from(sorted(WINDOWS))


def windows(bar: Bar, first: int, values: Values, length: int, operation: str) -> Values:
    """Windows over rows of which the first is that many bars after START's."""
    start = bar.floor(np.array([START]))
    bars = np.concatenate([bar.shift(start, first + row) for row in range(len(values))])
    nothing = np.zeros(values.shape, np.bool_)
    members = tuple(Member(Labels(), Labels()) for _ in range(values.shape[1]))
    span = round(length * 30.436875 * 86400) if bar is Bar.MONTH else length * bar.width
    return window(Frame(bar, bars, bars, members, values, nothing, ~nothing), values, span, operation)


@many
@given(EVERY_BAR, SHAPES, st.integers(1, 12), OPERATIONS, st.data())
def test_windows_do_not_depend_on_what_else_is_looked_at(
    bar: Bar, shape: tuple[int, int], length: int, operation: str, data: st.DataObject
) -> None:
    """To the last digit: of any stretch and any members alone the same comes out."""
    cells = data.draw(st.lists(CELLS, min_size=shape[0], max_size=shape[0]))
    values: Values = np.outer(cells, np.arange(1, shape[1] + 1))
    begin = data.draw(st.integers(0, 50))
    whole = windows(bar, begin, values, length, operation)
    first, column = data.draw(st.integers(0, shape[0] - 1)), data.draw(st.integers(0, shape[1] - 1))
    stop = data.draw(st.integers(first + 1, shape[0]))
    part = windows(bar, begin + first, values[first:stop, [column]], length, operation)
    assert np.array_equal(part[length - 1 :, 0], whole[first + length - 1 : stop, column], equal_nan=True)


@many
@given(EVERY_BAR, SHAPES, st.integers(1, 12), OPERATIONS, st.data())
def test_windows_are_what_they_are_called(
    bar: Bar, shape: tuple[int, int], length: int, operation: str, data: st.DataObject
) -> None:
    """As numpy says of each window by itself; unknown where the window holds an unknown or reaches before the first."""
    cells = data.draw(st.lists(CELLS, min_size=shape[0], max_size=shape[0]))
    values: Values = np.outer(cells, np.arange(1, shape[1] + 1))
    for row in data.draw(st.sets(st.integers(0, shape[0] - 1), max_size=4)):
        values[row, row % shape[1]] = math.nan
    found = windows(bar, data.draw(st.integers(0, 50)), values, length, operation)
    expected = np.full(values.shape, math.nan)
    for row in range(length - 1, shape[0]):
        expected[row] = getattr(np, operation)(values[row - length + 1 : row + 1], axis=0)
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-2, equal_nan=True)
    assert np.array_equal(np.isnan(found), np.isnan(expected))


@many
@given(EVERY_BAR, st.floats(-1e12, 1e12), st.integers(1, 40), st.integers(0, 90), OPERATIONS)
def test_windows_over_equal_values(bar: Bar, value: float, length: int, first: int, operation: str) -> None:
    """To the last digit: each is that very value, and the sum of so many is as many times the value."""
    found = windows(bar, first, np.full((length + 3, 1), value), length, operation)[length - 1 :]
    assert (found == (value * length if operation == "sum" else value)).all()


def crossings(ours: Values, theirs: Values) -> int:
    """How often columns change from below or at to above."""
    above = ours > theirs
    return int((above[1:] & ~above[:-1]).sum())


def by_differences(values: Values, length: int) -> Values:
    """Means as differences of running sums: what this program never does."""
    sums = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, axis=0)])
    return (sums[length:] - sums[:-length]) / length


def test_no_crossing_is_invented_on_constant_series() -> None:
    """A mean over 7 bars against one over 30, 1,000 series of 400 bars that never move: differences cross, ours not."""
    values = np.tile(np.random.default_rng(1).lognormal(0.0, 3.0, 1000), (400, 1))
    assert crossings(by_differences(values, 7)[23:], by_differences(values, 30)) > 1000
    assert crossings(windows(Bar.HOUR, 5, values, 7, "mean"), windows(Bar.HOUR, 5, values, 30, "mean")) == 0


@many
@given(st.lists(CELLS, min_size=1, max_size=30), st.lists(st.integers(0, 30), max_size=10), st.integers(1, 3))
def test_sums_do_not_depend_on_who_is_not_there(cells: list[float], places: list[int], rows: int) -> None:
    """To the last digit: members that add nothing change nothing, wherever they stand."""
    wider = list(cells)
    for at in places:
        wider.insert(min(at, len(wider)), 0.0)
    ours, theirs = in_turn(np.array([cells] * rows)), in_turn(np.array([wider] * rows))
    assert np.array_equal(ours, theirs)


LEVELS = {
    key: [snippet for snippet in snippets if snippet.over is not Over.USAGE] for key, snippets in SNIPPETS.items()
}


@pytest.mark.parametrize("key", LEVELS)
@many
@given(data=st.data())
def test_rows_left_out_change_nothing(key: str, data: st.DataObject) -> None:
    """Where no price moves, bars are left out; with every bar there, the same is told and remembered."""
    snippet = data.draw(st.sampled_from(LEVELS[key]))
    rule, table = snippet.rule(), data.draw(TABLES[snippet.over])
    table = data.draw(with_outage(table)) if rule.clocked else table
    sparse, dense = record(rule, partitions(rule, table)), record(rule, partitions(rule, table, dense=True))
    assert sparse.told() == dense.told()
    assert sparse.remembered() == dense.remembered()
    assert sparse.through == dense.through
