"""`python -m tests.bench.storm [MINUTES]`: the rows of each program side by side, at the true pace; half an hour.

400 alerts begin at once; 100 of them are over after a minute. Slack takes one message a second, and falters.
`tests/servers.sh alertmanager` builds Alertmanager in a minute.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from monitor.testing import FakeSlack
from tests.bench.storm.alertmanager import Alertmanager
from tests.bench.storm.channel import ALERTS, ENDED, Slack, Tally, tally
from tests.bench.storm.ours import Ours

_MINUTES = 15.0
_KILLED, _OVER, _AGAIN = 30.0, 60.0, 30.0  # seconds: the kill, the ends, and between two times that all is sent again
_QUIET = 45.0  # seconds without a message after which nothing more is expected, once all was told
_SMALL = {"group_wait": "1s", "group_interval": "5s"}
_HEAD = (
    "| sender | firing told | ends told | twice (unsaid) | end before beginning | messages | requests | last after |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


class Sender(Protocol):
    """What tells of the alerts."""

    def start(self) -> None: ...
    def fire(self) -> None: ...
    def end(self) -> None: ...
    def keep(self) -> None: ...
    def kill(self) -> None: ...
    def stop(self) -> None: ...


Make = Callable[[Path, FakeSlack], Sender]
ROWS: Mapping[str, tuple[Make, bool]] = {
    "ours, one rule": (lambda folder, slack: Ours(folder, slack, each=False), False),
    "ours, one rule, killed": (lambda folder, slack: Ours(folder, slack, each=False), True),
    "ours, a rule each": (lambda folder, slack: Ours(folder, slack, each=True), False),
    "ours, a rule each, killed": (lambda folder, slack: Ours(folder, slack, each=True), True),
    "ours, a rule each, webhook, killed": (lambda folder, slack: Ours(folder, slack, each=True, webhook=True), True),
    "Alertmanager, one group": (lambda folder, slack: Alertmanager(folder, slack, each=False), False),
    "Alertmanager, one group, 1 s and 5 s": (
        lambda folder, slack: Alertmanager(folder, slack, each=False, waits=_SMALL),
        False,
    ),
    "Alertmanager, one group, 1 s and 5 s, killed": (
        lambda folder, slack: Alertmanager(folder, slack, each=False, waits=_SMALL),
        True,
    ),
    "Alertmanager, a group each": (lambda folder, slack: Alertmanager(folder, slack, each=True), False),
    "Alertmanager, a group each, 1 s and 5 s": (
        lambda folder, slack: Alertmanager(folder, slack, each=True, waits=_SMALL),
        False,
    ),
    "Alertmanager, a group each, 1 s and 5 s, killed": (
        lambda folder, slack: Alertmanager(folder, slack, each=True, waits=_SMALL),
        True,
    ),
}


def weather(make: Make, folder: Path, within: float, *, killed: bool) -> Tally:
    """One storm, until all was told and it is quiet, or so many seconds have passed."""
    with Slack() as slack:
        sender = make(folder, slack)
        sender.start()
        try:
            began = time.time()
            sender.fire()
            deeds = [(_OVER, sender.end), *((_KILLED, sender.kill) for _ in range(killed))]
            deeds += [(_AGAIN * number, sender.keep) for number in range(1, round(within / _AGAIN) + 1)]
            for at, deed in sorted(deeds, key=lambda each: each[0]):
                time.sleep(max(0.0, began + at - time.time()))
                if at > _OVER and _is_over(slack, began):
                    break
                deed()
            return tally(slack, began)
        finally:
            sender.stop()


def _is_over(slack: FakeSlack, began: float) -> bool:
    found = tally(slack, began)
    return (found.firing, found.resolved) == (ALERTS, ENDED) and time.time() - began - found.last > _QUIET


def main() -> None:
    """Print a row a sender."""
    within = 60 * (float(sys.argv[1]) if len(sys.argv) > 1 else _MINUTES)
    print(_HEAD)  # noqa: T201
    for program in ("ours", "Alertmanager"):  # one after the other: neither waits for the other's requests
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(ROWS)) as threads:
            running = {
                name: threads.submit(weather, make, Path(folder) / str(number), within, killed=killed)
                for number, (name, (make, killed)) in enumerate(ROWS.items())
                if name.startswith(program)
            }
            for name, storm in running.items():
                print(_row(name, storm.result()), flush=True)  # noqa: T201


def _row(name: str, found: Tally) -> str:
    cells = (
        name,
        f"{found.firing} of {ALERTS}",
        f"{found.resolved} of {ENDED}",
        f"{found.doubled} ({found.unsaid})",
        f"{found.disordered + found.unheard}",
        f"{found.messages}",
        f"{found.requests}",
        f"{found.last:.0f} s",
    )
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
