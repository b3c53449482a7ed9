"""A market day by day: what models count, what is told of it, and what people do about it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.catalog import shipped
from monitor.daemon import Daemon
from monitor.dispatch import Routes, Timeliness
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.ledger.encoding import notification_of
from monitor.model.bar import seconds
from monitor.model.matcher import matchers
from monitor.model.notification import Notification
from monitor.model.sample import Snapshot
from monitor.model.silence import Silence
from monitor.ports import Window
from tests.daemon.fakes import DAY, MONDAY, Clock, Script, World, days, usage_poll

RULES = """
groups:
  - name: usage
    every: day
    rules:
      - alert: Busy
        watch: tokens(model=["?", "m*", "late", "openai/*"])
        above: 100
        labels: {severity: warning}
      - alert: Flood
        watch: sum(tokens(model=["?", "m*", "late", "openai/*"]))
        above: 1000
        labels: {severity: critical}
"""
ONE = Routes(("slack",))
OTHERS = tuple(f"rest-{number}" for number in range(9))  # so that no day looks like a broken source
QUIET = {"a": 1.0, "b": 1.0}
MORNING = timedelta(minutes=20)


@dataclass
class Market:
    """Days are told at 00:20 of the next; `now` is the time of that look. The first two days are history."""

    ledger: Ledger
    routes: Routes = ONE
    rules: str = RULES
    values: list[dict[str, float]] = field(default_factory=lambda: [QUIET] * 2)
    clock: Clock = field(default_factory=Clock)
    world: World = field(init=False)
    watching: Daemon = field(init=False)

    def __post_init__(self) -> None:
        source = Script([self._answer])
        self.world = World(self.ledger, [usage_poll(source)], (self.rules,), self.clock, routes=self.routes)
        self.watching = asyncio.run(self.world.started())
        self._look()

    def day(self, **tokens: float) -> list[str]:
        """One more day; the titles of what is told."""
        self.values.append(QUIET | tokens)
        return self._look()

    def passing(self, span: timedelta) -> list[str]:
        """Time goes by, and nothing is learnt."""
        self.clock.at += span
        asyncio.run(self.watching.review())
        return self._told()

    def silence(self, match: str, *, until: timedelta | None, **more: object) -> Silence:
        """Somebody silences what matches, from now on for so long."""
        at = seconds(self.clock.at)
        ends = None if until is None else at + int(until.total_seconds())
        made = Silence(f"s{at}", matchers(match), at, ends, "ada", "test", "planned", **more)  # type: ignore[arg-type]
        self.ledger.silences.add(made)
        return made

    @property
    def judging(self) -> Judging:
        """What judges it."""
        return Judging(self.ledger, shipped(), self.routes, Timeliness(DAY, DAY))

    @property
    def sent(self) -> list[Notification]:
        """What arrived, in order."""
        return self.world.inbox.sent

    @property
    def now(self) -> int:
        """Epoch seconds."""
        return seconds(self.clock.at)

    def quiet(self) -> list[str]:
        """The moods and titles of all edits that were owed."""
        return [f"{each.mood} {each.title}" for each in owed(self.ledger) if each.quiet]

    def _answer(self, window: Window) -> Snapshot:
        return days(MONDAY, **self._series())(window)

    def _look(self) -> list[str]:
        self.clock.at = MONDAY + len(self.values) * DAY + MORNING
        asyncio.run(self.watching.poll("openrouter_rankings"))
        return self._told()

    def _told(self) -> list[str]:
        return asyncio.run(self.world.titles(self.watching))

    def _series(self) -> Mapping[str, Sequence[float]]:
        names = {name for each in self.values for name in each}
        others = {name: [1e6 + day for day in range(len(self.values))] for name in OTHERS}
        return others | {name: [each.get(name, 1.0) for each in self.values] for name in sorted(names)}


def owed(ledger: Ledger) -> list[Notification]:
    """All that was ever owed, in order."""
    with closing(sqlite3.connect(f"{ledger.path.as_uri()}?mode=ro", uri=True)) as file:
        return [notification_of(payload) for (payload,) in file.execute("SELECT payload FROM outbox ORDER BY seq")]
