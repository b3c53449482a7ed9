"""Nodes that look across members: aggregation by label, shares of the whole, ranking. Sources are never added up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from monitor.model.frame import Flags, Frame, Member, Values
from monitor.model.labels import Labels
from monitor.model.matcher import Matcher
from monitor.model.metric import Unit
from monitor.rules.expression.nodes import Evaluation, Expression, Select

AGGREGATES = ("sum", "count", "mean", "median", "min", "max")
UNKNOWN_LABELS = ("", "unknown")


@dataclass(frozen=True, slots=True)
class Across:
    """What all nodes over members share: they look no further back than their argument."""

    argument: Expression

    @property
    def unit(self) -> Unit:
        """The argument's."""
        return self.argument.unit

    @property
    def lags(self) -> tuple[int, ...]:
        """The argument's."""
        return self.argument.lags

    @property
    def dense(self) -> bool:
        """As the argument."""
        return self.argument.dense

    @property
    def selects(self) -> tuple[Select, ...]:
        """The argument's."""
        return self.argument.selects

    @property
    def pinned(self) -> frozenset[str]:
        """The argument's."""
        return self.argument.pinned


@dataclass(frozen=True, slots=True)
class Aggregate(Across):
    """`sum(x, by="label", label="v")` and its like.

    Members that the source did not list in a bar count as nothing ("what is listed is added up"); a group of which
    nothing is listed is bounded by the cut-off list. A cell that is unknown makes its group unknown.
    """

    operation: str
    by: tuple[str, ...] = ()
    matchers: tuple[Matcher, ...] = ()

    @property
    def pinned(self) -> frozenset[str]:
        """The argument's and its own."""
        return self.argument.pinned | {matcher.label for matcher in self.matchers if matcher.pins}

    @property
    def unit(self) -> Unit:
        """The argument's; a count has its own."""
        return Unit.COUNT if self.operation == "count" else self.argument.unit

    def evaluate(self, evaluation: Evaluation) -> Frame:
        """(T, G): a column a group; without `by` a column a source."""
        frame = self.argument.evaluate(evaluation)
        chosen = [all(m.matches(member.joined) for m in self.matchers) for member in frame.members]
        return aggregate(frame.keep(np.array(chosen, np.bool_)), self.operation, self.by)


@dataclass(frozen=True, slots=True)
class Share(Across):
    """`share(x, by="label", of="all")`: each group's part of everything the source counted in that bar."""

    by: tuple[str, ...]
    of: str = "all"
    matchers: tuple[Matcher, ...] = ()

    @property
    def pinned(self) -> frozenset[str]:
        """The argument's and its own."""
        return self.argument.pinned | {matcher.label for matcher in self.matchers if matcher.pins}

    @property
    def unit(self) -> Unit:
        """A ratio."""
        return Unit.RATIO

    def evaluate(self, evaluation: Evaluation) -> Frame:
        """(T, G): between 0 and 1."""
        frame = self.argument.evaluate(evaluation)
        if self.of == "identified":
            frame = frame.keep(np.array([_identified(member, self.by) for member in frame.members], np.bool_))
        whole = aggregate(frame, "sum", ())
        parts = aggregate(frame, "sum", self.by)
        parts = parts.keep(
            np.array([all(m.matches(member.joined) for m in self.matchers) for member in parts.members], np.bool_)
        )
        sources = [member.labels.get("source") for member in whole.members]
        columns = np.array([sources.index(member.labels.get("source")) for member in parts.members], np.intp)
        totals = whole.values[:, columns]
        totals = np.where(totals > 0, totals, np.nan)
        upper = None if parts.upper is None else parts.upper / totals
        return replace(parts, values=parts.values / totals, upper=upper)


@dataclass(frozen=True, slots=True)
class Rank(Across):
    """`rank(x, by="label")`: 1 for the largest of its source in that bar; ties in the order of their labels.

    Unknown where a member of the source is: it might be the larger one.
    """

    by: tuple[str, ...] = ()

    @property
    def unit(self) -> Unit:
        """A plain number."""
        return Unit.NUMBER

    def evaluate(self, evaluation: Evaluation) -> Frame:
        """(T, S)."""
        frame = self.argument.evaluate(evaluation)
        frame = listed(aggregate(frame, "sum", self.by) if self.by else frame)
        best, worst = places(frame)
        return replace(frame, values=np.where(best == worst, best, np.nan), upper=None)


@dataclass(frozen=True, slots=True)
class Top(Across):
    """`top(n, x)`: the n largest of each source and bar; the others are not among them and add nothing to a sum.

    Who would be among them only if none of the unknown members were is unknown.
    """

    count: int

    def evaluate(self, evaluation: Evaluation) -> Frame:
        """(T, S)."""
        frame = listed(self.argument.evaluate(evaluation))
        best, worst = places(frame)
        outside = (best > self.count) | frame.absent
        values = np.where(worst <= self.count, frame.values, np.nan)
        return replace(frame, values=values, absent=outside, upper=np.where(outside & frame.met, 0.0, np.nan))


def listed(frame: Frame) -> Frame:
    """The members proper, without the rest row."""
    return frame.keep(np.array([not member.rest for member in frame.members], np.bool_))


def places(frame: Frame) -> tuple[Values, Values]:
    """(T, S) twice: the best and the worst place each known value can have within its source, NaN where there is none.

    They differ by as many members of the source as are unknown.
    """
    order = np.array(_in_order(frame.members), np.intp)
    sources = np.array([frame.members[column].labels.get("source") for column in order], np.str_)
    best, worst = np.full(frame.values.shape, np.nan), np.full(frame.values.shape, np.nan)
    for source in np.unique(sources):
        columns = order[sources == source]
        values, unknown = frame.values[:, columns], np.isnan(frame.values[:, columns])
        place = np.empty(values.shape)
        sequence = np.argsort(-values, axis=1, kind="stable")
        np.put_along_axis(place, sequence, np.arange(1.0, len(columns) + 1)[None, :], axis=1)
        best[:, columns] = np.where(unknown, np.nan, place)
        doubt = (unknown & ~frame.absent[:, columns]).sum(axis=1)
        worst[:, columns] = best[:, columns] + doubt[:, None]
    return best, worst


def aggregate(frame: Frame, operation: str, by: tuple[str, ...]) -> Frame:
    """(T, S) → (T, G), a group for each source and value of `by`; members without that label are in no group."""
    if operation != "sum":
        frame = listed(frame)  # the rest row is many members, so it is neither one to count nor the largest
    groups = _groups(frame, by)
    shape = (len(frame.bars), len(groups))
    values, upper = np.full(shape, np.nan), np.full(shape, np.nan)
    absent, met = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    for number, columns in enumerate(groups.values()):
        met[:, number] = frame.met[:, columns].any(axis=1)
        values[:, number], absent[:, number], upper[:, number] = _reduce(frame, columns, operation, met[:, number])
    members = tuple(Member(key, key) for key in groups)
    bounded = upper if np.isfinite(upper).any() else None
    return replace(frame, members=members, values=values, absent=absent, met=met, upper=bounded)


def _groups(frame: Frame, by: tuple[str, ...]) -> dict[Labels, NDArray[np.intp]]:
    """The columns of each group in the order of their labels, so that sums do not depend on who was met first."""
    groups: dict[Labels, list[int]] = {}
    for column in _in_order(frame.members):
        member = frame.members[column]
        if not by or _identified(member, by):
            groups.setdefault(member.joined.only(("source", *by)), []).append(column)
    return {key: np.array(columns, np.intp) for key, columns in sorted(groups.items())}


def _in_order(members: tuple[Member, ...]) -> list[int]:
    return sorted(range(len(members)), key=lambda column: members[column].labels.pairs)


def _identified(member: Member, by: tuple[str, ...]) -> bool:
    return not member.rest and all(member.joined.get(label) not in UNKNOWN_LABELS for label in by)


def _reduce(frame: Frame, columns: NDArray[np.intp], operation: str, met: Flags) -> tuple[Values, Flags, Values]:
    """One group: (T,) values, absent, upper."""
    cells, missing = frame.values[:, columns], frame.absent[:, columns]
    known = ~np.isnan(cells)
    doubtful = (~known & ~missing).any(axis=1)
    shown = known.any(axis=1)
    values = _combine(cells, known, operation)
    values[doubtful | ~shown] = np.nan
    absent = ~shown & ~doubtful
    bound = np.full(len(cells), np.nan)
    if operation == "count":
        values[absent & met] = 0.0
    elif operation == "sum" and frame.upper is not None:
        bounds = frame.upper[:, columns]
        hidden = absent & np.isfinite(bounds).any(axis=1)
        bound[hidden] = np.nansum(bounds[hidden], axis=1)
        values[hidden & (bound == 0)] = 0.0
    return values, absent & np.isnan(values), np.where(np.isnan(values), bound, np.nan)


def _combine(cells: Values, known: Flags, operation: str) -> Values:
    """(T, G) → (T,): over the known cells of each row; what it is where there is none does not matter."""
    match operation:
        case "count":
            return np.asarray(known.sum(axis=1), np.float64)
        case "sum":
            return in_turn(np.where(known, cells, 0.0))
        case "mean":
            return _mean(cells, known)
        case "min":
            return np.asarray(np.fmin.reduce(cells, axis=1), np.float64)
        case "max":
            return np.asarray(np.fmax.reduce(cells, axis=1), np.float64)
        case _:
            return _median(cells, known)


def in_turn(terms: Values) -> Values:
    """(T, G) → (T,): added up one after the other, so that further zeroes never change the last digit of a sum."""
    return np.asarray(np.cumsum(terms, axis=1)[:, -1], np.float64)


def _mean(cells: Values, known: Flags) -> Values:
    """Around the first known cell: the mean of equal values is that very value."""
    around = cells[np.arange(len(cells)), known.argmax(axis=1)]
    moved = in_turn(np.where(known, cells - around[:, None], 0.0))
    return np.asarray(around + moved / np.maximum(known.sum(axis=1), 1), np.float64)


def _median(cells: Values, known: Flags) -> Values:
    """Between the two middle ones of the known cells, which sorting puts in front."""
    ordered, rows, count = np.sort(cells, axis=1), np.arange(len(cells)), known.sum(axis=1)
    low, high = ordered[rows, np.maximum(count - 1, 0) // 2], ordered[rows, np.minimum(count // 2, cells.shape[1] - 1)]
    return np.asarray(low + (high - low) / 2, np.float64)
