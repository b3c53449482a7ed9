"""An empty ledger becomes what a sink holds a copy of: samples with both their times, remarks and transitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.errors import LedgerError
from monitor.ledger import Ledger
from monitor.model.copying import Answer, Standing, Stream
from monitor.model.metric import METRICS
from monitor.ports import Contents, Copies

RESTORED = (Stream.SAMPLES, Stream.ALERTS, Stream.REMARKS)
"""The streams that lead back to the ledger; the others are derived from it."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was taken back. `samples`: by metric; `unknown`: metrics that this program does not know."""

    samples: Mapping[str, int]
    remarks: int
    transitions: int
    unknown: tuple[str, ...]


def restore(ledger: Ledger, contents: Contents, streams: Mapping[Stream, Copies[Any]], sink: str, at: int) -> Restored:
    """Take back all of it or nothing. Raises SinkError, and LedgerError also for a ledger that is not empty.

    What was read of `streams` need not be copied to `sink` again. `at`: epoch seconds of now.
    """
    if not ledger.is_empty():
        hint = "move it away first; nothing was changed"
        raise LedgerError(f"{ledger.path}: expected a ledger with nothing in it", hint=hint)
    metrics = contents.metrics()
    with ledger.transaction():
        samples = {metric: ledger.absorb(contents.samples(metric)) for metric in metrics if metric in METRICS}
        remarks, transitions = list(contents.remarks()), contents.transitions()
        ledger.take_back(remarks, transitions)
        for stream in RESTORED:
            kept = streams[stream]
            kept.took(stream.cursor(sink), kept.newest(), Answer(Standing.TAKES, "", at, at), (), ())
    unknown = tuple(metric for metric in metrics if metric not in METRICS)
    return Restored(samples, len(remarks), len(transitions), unknown)
