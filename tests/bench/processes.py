"""Whole processes, as a person starts them: wall seconds of commands, and what the daemon needs when it is idle."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.settings import shipped_rules
from tests.bench.importing import FILES

_RUNS = 7
_RULES = 1_000
_IDLE = 8.0  # seconds after which memory is read: a feed has looked twice by then


def command(*arguments: str, ledger: Path | None = None) -> float:
    """Median wall seconds of `python -m monitor …`, output thrown away, after one run to warm the disk's cache."""
    argv = [sys.executable, "-m", "monitor", *(("--ledger", str(ledger)) if ledger else ()), *arguments]
    seconds = []
    for _ in range(1 + _RUNS):
        started = time.perf_counter()
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds[1:])


def checking() -> float:
    """Seconds of `monitor check` on a file of 1,000 rules of four kinds, without a ledger; none gets a warning."""
    kinds = (
        'watch: sum(tokens, vendor="deepseek")\n        crosses_above: {0}B\n        margin: 1%',
        'watch: share(tokens, by="family", family="llama")\n        below: 0.{0}%\n        clear: {{above: 2%}}',
        'watch: price_output(model="m{0}")\n        falls: 20%\n        against: previous',
        'watch: tokens(model="m{0}*")\n        enters_top: 5\n        for: 2 bars',
    )
    rules = "\n".join(
        f"      - alert: R{number}\n        {kinds[number % len(kinds)].format(number)}\n"
        '        annotations: {summary: "{{ labels.model }} {{ value | tokens }} of {{ reference }}"}'
        for number in range(1, _RULES + 1)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.yaml"
        path.write_text(f"groups:\n  - name: many\n    every: week\n    rules:\n{rules}\n")
        return command("check", "--strict", str(path), ledger=Path(folder) / "none.sqlite")


def backtesting() -> float:
    """Seconds of a cold `monitor backtest --json`: all shipped rules over all the shared data."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        with Ledger.open(path) as ledger:
            import_files(FILES, ledger)
        return command("backtest", "--json", ledger=path)


def testing() -> tuple[float, float]:
    """Seconds of `monitor test` on 100 small tests in ten files, of the rules that ship, and on one of them alone."""
    kinds = (
        ("market-share", "week", "DeepSeekOvertakesOpenAI", "deepseek/v3", "openai/gpt-5", "tokens"),
        ("market-share", "week", "ModelEntersTopFive", "z-ai/glm-5", "openai/gpt-5", "tokens"),
        ("prices", "hour", "OutputPriceHalved", "z-ai/glm-5", "openai/gpt-5", "price_output"),
    )
    with tempfile.TemporaryDirectory() as folder:
        for number in range(10):
            rules, every, alert, one, other, metric = kinds[number % len(kinds)]
            tests = "\n".join(
                f"  - name: nothing happens {each}\n    every: {every}\n    from: 2026-01-05\n    alerts: [{alert}]\n"
                f"    series:\n      '{metric}{{model=\"{one}\"}}': 2+0.0{each}x9\n"
                f"      '{metric}{{model=\"{other}\"}}': 3x9\n    expect: []"
                for each in range(10)
            )
            path = Path(folder) / f"{number}.yaml"
            path.write_text(f"rules: {shipped_rules() / rules}.yaml\ntests:\n{tests}\n")
        files = [str(path) for path in sorted(Path(folder).iterdir())]
        return command("test", *files), command("test", files[0], "--filter", "nothing happens 9")


def idling(settings: Mapping[str, str] | None = None) -> tuple[float, float]:
    """(MB of resident memory when idle, seconds until ready) of `monitor run` without sources, medians of three."""
    found = [_idle_once(settings or {}) for _ in range(3)]
    return statistics.median(memory for memory, _ in found), statistics.median(ready for _, ready in found)


def _idle_once(settings: Mapping[str, str]) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "MONITOR_LEDGER__PATH": f"{folder}/ledger.sqlite",
            "MONITOR_SOURCES__OPENROUTER_MODELS__URL": "http://127.0.0.1:9/models",  # nobody listens there
            "MALLOC_ARENA_MAX": "2",
            **settings,
        }
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "run"], env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        assert process.stderr
        for line in process.stderr:
            if b"ready" in line:
                break
        ready = time.perf_counter() - started
        time.sleep(_IDLE)
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024, ready
