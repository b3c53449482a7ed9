"""A score as tables for people: rows of cells, the first row is the heading."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

from monitor.evaluate.score import CHANGES, Judged, Score, Told
from monitor.evaluate.usage import Heard
from monitor.model.bar import DAY, HOUR
from monitor.model.quantity import date
from monitor.truth.event import Event, Status

_T = TypeVar("_T")
Row = tuple[str, ...]


def known(score: Score) -> Iterator[Row]:
    """What is known to have happened, by kind and by the source that showed it first."""
    yield (
        "known",
        "first seen at",
        "rows",
        "claimed at first sight",
        "shown by two",
        "confirmed",
        "days until",
        "told as it is",
    )
    by = _grouped(score.known, lambda told: (told.row.kind, told.row.seen[0].source))
    for (kind, source), rows in sorted(by.items()):
        changes = kind in CHANGES
        several = [row for row in rows if row.several]
        confirmed = [row for row in several if row.confirmed_after is not None]
        yield (
            kind,
            source,
            str(len(rows)),
            _of(sum(row.claimed_after == 0 for row in rows), rows) if changes else "",
            str(len(several)) if changes else "",
            _of(len(confirmed), several) if changes and several else "",
            _days([row.confirmed_after for row in confirmed]) if changes else "",
            _of(sum(row.right for row in rows), rows),
        )


def glitches(score: Score) -> Iterator[Row]:
    """What was wrong in the records, by kind and source."""
    yield "glitch", "source", "rows", "told as it is", "became a confirmed change"
    by = _grouped(score.glitches, lambda judged: (judged.row.kind, judged.row.source))
    for (kind, source), rows in sorted(by.items()):
        yield (
            kind,
            source,
            str(len(rows)),
            _of(sum(row.right for row in rows), rows),
            str(sum(row.confirmed for row in rows)),
        )


def goals(score: Score) -> Iterator[Row]:
    """What is asked of a monitor that people trust."""
    changes = [told for told in score.known if told.row.kind in CHANGES]
    several = [told for told in changes if told.several]
    labelled = [told for told in score.known if told.row.kind not in CHANGES]
    yield "asked for", "measured", "goal"
    yield (
        "cuts and hikes claimed at the first look that shows them",
        _share(changes, lambda told: told.claimed_after == 0),
        "95 %",
    )
    yield (
        "those that two sources show, confirmed",
        _share(several, lambda told: told.confirmed_after is not None),
        "90 %",
    )
    yield "promotions, aliases and launches told as what they are", _share(labelled, lambda told: told.right), "90 %"
    yield "glitches told as what they are", _share(score.glitches, lambda judged: judged.right), "90 %"
    yield "glitches that became a confirmed change", str(sum(each.confirmed for each in score.glitches)), "0"


def totals(score: Score) -> Iterator[Row]:
    """All that was told, by the source that showed it first. A notice tells all prices of a model at once."""
    yield (
        "first seen at",
        "changes of a price",
        "claimed",
        "withdrawn",
        "confirmed",
        "confirmed notices",
        "of them falls of 20 %",
    )
    by = _grouped(score.events, lambda event: (event.source,))
    for (source,), events in sorted(by.items()):
        confirmed = [event for event in events if event.status is Status.CONFIRMED]
        yield (
            source,
            f"{len(events):,}",
            f"{sum(event.words[0].status is Status.CLAIMED for event in events):,}",
            f"{sum(event.status is Status.WITHDRAWN for event in events):,}",
            f"{len(confirmed):,}",
            f"{len(notices(confirmed)):,}",
            f"{len(notices(event for event in confirmed if event.change <= _FIFTH)):,}",
        )


def confirmed(score: Score) -> Iterator[Row]:
    """Every confirmed notice with its evidence."""
    yield "confirmed", "first seen", "model", "host", "prices", "who showed it, when, and from which price"
    for events in notices(event for event in score.events if event.status is Status.CONFIRMED):
        first = events[0]
        yield (
            date(_confirmed_at(first)),
            date(first.at),
            first.key.offer.model,
            first.key.offer.host,
            ", ".join(f"{_field(event)} {event.old:g} → {event.new:g}" for event in events),
            "; ".join(_sight(sighting.source, sighting.at, sighting.old) for sighting in first.sightings[:4]),
        )


def usage(heard: Iterable[Heard]) -> Iterator[Row]:
    """What the guard made of recorded usage."""
    yield "usage", "snapshots", "held back", "all of them wrong"
    for each in heard:
        yield each.name, str(each.snapshots), str(each.held), "yes" if each.wrong else "no"


def notices(events: Iterable[Event]) -> list[list[Event]]:
    """Confirmed events that one notice tells: the prices of one offer, confirmed at one look."""
    ordered = sorted(events, key=lambda event: (_confirmed_at(event), _offer(event)))
    return [list(group) for _, group in groupby(ordered, key=lambda event: (_confirmed_at(event), _offer(event)))]


_FIFTH = -0.2 + 1e-9


def _confirmed_at(event: Event) -> int:
    return next(word.at for word in event.words if word.status is Status.CONFIRMED)


def _offer(event: Event) -> tuple[str, str]:
    return event.key.offer.model, event.key.offer.host


def _field(event: Event) -> str:
    return event.key.metric.removeprefix("price_")


def _sight(source: str, at: int, old: float | None) -> str:
    return f"{source} {date(at)} " + ("listed" if old is None else f"from {old:g}")


def _grouped(rows: Iterable[_T], key: Callable[[_T], tuple[str, ...]]) -> Mapping[tuple[str, ...], list[_T]]:
    found: defaultdict[tuple[str, ...], list[_T]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _of(count: int, rows: Sequence[Told] | Sequence[Judged]) -> str:
    return f"{count} of {len(rows)}"


def _share(rows: Sequence[_T], right: Callable[[_T], bool]) -> str:
    count = sum(map(right, rows))
    return f"{count} of {len(rows)} ({count / len(rows):.1%})" if rows else "none known"


def _days(delays: Sequence[int | None]) -> str:
    """Median and longest of delays in seconds."""
    known = [delay for delay in delays if delay is not None]
    return f"{_span(statistics.median(known))}, at most {_span(max(known))}" if known else ""


def _span(seconds: float) -> str:
    return f"{seconds / DAY:.1f} d" if seconds >= DAY else f"{seconds / HOUR:.1f} h"
