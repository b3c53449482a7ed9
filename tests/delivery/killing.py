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
from tests.delivery.stories import check_each_once, check_parts, check_repeats_are_marked, part_of, told_at_length

ROOT = Path(__file__).parents[2]
HOOK, BOT = {"webhook": 0.004}, {"chat.postMessage": 0.004, "files.completeUploadExternal": 0.02}
"""What a message appears by; seconds between that and the answer: where a death leaves a doubt."""
LONGEST_OF_HOOK, LONGEST_OF_BOT = 0.15, 1.5  # seconds from where a life begins to send to its end; pictures take time
WITHIN = 300.0  # seconds for the last life, which has to do what the others left


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
            for method, slowness in (HOOK if webhook else BOT).items():
                fake.fail(method, *[slow(slowness)] * (3 * STORIES * 2))
            after = chance.uniform(0, LONGEST_OF_HOOK if webhook else LONGEST_OF_BOT)
            deaths += live(settings, Path(folder) / "ledger.sqlite", lives, after) == -signal.SIGKILL
            lives += 1
        assert live(settings, Path(folder) / "ledger.sqlite", lives, None) == 0
    return Killed(deaths, [each for number in range((lives + 1) * STORIES) for each in told_at_length(number)], fake)


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


def check(killed: Killed) -> int:
    """Each once and in order, and in its thread every part of it; how many parts."""
    check_each_once(killed.owed, [each for each in killed.slack.posted if not part_of(each)])
    return check_parts(killed.owed, killed.slack.posted)


def main() -> None:
    """Both ways, and what came of it; an assertion fails where anything is lost, doubled or unmarked."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    bot = kill(kills, 1, webhook=False)
    parts = check(bot)
    print(f"bot token: {bot}: lost 0, doubled 0, {parts} of them pictures and overflow")  # noqa: T201 - the report
    hook = kill(kills, 2, webhook=True)
    repeats = check_repeats_are_marked(hook.owed, hook.slack.posted)
    print(f"webhook: {hook}: lost 0, {repeats} repeats, all marked")  # noqa: T201


if __name__ == "__main__":
    main()
