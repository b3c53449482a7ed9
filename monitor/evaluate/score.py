"""Told against known: recall, false confirmations, delays, and whether each thing is told as what it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.evaluate.records import Glitch, Known, Place, Records
from monitor.truth.event import Event, Kind, Status, Word

CHANGES = frozenset({"cut", "hike"})
_AS: Mapping[str, frozenset[Kind]] = {
    "promo-start": frozenset({Kind.PROMOTION}),
    "promo-end": frozenset({Kind.PROMOTION_END}),
    "alias-repoint": frozenset({Kind.ALIAS}),
    "unit-error": frozenset({Kind.UNIT, Kind.TOGETHER, Kind.LATE, Kind.FIRST}),
    "units-mixed": frozenset({Kind.UNIT, Kind.TOGETHER, Kind.LATE}),
    "unit-redefined": frozenset({Kind.UNIT, Kind.LATE}),
    "late-correction": frozenset({Kind.LATE}),
    "wrong-first-listing": frozenset({Kind.LATE, Kind.FIRST}),
    "stale-data-restored": frozenset({Kind.OLD_DATA, Kind.LATE, Kind.BACK}),
    "zero-flash": frozenset({Kind.ZERO}),
    "placeholder-zero": frozenset({Kind.ZERO}),
    "renamed": frozenset({Kind.RENAMED}),
}
"""By label: as what it has to be told. Labels that are not here are right where nothing is told as standing."""
_AT_ITS_END = frozenset({"float-noise"})  # it begins with a price that was one
_CLOSED = (Status.WITHDRAWN, Status.DOUBTED)


@dataclass(frozen=True, slots=True)
class Told:
    """One row of what is known, and what was told of it. Delays in seconds, None = never.

    `several`: whether more than one source shows it.
    """

    row: Known
    several: bool
    claimed_after: int | None
    confirmed_after: int | None
    right: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One glitch: whether it was told as what it is, and whether it became a confirmed change."""

    row: Glitch
    right: bool
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Score:
    """All rows; `events`: everything that was told, oldest first."""

    known: Sequence[Told]
    glitches: Sequence[Judged]
    events: Sequence[Event]


def score(records: Records, events: Iterable[Event]) -> Score:
    """What was told against what is known."""
    every = sorted(events, key=lambda event: event.at)
    seen = _Seen(every)
    return Score([_known(row, seen) for row in records.known], [_glitch(row, seen) for row in records.glitches], every)


class _Seen:
    """Events by the looks that showed them."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._by_place: defaultdict[Place, list[Event]] = defaultdict(list)
        self._by_look: defaultdict[tuple[str, int], list[Event]] = defaultdict(list)
        for event in events:
            for each in event.sightings:
                self._by_place[Place(each.source, each.model, event.key.metric, each.at)].append(event)
                self._by_look[each.source, each.at].append(event)

    def at(self, place: Place) -> Sequence[Event]:
        """Those that a place is a sight of."""
        return self._by_place.get(place, ())

    def look(self, source: str, at: int) -> Sequence[Event]:
        """Those of a whole look."""
        return self._by_look.get((source, at), ())


def _known(row: Known, seen: _Seen) -> Told:
    first = row.seen[0].at
    found = [event for place in row.seen for event in seen.at(place)]
    return Told(
        row,
        len({place.source for place in row.seen}) > 1,
        _earliest((event.at for event in found if event.words[0].status is Status.CLAIMED), first),
        _earliest((word.at for event in found for word in event.words if word.status is Status.CONFIRMED), first),
        _is_right(row, [event.words[0] for event in found]),
    )


def _is_right(row: Known, first: Sequence[Word]) -> bool:
    """Whether it was told as what it is when it was seen; a launch is nothing that is told, but under another name."""
    if row.kind == "new":
        return all(word.status is Status.DOUBTED for word in first)
    return row.kind not in _AS or any(word.reading.kind in _AS[row.kind] for word in first)


def _earliest(instants: Iterable[int], since: int) -> int | None:
    return min((max(at - since, 0) for at in instants), default=None)


def _glitch(row: Glitch, seen: _Seen) -> Judged:
    events = list(_of_glitch(row, seen))
    wanted = _AS.get(row.kind, frozenset())
    right = all(event.status in _CLOSED or event.words[0].reading.kind in wanted for event in events)
    named = not wanted or not events or any(event.words[0].reading.kind in wanted for event in events)
    begun = [event for event in events if event.at in (row.begins, row.ends)]
    return Judged(row, right and named, any(event.status is Status.CONFIRMED for event in begun))


def _of_glitch(row: Glitch, seen: _Seen) -> Iterator[Event]:
    for at in (row.ends,) if row.kind in _AT_ITS_END else (row.begins, row.ends):
        if row.model:
            yield from seen.at(Place(row.source, row.model, row.metric, at))
        elif row.kind in _AS:
            wanted = _AS[row.kind]
            yield from (event for event in seen.look(row.source, at) if event.words[0].reading.kind in wanted)
