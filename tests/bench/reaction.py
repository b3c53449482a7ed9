"""How soon a change is told: from the last byte of an answer that shows it to the request at Slack.

`python -m tests.bench.reaction [ROUNDS]`, a quarter of an hour for 200. The daemon is a process of its own with the
recorded history, the rules that ship and one more; each round is an hour of its clock, in which one price is halved.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from typing import Any

from monitor.importer import import_files
from monitor.ledger import Ledger
from monitor.notifiers.slack import GAP
from monitor.settings import shipped_rules
from monitor.testing import FakeSlack
from monitor.testing.loopback import Reply, Request
from tests.bench.importing import FILES
from tests.bench.stepped import READY
from tests.shared import payload

GOAL = 0.1  # seconds
START = "2026-08-22T13:05:00+00:00"  # where the recorded prices end
_ROUNDS = 200
_QUIET = 0.5  # seconds without a message after which a round is over; the next one must not wait for Slack's pace
_WITHIN = 60.0
RULE = """
groups:
  - {name: reaction, every: hour, rules: [{alert: Halved, watch: price_output, falls: 50%, against: previous}]}
"""
# Those that ship wait for a second source, or tell nothing of what looks like another kind of change.
_FALLS_TO = Decimal("0.45")
_NAMED = ("openai/gpt-5.5", "deepseek/deepseek-v4-pro")  # a rule of their own would tell of them too


class Prices(ThreadingTCPServer):
    """The list of models over HTTP; `written`: monotonic seconds at which the last byte of the newest answer was."""

    daemon_threads = True

    def __init__(self) -> None:
        self.document: dict[str, Any] = json.loads(payload("openrouter-models/models-2026-08-22T12.json"))
        self.written = 0.0
        super().__init__(("127.0.0.1", 0), partial(_Answering, self))

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def halving(self) -> Iterator[str]:
        """Halve one price after the other, twice where there are too few models; yields whose."""
        for _ in range(2):
            for model in self.document["data"]:
                pricing, name = model["pricing"], model["id"]
                price = Decimal(pricing["completion"])
                if price > 0 and not name.startswith("~") and name not in _NAMED and "overrides" not in pricing:
                    pricing["completion"] = f"{price * _FALLS_TO:f}"
                    yield name


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, prices: Prices, *arguments: Any) -> None:  # noqa: ANN401 - those of the class
        self._prices = prices
        super().__init__(*arguments)

    def do_GET(self) -> None:
        body = json.dumps(self._prices.document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self._prices.written = time.monotonic()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


class Slack(FakeSlack):
    """Notes when each request was there, in monotonic seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[float] = []

    def answer(self, request: Request) -> Reply | None:
        self.came.append(time.monotonic())
        return super().answer(request)

    def first_since(self, at: float) -> float:
        """When the first request after an instant came, waiting for it."""
        deadline = time.monotonic() + _WITHIN
        while time.monotonic() < deadline:
            found = next((came for came in self.came if came > at), None)
            if found is not None:
                return found
            time.sleep(0.005)
        raise TimeoutError("nothing was told")

    def falls_silent(self) -> None:
        """Return when it has been quiet for longer than the pace of messages."""
        while time.monotonic() - max(self.came, default=0.0) < GAP + _QUIET:
            time.sleep(0.02)


def reactions(rounds: int = _ROUNDS) -> list[float]:
    """Seconds of each round."""
    with tempfile.TemporaryDirectory() as folder, Slack() as slack, Prices() as prices:
        threading.Thread(target=prices.serve_forever, args=(0.05,), daemon=True).start()
        with Ledger.open(Path(folder) / "ledger.sqlite") as opened:
            import_files(FILES, opened)
        (Path(folder) / "rules.yaml").write_text(RULE)
        with _stepped(_settings(Path(folder), slack, prices)) as monitor:
            found = [_round(monitor, slack, prices) for _, _ in zip(range(rounds), prices.halving(), strict=False)]
        prices.shutdown()
    return found


def _round(monitor: subprocess.Popen[str], slack: Slack, prices: Prices) -> float:
    slack.falls_silent()
    began = time.monotonic()
    assert monitor.stdin is not None
    monitor.stdin.write("\n")
    monitor.stdin.flush()
    return slack.first_since(began) - prices.written


@contextmanager
def _stepped(settings: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The monitor, once it has polled and judged what it found at its start."""
    command = [sys.executable, "-m", "tests.bench.stepped", START, "openrouter_models"]
    with subprocess.Popen(
        command, env={**os.environ, **settings}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as monitor:
        assert monitor.stdin is not None
        assert monitor.stdout is not None
        assert monitor.stdout.readline() == READY
        time.sleep(5)
        yield monitor
        monitor.stdin.close()


def _settings(folder: Path, slack: FakeSlack, prices: Prices) -> dict[str, str]:
    return {
        "MONITOR_LEDGER__PATH": str(folder / "ledger.sqlite"),
        "MONITOR_RULES": f"{shipped_rules()}{os.pathsep}{folder / 'rules.yaml'}",
        "MONITOR_SOURCES__OPENROUTER_MODELS__URL": prices.url,
        "MONITOR_SOURCES__OPENROUTER_MODELS__SCHEDULE": "0 0 1 1 *",
        "MONITOR_SLACK__TOKEN": slack.token,
        "MONITOR_SLACK__CHANNEL": "C00000001",
        "MONITOR_SLACK__BASE_URL": slack.api,
        "MONITOR_LOG__LEVEL": "warning",
        "NO_PROXY": "*",
    }


def main() -> None:
    """Print a row a figure."""
    found = sorted(reactions(int(sys.argv[1]) if len(sys.argv) > 1 else _ROUNDS))
    nearly_all = found[max(0, round(len(found) * 0.99) - 1)]
    print(f"| from the last byte of an answer to the request at Slack, {len(found)} rounds | seconds |\n| --- | --- |")  # noqa: T201
    for name, figure in (("median", statistics.median(found)), ("p99", nearly_all), ("largest", found[-1])):
        print(f"| {name} | {figure:.3f} |")  # noqa: T201
    print(f"| goal | {GOAL:.3f} |")  # noqa: T201


if __name__ == "__main__":
    main()
