"""What is said of changes of prices as InfluxDB line protocol: one point a word; docs/influxdb.md has the layout.

Its time is when it was said, plus nanoseconds below a second that are made of the change itself: changes of one price
that are told alike at one instant keep a point each, and writing again changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from zlib import crc32

from monitor.sinks.line_protocol import NANOSECONDS, quoted, tags
from monitor.truth.event import Event, Said

MEASUREMENT = "price_truth"


def truth_lines(looks: Sequence[Sequence[Said]]) -> list[str]:
    """A line for each word, in their order."""
    return [_line(said) for every in looks for said in every]


def _line(said: Said) -> str:
    event, word = said.event, said.word
    offer = event.key.offer
    named = {
        "metric": event.key.metric,
        "model": event.sightings[0].model,
        "offer": f"{offer.model}@{offer.host}" if offer.host else offer.model,
        "source": event.source,
        "status": word.status.value,
    }
    at = word.at * NANOSECONDS + _apart(event)
    return f"{MEASUREMENT}{tags(named.items())} {','.join(_fields(said))} {at}"


def _apart(event: Event) -> int:
    """Nanoseconds, the same for one change whenever it is written, and with all likelihood others for another."""
    first = event.sightings[0]
    return crc32(f"{event.at} {first.model} {event.old!r} {event.new!r}".encode(errors="surrogatepass")) % NANOSECONDS


def _fields(said: Said) -> Iterator[str]:
    """Each always of its type; numbers that are none, and an empty text, are left out."""
    event, reading = said.event, said.word.reading
    for name, number in (("before", event.old), ("after", event.new), ("change", event.change)):
        if math.isfinite(number):
            yield f"{name}={float(number)!r}"
    for name, text in (("kind", reading.kind.value), ("evidence", reading.evidence)):
        if text:
            yield f"{name}={quoted(text)}"
    yield f"first_at={event.at}i"
