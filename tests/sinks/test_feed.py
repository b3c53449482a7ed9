"""The feed: the cursor follows what the sink has taken, never the other way round."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import LedgerError, MonitorError, SinkError
from monitor.feed import Feed, Pace
from monitor.model.copying import Rejection
from monitor.model.sample import Sample
from monitor.ports import Cursors
from tests.sinks.fakes import FakeCursors, FakeSink, FakeSleep, learnt

PACE = Pace(batch=10)


def passing(wait: float | None = None) -> SinkError:
    return SinkError("busy", not_before=wait)


def permanent(text: str = "bad line") -> SinkError:
    return SinkError(text, permanent=True)


async def slept(*failures: MonitorError, rounds: int) -> list[float]:
    """How long a feed with one sample waits after each of its turns."""
    sleep = FakeSleep(rounds)
    await Feed("influxdb", FakeSink(*failures), FakeCursors(learnt(1)), sleep=sleep, pace=PACE).run(sleep.stop)
    return sleep.slept


@pytest.mark.asyncio
async def test_a_step_writes_one_batch_and_moves_the_cursor() -> None:
    """Step by step to the end, then nothing; the lag says what is left."""
    sink, cursors = FakeSink(), FakeCursors(learnt(25))
    feed = Feed("influxdb", sink, cursors, pace=PACE)
    assert feed.lag() == 25
    assert [await feed.step() for _ in range(4)] == [10, 10, 5, 0]
    assert sink.taken == cursors.samples
    assert cursors.moves == [10, 20, 25]
    assert feed.lag() == 0


@pytest.mark.asyncio
async def test_feeds_do_not_share_a_cursor() -> None:
    """Each sink is fed by its own name."""
    cursors = FakeCursors(learnt(5))
    sinks = FakeSink(), FakeSink()
    for name, sink in zip(("a", "b"), sinks, strict=True):
        await Feed(name, sink, cursors).step()
    assert sinks[0].taken == sinks[1].taken == cursors.samples


@pytest.mark.asyncio
async def test_the_cursor_stays_when_the_sink_fails() -> None:
    """The same samples are written again; none is skipped."""
    sink, cursors = FakeSink(passing()), FakeCursors(learnt(5))
    feed = Feed("influxdb", sink, cursors)
    with pytest.raises(SinkError, match="busy"):
        await feed.step()
    assert cursors.moves == []
    await feed.step()
    assert sink.taken == cursors.samples


@pytest.mark.asyncio
async def test_a_backlog_is_fed_without_waiting() -> None:
    """Full batches follow each other; a batch that is not full means: all is fed."""
    sleep = FakeSleep(4)
    await Feed("influxdb", FakeSink(), FakeCursors(learnt(25)), sleep=sleep, pace=PACE).run(sleep.stop)
    assert sleep.slept == [0.0, 0.0, 5.0, 5.0]


@pytest.mark.asyncio
async def test_waits_double_from_a_second_to_five_minutes() -> None:
    """A server that is down is asked ever more seldom, and after it came back at once."""
    waits = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0]
    assert await slept(*[passing()] * 11, rounds=12) == [*waits, 5.0]


@pytest.mark.asyncio
async def test_the_wait_a_sink_asks_for_is_kept() -> None:
    """Retry-After counts where it is longer than our own wait; more than an hour is not believed."""
    assert await slept(passing(90.0), passing(0.0), passing(1e9), rounds=3) == [90.0, 2.0, 3600.0]


@pytest.mark.asyncio
async def test_a_permanent_refusal_is_tried_slowly() -> None:
    """Somebody may repair the server; nothing is skipped meanwhile."""
    assert await slept(permanent(), permanent(), rounds=3) == [300.0, 300.0, 5.0]


@pytest.mark.asyncio
async def test_the_ledger_may_fail_too() -> None:
    """A full disk stops the cursor, not the worker."""

    class FullOnce(FakeCursors):
        def move(self, name: str, seq: int, /) -> None:
            if not sleep.slept:
                raise LedgerError("disk full")
            super().move(name, seq)

    sleep, sink, cursors = FakeSleep(2), FakeSink(), FullOnce(learnt(3))
    await Feed("influxdb", sink, cursors, sleep=sleep).run(sleep.stop)
    assert sleep.slept == [1.0, 5.0]
    assert sink.taken == cursors.samples * 2
    assert cursors.moves == [3]


@pytest.mark.asyncio
async def test_what_goes_on_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """One line when trouble begins, one when it becomes another, one when it is over: with the server's own words."""
    caplog.set_level(logging.INFO)
    await slept(*[passing()] * 3, *[permanent("field type conflict")] * 3, rounds=8)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "sink influxdb: busy"),
        ("ERROR", "sink influxdb: field type conflict"),
        ("INFO", "sink influxdb: goes on after 6 failures"),
    ]


class HangingSink:
    """Takes nothing and returns only when released."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.released = threading.Event()

    def write(self, samples: Sequence[Sample]) -> list[Rejection]:  # noqa: ARG002
        self.entered.set()
        assert self.released.wait(30)
        return []


@pytest.mark.asyncio
async def test_a_hanging_sink_delays_no_shutdown() -> None:
    """A stop returns at once, and the thread ends with the process; a write that does end is still remembered."""
    sink, cursors, stop = HangingSink(), FakeCursors(learnt(3)), asyncio.Event()
    run = asyncio.create_task(Feed("influxdb", sink, cursors).run(stop))
    await asyncio.to_thread(sink.entered.wait, 30)
    (thread,) = (thread for thread in threading.enumerate() if thread.name == "feed-influxdb")
    assert thread.daemon
    stop.set()
    async with asyncio.timeout(1):
        await run
    assert thread.is_alive()
    assert cursors.moves == []
    sink.released.set()
    thread.join(30)
    await asyncio.sleep(0)
    assert cursors.moves == [3]


HANGING_PROCESS = """
import asyncio, threading
from monitor.feed import Feed
from tests.sinks.fakes import FakeCursors, learnt

entered = threading.Event()

class Hanging:
    def write(self, samples):
        entered.set()
        threading.Event().wait()

async def main():
    stop = asyncio.Event()
    run = asyncio.create_task(Feed("influxdb", Hanging(), FakeCursors(learnt(1))).run(stop))
    await asyncio.to_thread(entered.wait)
    stop.set()
    await run

asyncio.run(main())
print("over")
"""


def test_a_hanging_sink_delays_no_exit() -> None:
    """A thread of an executor would keep the interpreter from ending, for ever."""
    ended = subprocess.run(
        [sys.executable, "-c", HANGING_PROCESS], capture_output=True, text=True, check=True, timeout=30
    )
    assert ended.stdout == "over\n"
    assert ended.stderr == ""


@pytest.mark.asyncio
async def test_a_sink_never_blocks_the_loop() -> None:
    """While a write hangs everything else goes on."""
    sink = HangingSink()
    step = asyncio.create_task(Feed("influxdb", sink, FakeCursors(learnt(3))).step())
    assert await asyncio.to_thread(sink.entered.wait, 30)
    assert not step.done()
    sink.released.set()
    assert await step == 3


@pytest.mark.asyncio
async def test_a_bug_is_not_swallowed() -> None:
    """What is no trouble of a sink or a ledger ends the worker, and its supervisor sees it."""

    class Broken(FakeSink):
        def write(self, samples: Sequence[Sample]) -> list[Rejection]:
            raise ZeroDivisionError(len(samples))

    with pytest.raises(ZeroDivisionError):
        await Feed("influxdb", Broken(), FakeCursors(learnt(1))).run(asyncio.Event())


class FickleSink:
    """Meets each write with the next of `outcomes`; keeps one point for each (series, valid_at, known_at)."""

    def __init__(self, outcomes: list[str]) -> None:
        self.outcomes = outcomes
        self.stored: dict[tuple[object, ...], Sample] = {}

    def write(self, samples: Sequence[Sample]) -> list[Rejection]:
        outcome = self.outcomes.pop(0) if self.outcomes else "takes"
        if outcome != "fails":
            for sample in samples:
                self.stored.setdefault((sample.series, sample.valid_at, sample.known_at), sample)
        if outcome != "takes":
            raise passing()
        return []


@given(
    arrivals=st.lists(st.integers(0, 30), min_size=1, max_size=8),
    outcomes=st.lists(st.sampled_from(["takes", "fails", "takes, but the answer is lost"]), max_size=12),
)
def test_whatever_happens_everything_arrives_in_order(arrivals: list[int], outcomes: list[str]) -> None:
    """Law: with any failures and lost answers, and a restart at each, every sample arrives, and only once."""
    everything = learnt(sum(arrivals))
    sink, cursors = FickleSink(outcomes), FakeCursors()

    async def live() -> None:
        for number in arrivals:
            cursors.samples.extend(everything[len(cursors.samples) :][:number])
            await turn()
        while Feed("influxdb", sink, cursors).lag():
            await turn()

    async def turn() -> None:
        with suppress(SinkError):
            await Feed("influxdb", sink, cursors, pace=PACE).step()

    asyncio.run(live())
    assert list(sink.stored.values()) == everything
    assert cursors.moves == sorted(set(cursors.moves))


def test_the_fake_is_what_the_port_asks_for() -> None:
    """Mypy checks the assignment; the ledger is checked in the same way."""
    cursors: Cursors[Sample] = FakeCursors()
    assert cursors.newest() == cursors.position("influxdb") == 0
