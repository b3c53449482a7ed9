"""One rule test, understood: the history it makes up, the rules it tries, and what it expects of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.catalog import Join
from monitor.model.bar import Bar
from monitor.model.fact import Texts
from monitor.model.labels import Labels
from monitor.model.sample import Series
from monitor.model.transition import Change
from monitor.rules.rule import Rule

SOURCE = "test"
"""The source of series that name none."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One transition that is to happen; what is not named in it may be anything.

    `line`: where it is written. `at`: epoch seconds, the start of a bar of its rule. `labels`: some of the instance's,
    the catalogue's or the rule's. `numbers`: value and reference, NaN = unknown. `level`: the severity that it has
    then, "" = none, None = any. `texts`: annotations as people read them.
    """

    line: int
    alert: str
    at: int
    change: Change
    labels: Labels = field(default_factory=Labels)
    numbers: Mapping[str, float] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Restated:
    """What was learnt `at` an instant (epoch seconds). `series`: as those of a test; NaN = as it was."""

    at: int
    series: Mapping[Series, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Case:
    """A test. `series`: by identity, a number a bar of `every` from `start` (epoch seconds) on, NaN = nothing, GONE.

    All series have equally many numbers. `stale_after`: seconds that levels may be believed without another look, None
    = until the next one. `alerts`: those that count; of other rules of its files nothing is asked. `texts`: what
    numbers in `Unit.TEXT` stand for.
    """

    name: str
    path: str
    line: int
    every: Bar
    start: int
    series: Mapping[Series, tuple[float, ...]]
    stale_after: int | None
    rules: tuple[Rule, ...]
    alerts: frozenset[str]
    join: Join
    expect: tuple[Expectation, ...]
    texts: Texts = field(default_factory=dict)
    restated: tuple[Restated, ...] = ()
