"""Samples and snapshots: what one poll or one file brings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from monitor.model.bar import Bar
from monitor.model.labels import Labels


@dataclass(frozen=True, slots=True)
class Series:
    """The identity of a stored series: its metric, its labels and the bar its source reports it in."""

    metric: str
    labels: Labels
    bar: Bar


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a series.

    `valid_at`: the start of its bar (a flow) or the instant it was observed (a level).
    `known_at`: when we learnt it. A later value for the same `valid_at` of a flow is a revision.
    `value`: in the unit of the metric; None = the source no longer shows this series (a level only).
    """

    series: Series
    valid_at: datetime
    known_at: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class Seal:
    """A source's word that every bar which ends at or before `through` is complete, given at `known_at`.

    `holds_until`: levels may be believed until then without another look; None = until the next look.
    """

    source: str
    metric: str
    bar: Bar
    through: datetime
    known_at: datetime
    holds_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one poll brings.

    `source`: the name of the poll (a key of the settings), not the `source` label of its samples.
    `complete`: levels whose series are not among the samples are gone (None is recorded for them).
    `entries`: how many rows or models the answer had, for the guard; `totals`: (bar start, sum) per flow bar.
    `guarded`: False where a person chooses what is there, so that less or more of it is no reason for doubt.
    `aliases`: (permanent slug, public id) pairs that join usage to prices; (`app_alias`, its name) pairs.
    `citation`: the line that must stand wherever these figures are shown. `digest`: sha256 of the body.
    `faults`: fields that could not be read and were left unknown, as messages.
    `texts`: every text that samples of `Unit.TEXT` stand for.
    """

    source: str
    fetched_at: datetime
    samples: tuple[Sample, ...]
    seals: tuple[Seal, ...]
    entries: int
    digest: str
    citation: str = ""
    complete: bool = False
    aliases: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    unchanged: bool = False
    faults: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    guarded: bool = True
