"""Copying to sinks: how a sink stands, and what it will never take."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stream(StrEnum):
    """What is copied, each in an order of its own."""

    SAMPLES = "samples"
    ALERTS = "alerts"
    REMARKS = "remarks"
    SHARES = "shares"
    PRICE_TRUTH = "price truth"

    def cursor(self, sink: str) -> str:
        """The name under which the ledger remembers how far a sink has come."""
        return sink if self is Stream.SAMPLES else f"{sink} {self.value}"


class Standing(StrEnum):
    """What a sink's last answer comes to."""

    TAKES = "takes"
    WAITS = "waits"  # busy, down or out of reach: it passes by itself
    HELD = "held"  # a person has to put something right first


@dataclass(frozen=True, slots=True)
class Tally:
    """What points come to: how many, the sum of `known_at`, how many have a value, and the sum of these."""

    points: int
    known_at: int
    values: int
    total: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The last answer of a sink. `said`: its words, empty where it takes what it is sent.

    `at`, `since`: epoch seconds of the answer, and of the first of those in a row that stand alike. `not_before`: epoch
    seconds, the sink asked to be left alone until then; 0 = it did not.
    """

    standing: Standing
    said: str
    at: int
    since: int
    not_before: int = 0


@dataclass(frozen=True, slots=True)
class Rejection:
    """A line that a sink will never take. `index`: of the item that it was made of, among those written."""

    index: int
    line: str
    said: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line kept aside. `seq`: of what it was made of; `said`: the sink's words; `at`: epoch seconds."""

    seq: int
    line: str
    said: str
    at: int
