"""What a backup costs a monitor that works: seconds of a live cycle beside backups without pause, against none.

`python -m tests.bench.backing_up` prints both, over all recorded history.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from monitor.backups import make
from monitor.dispatch import Routes, Timeliness
from monitor.files import load_catalog, load_rules
from monitor.importer import import_files
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.rules.rule import Rule
from monitor.settings import shipped_rules
from tests.bench.importing import FILES
from tests.daemon.fakes import MONDAY

_CYCLES, _MODELS = 8, 400
_START = MONDAY + timedelta(days=365)  # after all that was recorded


def measure() -> dict[str, float]:
    """Seconds by what they are of."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        with Ledger.open(path) as ledger:
            import_files(FILES, ledger)
            day = timedelta(days=1)
            judging = Judging(ledger, load_catalog(None), Routes(("console",)), Timeliness(day, day))
            rules = load_rules([shipped_rules()]).rules
            judging.judge(rules, _START)
            alone, taken = _cycles(ledger, judging, rules, 0), list[float]()
            with _backups(path, Path(folder), taken):
                beside = _cycles(ledger, judging, rules, _CYCLES)
    return {
        **_ratios("learning an hour, beside backups / alone", [one for one, _ in alone], [one for one, _ in beside]),
        **_ratios(
            "a whole live cycle, beside backups / alone", [sum(lap) for lap in alone], [sum(lap) for lap in beside]
        ),
        "a backup beside live cycles (s)": statistics.median(taken),
    }


def _ratios(label: str, alone: list[float], beside: list[float]) -> dict[str, float]:
    return {
        f"{label}: median": statistics.median(beside) / statistics.median(alone),
        f"{label}: slowest (s)": max(beside),
    }


def _cycles(ledger: Ledger, judging: Judging, rules: Sequence[Rule], first: int) -> list[tuple[float, float]]:
    """Seconds of learning and of judging an hour each: 400 prices, every tenth of them another one."""
    laps = []
    for number in range(first, first + _CYCLES):
        at = _START + timedelta(hours=number)
        samples = tuple(Sample(_series(model), at, at, 1.0 + number * (model % 10 == 0)) for model in range(_MODELS))
        seal = Seal("openrouter", "price_output", Bar.HOUR, at + timedelta(hours=1), at, at + timedelta(hours=3))
        begun = time.perf_counter()
        ledger.learn(Snapshot("openrouter_models", at, samples, (seal,), _MODELS, str(at)))
        learnt = time.perf_counter()
        judging.judge(rules, at)
        laps.append((learnt - begun, time.perf_counter() - learnt))
    return laps


def _series(model: int) -> Series:
    return Series("price_output", Labels.of(source="openrouter", model=f"maker/m{model}"), Bar.HOUR)


@contextmanager
def _backups(path: Path, folder: Path, taken: list[float]) -> Iterator[None]:
    """One after the other, in a thread, as the daemon has it."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            made, took = make(path, folder / f"copy-{len(taken)}.sqlite", _START)
            made.path.unlink()
            taken.append(took)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


if __name__ == "__main__":
    for label, figure in measure().items():
        print(f"{label:60} {figure:8.3f}")  # noqa: T201
