"""A live cycle: one new hour of every series is learnt, judged, and what is owed for it committed.

`python -m tests.bench.fleet.live RULES DAYS` prints one JSON object, of so many rules over so many days of history.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

from monitor.dispatch import Routes, Timeliness
from monitor.files import load_catalog
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.bar import HOUR, Bar, instant
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.rules.load import load
from monitor.rules.rule import Rule
from tests.bench.fleet.rules import single_rules
from tests.bench.fleet.series import LOOKED, SOURCE, Fleet, fleet, write
from tests.peers.twin import our_file

CYCLES = 8  # hours that come; the first may still warm something up


@dataclass(frozen=True, slots=True)
class Cycle:
    """Seconds, medians over the cycles: of learning, of judging until the last commit. `worst`: both, of the slowest.

    `owed`: how many messages all cycles owed. `before`: seconds of the first, silent pass over history.
    """

    rules: int
    days: int
    learn: float
    judge: float
    worst: float
    owed: int
    before: float


def in_new_process(rules: int, days: int) -> Cycle:
    """What `measure` finds in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.fleet.live", str(rules), str(days)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return Cycle(**json.loads(done.stdout))


def measure(count: int, days: int) -> Cycle:
    """Judge history, then `CYCLES` hours as they come."""
    whole = fleet(days=days + 1)
    rules = _rules(whole, count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        write(_until(whole, 24 * days), path)
        with Ledger.open(path) as ledger:
            judging = Judging(
                ledger, load_catalog(None), Routes(("console",)), Timeliness(timedelta(hours=24), timedelta(hours=24))
            )
            begun = time.perf_counter()
            judging.judge(rules, instant(int(whole.hours[24 * days])))
            before = time.perf_counter() - begun
            laps = [_cycle(ledger, judging, rules, each) for each in _snapshots(whole, 24 * days)]
            owed = sum(ledger.outbox.counts().values())
    learnt, judged = zip(*laps, strict=True)
    worst = max(map(sum, laps))
    return Cycle(count, days, statistics.median(learnt), statistics.median(judged), worst, owed, before)


def _rules(of: Fleet, count: int) -> tuple[Rule, ...]:
    loaded = load([("live.yaml", our_file(single_rules(of, count)))])
    assert not loaded.problems, "\n".join(map(str, loaded.problems))
    return loaded.rules


def _cycle(ledger: Ledger, judging: Judging, rules: tuple[Rule, ...], snapshot: Snapshot) -> tuple[float, float]:
    begun = time.perf_counter()
    ledger.learn(snapshot)
    learnt = time.perf_counter()
    judging.judge(rules, snapshot.fetched_at)
    return learnt - begun, time.perf_counter() - learnt


def _until(of: Fleet, hours: int) -> Fleet:
    prices = {metric: values[:hours] for metric, values in of.prices.items()}
    return replace(of, hours=of.hours[:hours], prices=prices, down=of.down[:hours])


def _snapshots(of: Fleet, first: int) -> Iterator[Snapshot]:
    """One for each of the hours that follow, as a poll would bring it."""
    for row in range(first, first + CYCLES):
        hour = int(of.hours[row])
        samples = tuple(
            Sample(Series(metric, Labels.of(source=SOURCE, model=model), Bar.HOUR), instant(hour), instant(hour), value)
            for metric, model, value in ((metric, model, values[row].item()) for metric, model, values in of.each())
            if math.isfinite(value)
        )
        seals = tuple(
            Seal(SOURCE, metric, Bar.HOUR, instant(hour + HOUR), instant(hour + LOOKED), instant(hour + HOUR))
            for metric in of.prices
        )
        yield Snapshot(SOURCE, instant(hour + LOOKED), samples, seals, len(samples), str(hour), complete=True)


if __name__ == "__main__":
    print(json.dumps(asdict(measure(int(sys.argv[1]), int(sys.argv[2])))))  # noqa: T201
