"""Our side: cold in a process of its own, then warm in the same one.

`python -m tests.bench.fleet.ours LEDGER RULES` prints one JSON object of seconds.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from monitor.backtest import Mode, backtest
from monitor.catalog import Join
from monitor.files import load_catalog, load_rules
from monitor.ledger import Ledger
from monitor.model.history import Columns, History
from monitor.model.transition import Change
from monitor.rules.rule import Rule
from tests.peers.twin import Twin, our_file


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of one rule set. `process`: from its start to its end, the import of Python's modules included.

    `load`: reading and checking the rules. `cold`: opening the ledger, reading, judging. `again`: judging a second time
    with the ledger open. `held`: with the columns held in memory, as the peers hold theirs. `peak`: MB of memory.
    """

    load: float
    cold: float
    again: float
    held: float
    firings: int
    peak: float
    process: float = 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """A history that reads each metric once."""

    inner: History
    read: dict[str, Columns] = field(default_factory=dict)

    def columns(self, metric: str, *, since: int | None = None) -> Columns:
        """All of a metric; `since` is asked for by live runs only."""
        assert since is None
        if metric not in self.read:
            self.read[metric] = self.inner.columns(metric)
        return self.read[metric]


def in_new_process(ledger: Path, twins: Sequence[Twin], folder: Path) -> Figures:
    """What `measure` finds in a process of its own."""
    rules = folder / "ours.yaml"
    rules.write_text(our_file(twins))
    started = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.fleet.ours", str(ledger), str(rules), "cold"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    process = time.perf_counter() - started
    done = subprocess.run([*command[:-1], "warm"], check=True, stdout=subprocess.PIPE)
    return Figures(**{**json.loads(done.stdout), "process": process})


def measure(path: Path, rules: Path, *, warm: bool) -> Figures:
    """Load the rules, open the ledger, judge; and twice again if `warm`."""
    started = time.perf_counter()
    loaded = load_rules([rules])
    assert not loaded.problems, "\n".join(map(str, loaded.problems))
    catalog = load_catalog(None)
    opened = time.perf_counter()
    with Ledger.open(path, owner=False) as ledger:
        join = Join(catalog, ledger.aliases())
        found = backtest(ledger, loaded.rules, join, Mode.AS_FINAL)
        cold, again, held = time.perf_counter() - opened, 0.0, 0.0
        if warm:
            again = _seconds(ledger, loaded.rules, join)
            memory = Held(ledger)
            _seconds(memory, loaded.rules, join)
            held = _seconds(memory, loaded.rules, join)
    firings = sum(each.kind is Change.FIRING for each in found)
    return Figures(opened - started, cold, again, held, firings, peak())


def _seconds(history: History, rules: Sequence[Rule], join: Join) -> float:
    started = time.perf_counter()
    backtest(history, rules, join, Mode.AS_FINAL)
    return time.perf_counter() - started


def peak() -> float:
    """MB: the most memory that this process ever had."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    figures = measure(Path(sys.argv[1]), Path(sys.argv[2]), warm=sys.argv[3:] == ["warm"])
    print(json.dumps(asdict(figures)))  # noqa: T201
