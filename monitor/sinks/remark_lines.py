"""Remarks as InfluxDB line protocol, so that a ledger can be restored: docs/influxdb.md has the layout.

A seal lies at the end of the bars that it declares complete; what holds whatever the time lies at the epoch.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model.bar import seconds
from monitor.model.fact import code
from monitor.model.remark import Alias, Citation, Remark, Text
from monitor.model.sample import Seal
from monitor.sinks.line_protocol import NANOSECONDS, quoted, tags

SEALS, CITATIONS, ALIASES, TEXTS = "seals", "citations", "aliases", "texts"
"""The measurements."""
NO_LIMIT = 0
"""Stands in `holds_until` for a seal that holds until the next look: a point that is written again keeps no field."""


def remark_lines(remarks: Sequence[Remark]) -> list[str]:
    """A line each, in their order."""
    return [_line(each) for each in remarks]


def _line(remark: Remark) -> str:
    match remark:
        case Seal():
            until = NO_LIMIT if remark.holds_until is None else seconds(remark.holds_until)
            named = tags([("bar", remark.bar.value), ("metric", remark.metric), ("source", remark.source)])
            at = seconds(remark.through) * NANOSECONDS
            return f"{SEALS}{named} known_at={seconds(remark.known_at)}i,holds_until={until}i {at}"
        case Citation():
            named = tags([("metric", remark.metric), ("source", remark.source)])
            return f"{CITATIONS}{named} text={quoted(remark.text)} 0"
        case Alias():
            first = f"first_seen_at={seconds(remark.first_seen_at)}i"
            return f"{ALIASES}{tags([('alias', remark.alias)])} stands_for={quoted(remark.name)},{first} 0"
        case Text():
            return f"{TEXTS}{tags([('code', str(int(code(remark.text))))])} text={quoted(remark.text)} 0"
