"""The imperative shell: one cycle (poll, guard, learn, judge, owe) and the loop around it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.asking import Failure, asked, own_fault
from monitor.delivery import Delivery
from monitor.errors import LedgerError, RuleError
from monitor.feed import Feed
from monitor.files import Watch
from monitor.garbage import uncollected
from monitor.health import Health
from monitor.inforce import InForce
from monitor.judging import Judging, Outcome
from monitor.ledger import Ledger
from monitor.model.bar import DAY, seconds
from monitor.model.quantity import moment
from monitor.model.sample import Snapshot
from monitor.model.text import counted
from monitor.ports import Listener, Source, Window
from monitor.reporting import Report, Reporting
from monitor.retries import Retries
from monitor.rules.load import RuleSet
from monitor.rules.rule import Rule
from monitor.schedule import Schedule, fire_times
from monitor.steps import Steps
from monitor.workers import Workers, either, pause

_log = logging.getLogger(__name__)

_OVERLAP = timedelta(days=2)  # a day settles within 48 hours: what the last poll saw younger may have been restated
_LOOK_FOR_POSTPONED = 1.0  # seconds between two looks at the outbox, whose times are whole seconds
_LOOK_AT_RULES = 2.0  # seconds between two looks at the rule files
_RULES, _REVIEWING, _TELLING = "rules", "review", "outbox"  # steps, beside each poll
_REVIEW = timedelta(minutes=1)  # between two looks at what time alone makes due


@dataclass(frozen=True, slots=True)
class Poll:
    """A source with its schedule (five crontab fields, UTC) and the first bar of its history, if it has one."""

    name: str
    source: Source
    schedule: str
    history_from: datetime | None = None


NOTHING = Outcome((), ())


class Ended(StrEnum):
    """How one poll ended."""

    LEARNT = "learnt"
    UNCHANGED = "unchanged"
    QUARANTINED = "quarantined"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Polled:
    """What came of one poll. `entries`: rows or models of the answer; `why`: of a failure or quarantine."""

    name: str
    ended: Ended
    entries: int = 0
    why: str = ""
    outcome: Outcome = NOTHING


@dataclass(frozen=True, slots=True)
class Outside:
    """What the daemon is given of the world.

    `accept` is told the digest of each answer that is stored for good. `look_at_rules`: something that is equal as long
    as the rule files are the same; `watch_rules`: whether a change of it is taken over without being asked.
    `keep_bodies`: for how long answers are kept as they came.
    """

    polls: Sequence[Poll]
    delivery: Delivery
    feeds: Sequence[Feed]
    load_rules: Callable[[], RuleSet]
    accept: Callable[[str], None]
    now: Callable[[], datetime]
    look_at_rules: Callable[[], object] = lambda: None
    watch_rules: bool = False
    keep_bodies: timedelta = timedelta(days=30)
    reports: Sequence[Report] = ()


class Daemon:
    """One monitor over one ledger; used from one event loop."""

    def __init__(self, ledger: Ledger, judging: Judging, outside: Outside) -> None:
        self.steps = Steps()
        self._ledger = ledger
        self._judging = judging
        self._outside = outside
        self._polls: Mapping[str, Poll] = {poll.name: poll for poll in outside.polls}
        self._health = Health(ledger, judging.routes)
        self._rules = InForce(ledger, judging.routes, judging.judge)
        self._reloading = asyncio.Lock()  # what was read last is in force last
        self._watch = Watch(outside.look_at_rules)
        self._behind = False  # whether the ledger could not take them
        self._turn = asyncio.Lock()  # what was learnt is judged before anything else is learnt
        self._asking = {name: asyncio.Lock() for name in self._polls}
        self._owed = asyncio.Event()
        self._retries = Retries()
        self._reviewed = outside.now()
        self._listeners: Sequence[Listener] = ()
        self._schedule: Schedule | None = None
        self._last: tuple[Polled, int] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def rules(self) -> Sequence[Rule]:
        """Those in force."""
        return self._rules.rules

    @property
    def runs(self) -> Mapping[tuple[str, str], int]:
        """By (job, what), how many runs of the schedule were missed, skipped or failed."""
        return {} if self._schedule is None else self._schedule.counts

    def wake(self) -> None:
        """Something is owed: look at once. Any thread may call."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._owed.set)

    async def answers(self) -> str | None:
        """How things stand, in a line, once ledger and event loop have answered; None if the schedule stands still."""
        standing = await asyncio.to_thread(self._standing)
        if self._schedule is None or not self._schedule.beats():
            return None
        last = self._last
        polled = (
            "nothing polled yet" if last is None else f"last poll: {last[0].name} {last[0].ended} {moment(last[1])}"
        )
        return f"{counted(len(self._polls), 'source')} polled; {standing}; {polled}"

    def _standing(self) -> str:
        with self._ledger.transaction():  # whoever writes has to let others in
            firing, owed = len(self._ledger.open_instances()), self._ledger.outbox.owed()
        return f"{counted(firing, 'alert')} firing; {counted(owed, 'message')} owed"

    def listen(self, *listeners: Listener) -> None:
        """Have these, too, run as long as the monitor does."""
        self._listeners = (*self._listeners, *listeners)

    async def start(self) -> None:
        """Take over the rules and judge what a stop left unjudged. Raises RuleError as `InForce`, LedgerError."""
        await self._take_over(attempt=seconds(self._outside.now()) // DAY)  # not told at each of many restarts

    async def reload(self) -> None:
        """Take over the rule files; of what is broken the last good version stays, and a person is told."""
        self._behind = False
        try:
            await self._take_over()
            self.steps.went(_RULES)
        except RuleError as error:
            self.steps.went(_RULES, "refused")
            _log.error("rules: not taken over: %s", error)
        except LedgerError as error:
            self._behind = True
            self.steps.failed(_RULES, str(error))
            _log.error("rules: not taken over, or not judged yet: %s", error)

    async def look_at_rules(self) -> None:
        """Reload if the rule files have changed and nobody is writing them any more."""
        if await asyncio.to_thread(self._watch.changed):
            await self.reload()

    async def poll(self, name: str) -> Polled:
        """One cycle for one source; whatever goes wrong is logged, remembered and tried again, never raised."""
        step = f"poll {name}"
        try:
            async with self._asking[name]:  # schedule, retry and catching up may want it at once
                polled = await self._cycle(self._polls[name])
            self.steps.went(step, polled.ended)
        except Exception as fault:  # noqa: BLE001 - the supervisor: no fault of ours may stop the other sources
            why = str(fault) if isinstance(fault, LedgerError) else own_fault(fault)
            self.steps.failed(step, why)
            polled = Polled(name, Ended.FAILED, why=why)
        if polled.ended in (Ended.FAILED, Ended.QUARANTINED):
            _log.warning("poll %s: %s: %s", name, polled.ended, polled.why)
            self._retries.failed(name, self._outside.now())
        else:
            _log.info("poll %s: %s, %d entries", name, polled.ended, polled.entries)
            self._retries.went_well(name)
        self._last = polled, seconds(self._outside.now())
        return polled

    async def heartbeat(self) -> None:
        """Polls again what failed, when its time has come, and takes over rules that the ledger could not take.

        Tells what time alone makes due.
        """
        if self._behind:
            await self.reload()
        now = self._outside.now()
        if now >= self._reviewed + _REVIEW:
            try:
                await self.review()
                self.steps.went(_REVIEWING)
            except LedgerError as error:
                self.steps.failed(_REVIEWING, str(error))
                _log.error("what time makes due is not told yet: %s", error)
        await asyncio.gather(*map(self.poll, self._retries.due(now)))

    async def review(self) -> None:
        """Tell what time alone makes due: a silence or a mute time is over, a reminder. Raises LedgerError."""
        self._reviewed = self._outside.now()
        async with self._turn:
            await asyncio.to_thread(self._judging.review, self._rules.rules, self._reviewed)
        self._owed.set()

    async def deliver(self) -> int:
        """Send what is owed and due; how many notifications were delivered."""
        return await self._outside.delivery.drain(self._outside.now())

    def overdue(self) -> list[str]:
        """Polls that should have run since they last did, or never ran."""
        now = self._outside.now()
        return [poll.name for poll in self._outside.polls if self._is_overdue(poll, now)]

    async def run(self, stop: asyncio.Event, ready: Callable[[], None], drain: timedelta) -> None:
        """Poll, judge, deliver and feed until `stop`; then finish what is under way, cut off what takes over `drain`.

        Raises RuleError and LedgerError before `ready` is called.
        """
        self._loop = asyncio.get_running_loop()
        await self.start()
        overdue = self.overdue()
        schedule = self._schedule = Schedule()
        for poll in self._outside.polls:
            schedule.every(poll.name, poll.schedule, self._job(poll.name))
        schedule.heartbeat(self.heartbeat)
        schedule.start()
        workers = Workers(stop)
        workers.start("delivery", self._deliver_until(stop), vital=True)
        if self._outside.watch_rules:
            workers.start("rules", self._watch_rules_until(stop))
        for feed in self._outside.feeds:
            workers.start(f"sink {feed.name}", feed.run(stop))
        for listener in self._listeners:
            workers.start(type(listener).__name__, listener.run(stop))
        Reporting(self._ledger, self._outside.reports, self._outside.now, self._owed.set).begin(schedule, workers)
        for name in overdue:
            workers.start(f"poll {name}", self.poll(name))
        ready()
        await stop.wait()
        finishing = asyncio.create_task(schedule.drain(drain))
        try:
            await workers.drain(drain)
        finally:
            await finishing

    def _job(self, name: str) -> Callable[[datetime], Awaitable[None]]:
        async def job(_at: datetime) -> None:
            await self.poll(name)

        return job

    async def _deliver_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._owed.clear()
            try:
                await self.deliver()
                self.steps.went(_TELLING)
            except LedgerError as error:
                self.steps.failed(_TELLING, str(error))
                _log.error("outbox: %s", error)
            await either(stop, self._owed, _LOOK_FOR_POSTPONED)

    async def _watch_rules_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.look_at_rules()
            await pause(stop, _LOOK_AT_RULES)

    async def _cycle(self, poll: Poll) -> Polled:
        last = self._ledger.accepted(poll.name)
        now = self._outside.now()
        since = poll.history_from if last is None else last.fetched_at - _OVERLAP
        snapshot = await asked(poll.name, poll.source, Window(now, since))
        if isinstance(snapshot, Failure):
            await self._learn(along=lambda: self._health.failed(poll.name, snapshot, now))
            return Polled(poll.name, Ended.FAILED, why=snapshot.why)
        doubt = await asyncio.to_thread(self._health.doubt, snapshot)
        if doubt is not None:
            await self._learn(along=lambda: self._health.set_aside(snapshot, doubt, now))
            return Polled(poll.name, Ended.QUARANTINED, snapshot.entries, doubt.why)
        outcome = await self._learn(snapshot, along=lambda: self._health.went_well(snapshot, now))
        self._outside.accept(snapshot.digest)
        for fault in snapshot.faults:
            _log.warning("poll %s: left unknown: %s", poll.name, fault)
        ended = Ended.UNCHANGED if snapshot.unchanged else Ended.LEARNT
        return Polled(poll.name, ended, snapshot.entries, outcome=outcome)

    async def _learn(self, *snapshots: Snapshot, along: Callable[[], None]) -> Outcome:
        """Learn all of them or none, with what goes along with it, and judge what follows."""

        def learn() -> None:
            with self._ledger.transaction():
                for snapshot in snapshots:
                    self._ledger.learn(snapshot)
                along()
                self._ledger.forget_bodies(self._outside.now() - self._outside.keep_bodies)

        async with self._turn:
            await asyncio.to_thread(learn)
            return await self._judge_learnt()

    async def _take_over(self, attempt: int | None = None) -> None:
        async with self._reloading:
            await asyncio.to_thread(self._watch.note)
            loaded = await asyncio.to_thread(self._outside.load_rules)
            async with self._turn:
                await asyncio.to_thread(self._rules.take_over, loaded, self._outside.now(), attempt=attempt)
                await self._judge_learnt()

    async def _judge_learnt(self) -> Outcome:
        with uncollected():  # a third of the time, over a ledger with some history
            outcome = await asyncio.to_thread(self._judging.judge, self._rules.rules, self._outside.now())
        self._owed.set()
        return outcome

    def _is_overdue(self, poll: Poll, now: datetime) -> bool:
        newest = next(iter(self._ledger.snapshots(poll.name, 1)), None)
        return newest is None or next(fire_times(poll.name, poll.schedule, newest.fetched_at, now), None) is not None
