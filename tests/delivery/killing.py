"""kill -9 at random instants of a process that sends to a fake Slack: `python -m tests.delivery.killing [KILLS]`."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.model.notification import Notification
from monitor.testing import FakeSlack, slow
from tests.delivery.sender import STORIES
from tests.delivery.stories import check_each_once, check_repeats_are_marked, story

ROOT = Path(__file__).parents[2]
SLOWNESS = 0.004  # seconds between the posting and its answer: where a death leaves a doubt
LONGEST = 0.15  # seconds from where a life begins to send to its end
WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Killed:
    """How often a sender died, what it owed, and what Slack has."""

    kills: int
    owed: list[Notification]
    slack: FakeSlack

    def __str__(self) -> str:
        """What was asked."""
        asked = Counter(call.method for call in self.slack.calls)
        return f"{self.kills} kills, {len(self.owed)} owed, {len(self.slack.posted)} posted; {dict(asked)}"


def kill(kills: int, seed: int, *, webhook: bool) -> Killed:
    """Let it live and die so often, then live to the end."""
    chance = random.Random(seed)  # noqa: S311 - seeded
    with tempfile.TemporaryDirectory() as folder, FakeSlack() as fake:
        bot = {"token": fake.token, "channel": "C00000001", "base_url": fake.api}
        settings = {"webhook": fake.hook()} if webhook else bot
        lives, deaths = 0, 0
        while deaths < kills:
            method = "webhook" if webhook else "chat.postMessage"
            fake.fail(method, *[slow(SLOWNESS)] * (3 * STORIES * 2))
            after = chance.uniform(0, LONGEST)
            deaths += live(settings, Path(folder) / "ledger.sqlite", lives, after) == -signal.SIGKILL
            lives += 1
        assert live(settings, Path(folder) / "ledger.sqlite", lives, None) == 0
    return Killed(deaths, [each for number in range((lives + 1) * STORIES) for each in story(number)], fake)


def live(settings: Mapping[str, str], ledger: Path, life: int, after: float | None) -> int:
    """One life, ended so many seconds after it has owed its stories (None = it ends by itself); its exit code."""
    command = [sys.executable, "-m", "tests.delivery.sender", str(ledger), str(life)]
    environment = {**os.environ, "NO_PROXY": "*"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        json.dump(settings, process.stdin)
        process.stdin.close()
        assert process.stdout is not None
        assert process.stdout.readline() == "owed\n"
        if after is not None:
            time.sleep(after)
            process.kill()
        return process.wait(WITHIN)


def main() -> None:
    """Both ways, and what came of it; an assertion fails where anything is lost, doubled or unmarked."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    bot = kill(kills, 1, webhook=False)
    check_each_once(bot.owed, bot.slack.posted)
    print(f"bot token: {bot}: lost 0, doubled 0")  # noqa: T201 - the report
    hook = kill(kills, 2, webhook=True)
    repeats = check_repeats_are_marked(hook.owed, hook.slack.posted)
    print(f"webhook: {hook}: lost 0, {repeats} repeats, all marked")  # noqa: T201


if __name__ == "__main__":
    main()
