"""Shares as InfluxDB line protocol: a point for each group of a bar, at its start; docs/influxdb.md has the layout."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from monitor.model.share import Share
from monitor.sinks.line_protocol import NANOSECONDS, tags

MEASUREMENT = "shares"


def share_lines(bars: Sequence[Sequence[Share]]) -> list[str]:
    """A line for each share, in their order."""
    return [_line(share) for shares in bars for share in shares]


def _line(share: Share) -> str:
    named = {
        "source": share.source,
        "metric": share.metric,
        "bar": share.bar.value,
        "by": share.by,
        "name": share.name,
    }
    return f"{MEASUREMENT}{tags(named.items())} {','.join(_fields(share))} {share.at * NANOSECONDS}"


def _fields(share: Share) -> Iterator[str]:
    """Each always of its type; what is unknown is left out."""
    for name, number in (("share", share.share), ("amount", share.amount)):
        if math.isfinite(number):
            yield f"{name}={float(number)!r}"
    if math.isfinite(share.rank):
        yield f"rank={int(share.rank)}i"
    yield f"sealed={'t' if share.sealed else 'f'}"
