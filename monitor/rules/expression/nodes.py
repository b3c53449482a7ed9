"""What an expression is made of. Every node knows its unit, how far back it looks, and how to evaluate itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from monitor.model.bar import Bar, Instants
from monitor.model.frame import Frame, Member
from monitor.model.labels import Labels
from monitor.model.matcher import Matcher
from monitor.model.metric import METRICS, SLICES, Kind, Unit
from monitor.rules.certainty import Certainties


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an expression is evaluated over: one frame a selector, all on the same bars.

    `certainties`: of changes of prices; None where no rule asks.
    """

    bar: Bar
    bars: Instants
    judged_at: Instants
    frames: Mapping[Select, Frame]
    certainties: Certainties | None = None

    def of_rows(self, rows: slice | NDArray[np.intp]) -> Evaluation:
        """These bars alone."""
        frames = {select: frame.of_rows(rows) for select, frame in self.frames.items()}
        return replace(self, bars=self.bars[rows], judged_at=self.judged_at[rows], frames=frames)


class Expression(Protocol):
    """A node. `lags`: spans in seconds that it looks back; `dense`: whether it must see every single bar."""

    @property
    def unit(self) -> Unit:
        """The unit of its values."""
        ...

    @property
    def lags(self) -> tuple[int, ...]:
        """Seconds looked back."""
        ...

    @property
    def dense(self) -> bool:
        """Whether every single bar must be there."""
        ...

    @property
    def selects(self) -> tuple[Select, ...]:
        """Every selector in it."""
        ...

    @property
    def pinned(self) -> frozenset[str]:
        """Labels that can have one value only."""
        ...

    def evaluate(self, evaluation: Evaluation) -> Frame:
        """The (T, S) values of this node."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """A constant: one column without labels."""

    value: float
    unit: Unit = Unit.NUMBER
    lags: tuple[int, ...] = ()
    dense: bool = False
    selects: tuple[Select, ...] = ()
    pinned: frozenset[str] = frozenset()

    def evaluate(self, evaluation: Evaluation) -> Frame:
        """(T, 1)."""
        shape = (len(evaluation.bars), 1)
        return Frame(
            evaluation.bar,
            evaluation.bars,
            evaluation.judged_at,
            (Member(Labels(), Labels()),),
            np.full(shape, self.value),
            np.zeros(shape, np.bool_),
            np.ones(shape, np.bool_),
        )


@dataclass(frozen=True, slots=True)
class Select:
    """`metric(label="v", …)`: the members of a metric that match. `sliced`: slices too that it does not name."""

    metric: str
    matchers: tuple[Matcher, ...] = ()
    lags: tuple[int, ...] = ()
    dense: bool = False
    sliced: bool = False

    @property
    def unit(self) -> Unit:
        """The metric's."""
        return METRICS[self.metric].unit

    @property
    def kind(self) -> Kind:
        """How its values behave over time."""
        return METRICS[self.metric].kind

    @property
    def selects(self) -> tuple[Select, ...]:
        """Itself."""
        return (self,)

    @property
    def pinned(self) -> frozenset[str]:
        """Labels that can have one value only."""
        return frozenset(matcher.label for matcher in self.matchers if matcher.pins)

    def matches(self, labels: Labels) -> bool:
        """Whether a member with these joined labels is selected; one with a label of `SLICES` only by its name."""
        if not all(matcher.matches(labels) for matcher in self.matchers):
            return False
        slices = () if self.sliced else [name for name, _ in labels.pairs if name in SLICES]
        return not slices or {matcher.label for matcher in self.matchers}.issuperset(slices)

    def evaluate(self, evaluation: Evaluation) -> Frame:
        """(T, S) as stored."""
        return evaluation.frames[self]


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything in it, outermost first."""
    yield expression
    for name in _INNER:
        inner = getattr(expression, name, None)
        if inner is not None:
            yield from walk(inner)


def facts_in(expression: Expression) -> tuple[str, ...]:
    """The metrics of it that are facts."""
    return tuple(select.metric for select in expression.selects if select.kind is Kind.FACT)


def narrowed(expression: Expression, matcher: Matcher) -> Expression:
    """The same with one more matcher on every selector in it."""
    if isinstance(expression, Select):
        return replace(expression, matchers=(*expression.matchers, matcher))
    inner = {name: getattr(expression, name) for name in _INNER if hasattr(expression, name)}
    return replace(expression, **{name: narrowed(each, matcher) for name, each in inner.items()})  # type: ignore[type-var]


def selecting(expression: Expression, select: Select) -> Expression:
    """The same with this selector in place of every one in it."""
    if isinstance(expression, Select):
        return select
    inner = {name: getattr(expression, name) for name in _INNER if hasattr(expression, name)}
    return replace(expression, **{name: selecting(each, select) for name, each in inner.items()})  # type: ignore[type-var]


_INNER = ("argument", "left", "right")
