"""When things are due: the only file that knows APScheduler. All in UTC; each name has a fixed phase of its own."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from apscheduler import events
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from monitor.errors import SettingsError

Job = Callable[[datetime], Awaitable[None]]
"""Gets the time at which it starts."""

BEAT = 10.0
"""Seconds between two looks at the wall clock."""

_BEATS = 3  # missed, until it does not beat any more
_log = logging.getLogger(__name__)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")  # 0 to 6, as in a crontab; APScheduler's 0 is Monday
_WHOLE_WEEK = {"*": "0-6", "0-7": "0-6"}
_HASHED = {0: 60, 1: 24}  # field → its size: H in it is a number that follows from the name
_FIELDS = 5
_INSTANT = timedelta(microseconds=1)
_KINDS: Mapping[int, str] = {
    events.EVENT_JOB_MISSED: "missed",
    events.EVENT_JOB_MAX_INSTANCES: "skipped",
    events.EVENT_JOB_ERROR: "failed",
}


class Schedule:
    """Runs jobs by crontab. A run never overlaps with the one before it; runs that were missed are made up as one.

    `counts`: by (name, what), what being "missed", "skipped" (still busy with the run before) or "failed".
    `now`: the wall clock. `sleep`: waits in monotonic time.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self._beat_at = 0.0  # by the clock of the event loop
        self._now = now
        self._sleep = sleep
        self._running: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None
        self._heartbeat: Callable[[], Awaitable[None]] | None = None
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self._scheduler.add_listener(self._note, sum(_KINDS))
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what it has to say is said here

    def every(self, name: str, cron: str, job: Job) -> None:
        """Run a job by a crontab line, see `fire_times`; raises SettingsError. A name that is there is replaced."""

        async def run() -> None:
            task = asyncio.current_task()
            if task is not None:
                self._keep(task)
            await job(self._now())

        self._scheduler.add_job(run, _trigger(name, cron), id=name, name=name, replace_existing=True)

    def heartbeat(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run this at every beat, unless it still runs."""
        self._heartbeat = job

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._scheduler.start()
        self._beat_at = asyncio.get_running_loop().time()
        self._watch = asyncio.get_running_loop().create_task(self._watch_clock())

    def beats(self) -> bool:
        """Whether it has looked at the clock lately; to be asked in its event loop."""
        return asyncio.get_running_loop().time() - self._beat_at < _BEATS * BEAT

    async def drain(self, deadline: timedelta) -> bool:
        """Start nothing more, wait for what runs, cancel what has not ended after `deadline`.

        Returns whether all ended by themselves. Needed because APScheduler's own shutdown cancels what runs at once.
        """
        if self._watch is None:
            return True
        self._watch.cancel()
        self._scheduler.pause()
        late: set[asyncio.Task[None]] = set()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=deadline.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # it shuts down in the next turn of the loop
        return not late

    async def _watch_clock(self) -> None:
        """APScheduler waits in monotonic time: a clock that was set and a machine that slept go unnoticed by it."""
        beating: asyncio.Task[None] | None = None
        while True:
            await self._sleep(BEAT)
            self._beat_at = asyncio.get_running_loop().time()
            self._retime()
            self._scheduler.wakeup()
            if self._heartbeat is not None and (beating is None or beating.done()):
                beating = asyncio.create_task(_awaited(self._heartbeat()))
                beating.add_done_callback(self._beaten)
                self._keep(beating)

    def _beaten(self, beating: asyncio.Task[None]) -> None:
        if not beating.cancelled() and (fault := beating.exception()) is not None:
            self.counts["heartbeat", "failed"] += 1
            _log.error("schedule: the heartbeat failed", exc_info=fault)

    def _keep(self, task: asyncio.Task[None]) -> None:
        """Let a drain wait for it."""
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _retime(self) -> None:
        """After the clock was set back the next runs lie too far ahead: bring them back."""
        after = self._now() + _INSTANT
        for job in self._scheduler.get_jobs():
            due = job.trigger.get_next_fire_time(None, after)
            if job.next_run_time is not None and due is not None and due < job.next_run_time:
                _log.warning("schedule: the clock was set back; %s is due at %s again", job.name, due)
                job.modify(next_run_time=due)

    def _note(self, event: events.JobEvent) -> None:
        kind = _KINDS[event.code]
        self.counts[event.job_id, kind] += 1
        if isinstance(event, events.JobExecutionEvent) and event.exception is not None:
            _log.error("schedule: %s failed", event.job_id, exc_info=event.exception)
        else:
            _log.warning("schedule: a run of %s was %s", event.job_id, kind)


async def _awaited(job: Awaitable[None]) -> None:
    await job


def fire_times(name: str, cron: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """Every time after `after`, up to and with `until`, at which that schedule fires; raises SettingsError.

    `cron`: minute, hour, day, month, weekday in UTC as in a crontab (weekday 0 and 7 = Sunday). H stands for a minute
    or hour that follows from the name, H/15 for every fifteenth from such a one; the second always follows from it.
    """
    trigger = _trigger(name, cron)
    return _times(trigger, after, until)


def _times(trigger: CronTrigger, after: datetime, until: datetime) -> Iterator[datetime]:
    found: datetime | None = trigger.get_next_fire_time(None, after + _INSTANT)
    while found is not None and found <= until:
        yield found
        found = trigger.get_next_fire_time(None, found + _INSTANT)


def _trigger(name: str, cron: str) -> CronTrigger:
    phase = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])
    try:
        minute, hour, day, month, weekday = _fields(cron, phase)
        trigger = CronTrigger(
            minute=minute, hour=hour, day=day, month=month, day_of_week=weekday, second=phase // 1440 % 60, timezone=UTC
        )
    except ValueError as error:
        raise SettingsError(
            f"schedule of {name}: got {cron!r}: {error}",
            hint="expected minute hour day month weekday, such as '20 0 * * *', or 'H * * * *' for once an hour",
        ) from None
    if trigger.get_next_fire_time(None, datetime(2024, 1, 1, tzinfo=UTC)) is None:
        raise SettingsError(f"schedule of {name}: got {cron!r}, which never comes")
    return trigger


def _fields(cron: str, phase: int) -> tuple[str, str, str, str, str]:
    words = cron.lower().split()
    if len(words) != _FIELDS:
        raise ValueError(f"{len(words)} fields, expected {_FIELDS}")
    minute, hour, day, month, weekday = (_hashed(word, at, phase) for at, word in enumerate(words))
    if day != "*" and weekday != "*":
        raise ValueError("a day and a weekday; crontab joins them by 'or', which is not understood here")
    return minute, hour, day, month, _weekdays(weekday)


def _hashed(word: str, at: int, phase: int) -> str:
    """H by a number of its own for the minute and the hour."""
    if "h" not in word or at not in _HASHED:
        return word
    own = phase if at == 0 else phase // 60
    size = _HASHED[at]
    if word == "h":
        return str(own % size)
    head, _, step = word.partition("/")
    if head != "h" or not step.isdecimal() or not 0 < int(step) <= size:
        raise ValueError(f"{word!r}, expected H or H/15")
    return f"{own % int(step)}-{size - 1}/{step}"


def _weekdays(field: str) -> str:
    """Crontab's numbers as names, ranges over the end of the week spelt out."""
    if field == "*":
        return field
    days: set[int] = set()
    for part in field.split(","):
        head, _, step = part.partition("/")
        first, _, last = _WHOLE_WEEK.get(head, head).partition("-")
        start = _day(first)
        end = _day(last) if last else 6 if step else start
        days.update((start + offset) % 7 for offset in range(0, (end - start) % 7 + 1, int(step or 1)))
    return ",".join(_DAYS[day] for day in sorted(days))


def _day(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text not in set("01234567"):
        raise ValueError(f"the weekday {text!r}, expected 0 to 7 or {', '.join(_DAYS)}")
    return int(text) % 7
