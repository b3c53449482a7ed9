"""Every contract with the outside world in one place: Source, Sink, Notifier, Desk, Outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

from monitor.model.copying import Answer, Rejected, Rejection, Tally
from monitor.model.history import Batch
from monitor.model.notification import Notification, Receipt
from monitor.model.remark import Remark
from monitor.model.sample import Snapshot
from monitor.model.transition import Recorded

_Written_contra = TypeVar("_Written_contra", contravariant=True)
_Read_co = TypeVar("_Read_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Window:
    """What one poll is asked for.

    `now`: the time of the poll. `since`: the oldest bar wanted (None = the source's default). Levels ignore `since`.
    """

    now: datetime
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class HttpState:
    """What is remembered of one address between polls and over restarts.

    `not_before`: epoch seconds; no request is sent earlier (Retry-After, back-off). `failures`: in a row.
    """

    etag: str = ""
    last_modified: str = ""
    not_before: float = 0.0
    failures: int = 0


class FetchMemory(Protocol):
    """Where the shared fetch keeps what must survive a restart; the ledger is one."""

    def http_state(self, key: str) -> HttpState:
        """What is remembered of an address (its defaults when nothing is)."""
        ...

    def remember_http(self, key: str, state: HttpState) -> None:
        """Keep it, durably, before the next request."""
        ...

    def spend(self, budget: str, at: float, *, per_minute: int, per_day: int) -> float:
        """Count one request against a budget; 0 = granted and counted, else the seconds to wait (nothing counted)."""
        ...


class Source(Protocol):
    """Where samples come from."""

    async def poll(self, window: Window) -> Snapshot:
        """Fetch and parse once; raises SourceError(permanent=…)."""
        ...


@runtime_checkable
class Reparsing(Protocol):
    """A source that can make a snapshot of an answer that was kept; nothing is asked for that."""

    def reparse(self, body: bytes, fetched_at: datetime) -> Snapshot:
        """What `poll` would have made of that body at that time: same parser, same settings; raises SourceError."""
        ...


class Sink(Protocol[_Written_contra]):
    """Where samples, or whatever else is recorded, are copied to."""

    def write(self, items: Sequence[_Written_contra], /) -> Sequence[Rejection]:
        """Take all of them but the lines returned, which it will never take; raises SinkError if it took too little.

        Writing again is idempotent. May block: call it off the event loop.
        """
        ...


class Contents(Protocol):
    """What a sink holds of a ledger, read back; every method raises SinkError, and may block."""

    def metrics(self) -> Sequence[str]:
        """Every metric of which there is a sample."""
        ...

    def samples(self, metric: str, /) -> Batch:
        """All that was ever learnt of a metric; without seals and citations."""
        ...

    def remarks(self) -> Iterable[Remark]:
        """All seals, citations, aliases and texts."""
        ...

    def transitions(self) -> Sequence[Recorded]:
        """Every transition, in the order in which they were recorded."""
        ...

    def tallies(self, metric: str, /, *, as_known: bool) -> Mapping[int, Tally]:
        """By the start of a day, epoch seconds: what samples come to, all or the last one of each bar."""
        ...

    def as_known(self, line: str, /) -> bool:
        """Whether a line is one of all samples, rather than of the last one of each bar."""
        ...

    def keeps(self) -> int | None:
        """Seconds for which it keeps anything; None = for ever."""
        ...


class Cursors(Protocol[_Read_co]):
    """An order of the ledger, that of learning or of judging, how far each sink has been fed from it, and what it said.

    `seq` counts what was recorded, 1 first, without ever going back; gaps are allowed. Any thread may call.
    """

    def position(self, name: str, /) -> int:
        """The `seq` of the newest that the sink of this name has taken; 0 before its first."""
        ...

    def after(self, seq: int, limit: int, /) -> Sequence[tuple[int, _Read_co]]:
        """What was recorded after `seq`, oldest first, at most `limit`."""
        ...

    def took(
        self, name: str, seq: int, answer: Answer, rejected: Sequence[Rejected], owed: Sequence[Notification], /
    ) -> None:
        """Record, durably and at once: the sink has taken everything up to and with `seq`, but `rejected`."""
        ...

    def refused(self, name: str, answer: Answer, owed: Sequence[Notification], /) -> None:
        """Record, durably, that the sink took nothing, and what is owed to people for it."""
        ...

    def answer(self, name: str, /) -> Answer | None:
        """What the sink of this name said last; None before its first answer."""
        ...

    def newest(self) -> int:
        """The `seq` of the newest; 0 while there is none."""
        ...


class Copies(Cursors[_Read_co], Protocol[_Read_co]):
    """Cursors, with what a person asks of them: what waits, and what was kept aside; the ledger has them."""

    def again(self, seq: int, /) -> Sequence[tuple[int, _Read_co]]:
        """The one of this `seq`, with all that have to be written after it should it be written again."""
        ...

    def waiting_since(self, name: str, /) -> int | None:
        """Epoch seconds: when the oldest was recorded that the sink has not taken; None if there is none."""
        ...

    def rejected(self, name: str, /) -> Sequence[Rejected]:
        """The lines kept aside, in the order of what they were made of."""
        ...

    def resent(self, name: str, seq: int, rejected: Sequence[Rejected], /) -> None:
        """Record, durably: what was made of `seq` was written again, and of that these lines are kept aside."""
        ...


class Notifier(Protocol):
    """What reaches a receiver."""

    def send(self, notification: Notification) -> Receipt:
        """Deliver one notification; returning means delivered. Raises DeliveryError. May block."""
        ...


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a name as people know it, and by which way: the name of a receiver, or "command line"."""

    name: str
    via: str


class Quiet(StrEnum):
    """For how long a button silences."""

    DAY = "1d"
    WEEK = "1w"
    MOVED = "moved"  # until it has changed by 5 more points


class Desk(Protocol):
    """What people ask and do from where they are told. Every deed is recorded with its actor.

    `about` is the id of a notification that was delivered. Answers are lines of plain text to show to who asked. All
    raise ActionError, whose text may be shown too, and may block.
    """

    def acknowledge(self, about: str, actor: Actor) -> str:
        """Say no more of its open episodes, unless they become graver."""
        ...

    def silence(self, about: str, actor: Actor, quiet: Quiet) -> str:
        """Say nothing of its instances for a while."""
        ...

    def why(self, about: str) -> str:
        """How its first transition was decided, as `monitor explain` tells it."""
        ...

    def history(self, about: str) -> str:
        """What became of its instances before."""
        ...

    def command(self, words: str, actor: Actor) -> str:
        """`status`, `alerts`, `silence MATCHERS SPAN [REASON]` or `why ALERT [LABELS]`."""
        ...


class Listener(Protocol):
    """What waits for people to act at a receiver."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; connects again by itself, and raises nothing for that."""
        ...


class Outbox(Protocol):
    """What is owed to receivers, durably; the ledger has one. Every call is a transaction of its own."""

    def add(self, notification: Notification, at: datetime) -> None:
        """Owe it from `at` on; one whose id was ever taken up is left alone."""
        ...

    def due(self, now: datetime, limit: int = ...) -> Sequence[Notification]:
        """The oldest of each receiver, unless it is being sent or has to wait: later ones wait for it.

        Parts of what was delivered come last, and wait for their like alone.

        `possible_repeat` is set where an earlier send was begun and nobody can say how it ended; `tried_at` and
        `follows` are set too.
        """
        ...

    def begin(self, notification_id: str, at: datetime) -> int:
        """Record that a send starts, before its first byte; returns the number of the attempt, from 1."""
        ...

    def delivered(self, notification_id: str, receipt: Receipt, at: datetime) -> None:
        """The receiver took it; in the same step the rest of it is owed."""
        ...

    def postpone(self, notification_id: str, until: datetime, error: str, *, outcome_unknown: bool) -> None:
        """It did not arrive, or perhaps did (`outcome_unknown`, which is never forgotten); not due before `until`."""
        ...

    def bury(self, notification_id: str, error: str, at: datetime) -> None:
        """It will never arrive; kept for people to read."""
        ...
