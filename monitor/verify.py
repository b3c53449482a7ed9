"""Whether what a sink holds is what the ledger holds: days of samples by their tallies, all else one by one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.ledger import Ledger
from monitor.model.bar import DAY
from monitor.model.copying import Rejected, Stream, Tally
from monitor.ports import Contents, Copies, Sink

_SLICE = 5_000  # items read at once
_CLOSE = 1e-10  # relative; sums of as many as a day has differ by less, whatever order they were added in
_READ = (Stream.ALERTS, Stream.REMARKS)  # what is compared one by one
_NOTHING = Tally(0, 0, 0, 0.0)


@dataclass(frozen=True, slots=True)
class Way:
    """How a stream is copied: the name of its cursor, where the ledger keeps how far it came, and the sink."""

    cursor: str
    kept: Copies[Any]
    sink: Sink[Any]


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a metric on which the tallies differ: of all that was learnt (`as_known`), or of the newest."""

    metric: str
    as_known: bool
    start: int
    ledger: Tally
    sink: Tally


@dataclass(frozen=True, slots=True)
class Others:
    """What differs of a stream. `missing`: the numbers of what is not there as it is in the ledger.

    `strange`: how many are there as they are not in the ledger.
    """

    stream: Stream
    missing: tuple[int, ...]
    strange: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared, and what differs.

    `compared`: points of the ledger. `moving`: days that were left out because something of them is not copied yet.
    `since`: epoch seconds; what is older the sink does not keep, None = it keeps all.
    """

    compared: int
    days: tuple[Day, ...]
    others: tuple[Others, ...]
    moving: int
    since: int | None


def verify(ledger: Ledger, contents: Contents, ways: Mapping[Stream, Way], at: int) -> Verified:
    """Compare what the sink took with what it holds. `at`: epoch seconds of now. Raises SinkError, LedgerError."""
    keeps = contents.keeps()
    oldest = None if keeps is None else (at - keeps) // DAY * DAY + DAY  # the first whole day
    others = [_others(stream, ways[stream], contents) for stream in _READ]
    samples = ways[Stream.SAMPLES]
    position, rejected = samples.kept.position(samples.cursor), samples.kept.rejected(samples.cursor)
    days, compared = [], 0
    for metric in sorted({*ledger.metrics(), *contents.metrics()}):
        for as_known in (True, False):
            aside = {each.seq for each in rejected if contents.as_known(each.line) is as_known}
            tallies = ledger.tallies_as_known if as_known else ledger.tallies_newest
            expected = tallies(metric, position, aside)
            compared += sum(tally.points for tally in expected.values())
            days += list(_differing(metric, expected, contents.tallies(metric, as_known=as_known), as_known=as_known))
    moving = ledger.days_after(position)
    recent = [day for day in days if oldest is None or day.start >= oldest]
    still = [day for day in recent if (day.metric, day.start) not in moving]
    return Verified(compared, tuple(still), tuple(filter(_differs, others)), len(moving), oldest)


def repair(ledger: Ledger, found: Verified, ways: Mapping[Stream, Way], at: int) -> int:
    """Copy again what differs; how many items. Lines that are refused are kept aside. Raises SinkError, LedgerError."""
    days = sorted({(day.metric, day.start) for day in found.days})
    again = {Stream.SAMPLES: [item for metric, start in days for item in ledger.cursors.of_day(metric, start)]}
    for each in found.others:
        missing = frozenset(each.missing)
        again[each.stream] = [(seq, item) for seq, item in _taken(ways[each.stream]) if seq in missing]
    for stream, items in again.items():
        for start in range(0, len(items), _SLICE):
            _write(ways[stream], items[start : start + _SLICE], at)
    return sum(map(len, again.values()))


def _write(way: Way, items: Sequence[tuple[int, Any]], at: int) -> None:
    """What was kept aside of these items is written again as well."""
    rejected: defaultdict[int, list[Rejected]] = defaultdict(list)
    for each in way.sink.write([item for _, item in items]):
        seq = items[each.index][0]
        rejected[seq].append(Rejected(seq, each.line, each.said, at))
    for seq in {each.seq for each in way.kept.rejected(way.cursor)} & {seq for seq, _ in items} | rejected.keys():
        way.kept.resent(way.cursor, seq, rejected.get(seq, ()))


def _others(stream: Stream, way: Way, contents: Contents) -> Others:
    """Items are equal if they look alike: NaN equals NaN then. What changes meanwhile is left out."""
    position = way.kept.position(way.cursor)
    mine = {repr(item): seq for seq, item in _taken(way)}
    found = {repr(item) for item in (contents.transitions() if stream is Stream.ALERTS else contents.remarks())}
    aside = {each.seq for each in way.kept.rejected(way.cursor)}
    missing = [seq for item, seq in mine.items() if item not in found and seq not in aside and way.kept.again(seq)]
    strange = found - mine.keys() if way.kept.newest() == position else ()
    return Others(stream, tuple(missing), len(strange))


def _taken(way: Way) -> Iterator[tuple[int, Any]]:
    """Everything that the sink took, in order."""
    position, seq = way.kept.position(way.cursor), 0
    while items := way.kept.after(seq, _SLICE):
        for seq, item in items:
            if seq > position:
                return
            yield seq, item


def _differs(others: Others) -> bool:
    return bool(others.missing or others.strange)


def _differing(
    metric: str, expected: Mapping[int, Tally], found: Mapping[int, Tally], *, as_known: bool
) -> Iterator[Day]:
    for start in sorted(expected.keys() | found.keys()):
        one, other = expected.get(start, _NOTHING), found.get(start, _NOTHING)
        alike = (one.points, one.known_at, one.values) == (other.points, other.known_at, other.values)
        if not alike or not math.isclose(one.total, other.total, rel_tol=_CLOSE):
            yield Day(metric, as_known, start, one, other)
