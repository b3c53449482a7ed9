"""Transitions as InfluxDB line protocol: one point each, of the measurement `alerts`; docs/influxdb.md has the layout.

Its time is the bar, plus a nanosecond for each second until it was judged: what is told twice of one bar (it fired, it
fired after all) keeps a point each, and writing again changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from monitor.model.transition import Recorded, Transition
from monitor.sinks.line_protocol import NANOSECONDS, quoted, tag_key, tags

MEASUREMENT = "alerts"
TAGS = ("alert", "kind", "level")
FIELDS = (
    "episode",
    "gap_from",
    "judged_at",
    "moved_from",
    "note",
    "partition",
    "recorded_at",
    "reference",
    "silent",
    "value",
)
_TAKEN = frozenset({"", "time", *TAGS, *FIELDS})


def alert_lines(recorded: Sequence[Recorded]) -> list[str]:
    """A line each, in their order."""
    return [_line(each) for each in recorded]


def _line(recorded: Recorded) -> str:
    transition = recorded.transition
    at = transition.valid_at * NANOSECONDS + (transition.judged_at - transition.valid_at) % NANOSECONDS
    return f"{MEASUREMENT}{_tags(transition)} {','.join(_fields(recorded))} {at}"


def _tags(transition: Transition) -> str:
    own = zip(TAGS, (transition.alert, transition.kind.value, transition.level), strict=True)
    return tags([*((tag_key(name, _TAKEN), value) for name, value in transition.labels), *own])


def _fields(recorded: Recorded) -> Iterator[str]:
    """Each always of its type; numbers that are none, and an empty note, are left out."""
    transition = recorded.transition
    for name, number in (("value", transition.value), ("reference", transition.reference)):
        if math.isfinite(number):
            yield f"{name}={float(number)!r}"
    whole = {
        "episode": transition.episode,
        "judged_at": transition.judged_at,
        "recorded_at": recorded.recorded_at,
        "gap_from": transition.gap_from,
        "moved_from": transition.moved_from,
    }
    yield from (f"{name}={number}i" for name, number in whole.items())
    yield f"silent={'t' if recorded.silent else 'f'}"
    for name, text in (("partition", recorded.partition), ("note", transition.note)):
        if text:
            yield f"{name}={quoted(text)}"
