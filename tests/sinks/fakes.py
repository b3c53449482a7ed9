"""What stands in for the ledger, the sink and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from monitor.errors import MonitorError
from monitor.model.bar import Bar
from monitor.model.copying import Answer, Rejected, Rejection
from monitor.model.labels import Labels
from monitor.model.notification import Notification
from monitor.model.sample import Sample, Series

MONDAY = datetime(2026, 2, 9, tzinfo=UTC)


def learnt(number: int, *, models: int = 40) -> list[Sample]:
    """That many samples of day bars; every third is followed by its revision."""
    series = [Series("tokens", Labels.of(source="openrouter", model=f"lab/m-{m}"), Bar.DAY) for m in range(models)]
    samples: list[Sample] = []
    for n in range(number):
        day = MONDAY + timedelta(days=n // models)
        first = Sample(series[n % models], day, day + timedelta(days=1, seconds=n), 1e9 + n)
        samples.append(first)
        if n % 3 == 0:
            samples.append(Sample(first.series, day, first.known_at + timedelta(days=1), first.known_at.timestamp()))
    return samples[:number]


class FakeCursors:
    """Cursors over a list; `seq` counts from 1."""

    def __init__(self, samples: Sequence[Sample] = ()) -> None:
        self.samples = list(samples)
        self.positions: dict[str, int] = {}
        self.moves: list[int] = []
        self.answers: dict[str, Answer] = {}
        self.rejected: list[Rejected] = []
        self.owed: list[Notification] = []

    def position(self, name: str, /) -> int:
        return self.positions.get(name, 0)

    def after(self, seq: int, limit: int, /) -> list[tuple[int, Sample]]:
        return list(enumerate(self.samples[seq : seq + limit], seq + 1))

    def move(self, name: str, seq: int, /) -> None:
        self.positions[name] = seq
        self.moves.append(seq)

    def took(
        self, name: str, seq: int, answer: Answer, rejected: Sequence[Rejected], owed: Sequence[Notification], /
    ) -> None:
        self.move(name, seq)
        self.rejected.extend(rejected)
        self.refused(name, answer, owed)

    def refused(self, name: str, answer: Answer, owed: Sequence[Notification], /) -> None:
        self.answers[name] = answer
        self.owed.extend(owed)

    def answer(self, name: str, /) -> Answer | None:
        return self.answers.get(name)

    def newest(self) -> int:
        return len(self.samples)


class FakeSink:
    """Takes everything, but fails first with what it was given, an error a write."""

    def __init__(self, *failures: MonitorError) -> None:
        self.failures = list(failures)
        self.taken: list[Sample] = []

    def write(self, samples: Sequence[Sample]) -> list[Rejection]:
        if self.failures:
            raise self.failures.pop(0)
        self.taken.extend(samples)
        return []


class FakeSleep:
    """Notes what was slept; sets `stop` with the last of `rounds` sleeps, and that one never ends."""

    def __init__(self, rounds: int) -> None:
        self.slept: list[float] = []
        self.stop = asyncio.Event()
        self._rounds = rounds

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) == self._rounds:
            self.stop.set()
            await asyncio.Event().wait()
