"""A feed: the samples of one metric from one source in its native bar, with what the source declared complete."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from monitor.catalog import Join
from monitor.model.bar import Bar, Instants
from monitor.model.frame import Flags, Member, Values
from monitor.model.history import Columns, SealLog
from monitor.model.labels import Labels

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Feed:
    """Columns of one feed. `column` (N,) points into `members`; rows are in order of (valid_at, series, known_at).

    `first_seen`: (S,) when each member had its first sample ever. `twin`: (S,) the column under which the same source
    reports the very same tokens again, -1 = none. `first`: the earliest instant with a sample here (never, if there is
    none), `looked_from`: ever; both of the whole feed, also where it is narrowed to some members.
    """

    source: str
    metric: str
    bar: Bar
    members: tuple[Member, ...]
    first_seen: Instants
    twin: NDArray[np.intp]
    column: NDArray[np.intp]
    valid_at: Instants
    known_at: Instants
    values: Values
    seals: SealLog
    first: int
    looked_from: int

    def only(self, members: NDArray[np.intp], rows: NDArray[np.intp]) -> Feed:
        """With these members alone, given which rows are theirs; both in order."""
        place = np.full(len(self.members), -1, np.intp)
        place[members] = np.arange(len(members))
        return replace(
            self,
            members=tuple(self.members[member] for member in members.tolist()),
            first_seen=self.first_seen[members],
            twin=place[self.twin[members]],
            column=place[self.column[rows]],
            valid_at=self.valid_at[rows],
            known_at=self.known_at[rows],
            values=self.values[rows],
        )

    def last_start(self, bar: Bar) -> int:
        """The start of the newest bar that is sealed; before the first if none is."""
        if not len(self.seals.through):
            return -(2**62)
        end = self.seals.through[-1:]
        newest = bar.floor(end)
        return int(bar.shift(newest, -1)[0])

    def sealed_through(self, bar: Bar) -> int:
        """The end of the newest bar that is sealed."""
        return bar.end_of(self.last_start(bar))

    def sealed_at(self, bar: Bar, starts: Instants) -> Instants:
        """(T,): when bars were sealed: the first word of the source that reaches as far; never, where none does."""
        earliest = np.append(np.minimum.accumulate(self.seals.known_at[::-1])[::-1], NEVER)
        return earliest[np.searchsorted(self.seals.through, bar.end(starts))]

    def blind(self, bar: Bar, starts: Instants, judged_at: Instants) -> Flags:
        """(T,): which bars were judged before they were sealed: of these nothing is known that was not known then."""
        return np.asarray(judged_at < self.sealed_at(bar, starts), np.bool_)


def feeds_of(columns: Columns, join: Join) -> tuple[Feed, ...]:
    """The feeds in `columns`: one for each source and native bar that ever sealed anything, and has samples."""
    where: dict[tuple[str, Bar], list[int]] = {}
    for number, series in enumerate(columns.series):
        where.setdefault((series.labels.get("source"), series.bar), []).append(number)
    return tuple(
        _feed(columns, join, source, bar, numbers)
        for (source, bar), numbers in sorted(where.items())
        if (source, bar) in columns.seals
    )


def _feed(columns: Columns, join: Join, source: str, bar: Bar, numbers: list[int]) -> Feed:
    metric = columns.series[numbers[0]].metric
    members = tuple(member_of(metric, columns.series[number].labels, join) for number in numbers)
    place = np.full(len(columns.series), -1, np.intp)
    place[numbers] = np.arange(len(numbers))
    column = place[columns.index]
    rows = slice(None) if len(numbers) == len(columns.series) else column >= 0
    valid_at = columns.valid_at[rows]
    return Feed(
        source,
        metric,
        bar,
        members,
        columns.first[numbers],
        _twins(members, join),
        column[rows],
        valid_at,
        columns.known_at[rows],
        columns.values[rows],
        columns.seals[source, bar],
        int(valid_at[0]) if len(valid_at) else NEVER,
        int(columns.first[numbers].min()),
    )


def placed(edges: Instants, instants: Instants, side: Literal["left", "right"] = "left") -> NDArray[np.intp]:
    """(N,): as np.searchsorted, but equal neighbours are looked up once: many series share a bar and a look."""
    starts = np.flatnonzero(np.diff(instants, prepend=instants[:1] - 1))
    found = np.searchsorted(edges, instants[starts], side)
    return np.repeat(found, np.diff(starts, append=len(instants)))


def member_of(metric: str, labels: Labels, join: Join) -> Member:
    """A stored series as a member: its identity, its catalogue labels, and whether it is the rest row."""
    joined = Labels(tuple(sorted((*join(metric, labels).pairs, *labels.pairs))))  # it adds none that is there already
    return Member(labels, joined, labels.get("model") == "other")


def _twins(members: tuple[Member, ...], join: Join) -> NDArray[np.intp]:
    places = {member.labels.get("model"): column for column, member in enumerate(members)}
    originals = (join.duplicate_of(member.labels) for member in members)
    return np.array([-1 if name is None else places.get(name, -1) for name in originals], np.intp)
