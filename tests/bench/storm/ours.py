"""This program in a storm: the real daemon over a list whose prices all rise in one answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from monitor.testing import FakeSlack
from monitor.testing.loopback import Reply, Request, Server
from tests.bench.stepped import READY
from tests.bench.storm.channel import ALERTS, ENDED

START = datetime.fromisoformat("2026-02-16T00:05:00+00:00")
_CHEAP, _DEAR = "0.000004", "0.000006"  # USD per token
_RULE = "- {{alert: {alert}, watch: '{watch}', above: 5, annotations: {{summary: '{{{{ labels.model }}}} is dear'}}}}"


@dataclass
class Ours:
    """A monitor and its market. `each`: a message for each model, by a rule for each; else one rule and one message."""

    folder: Path
    slack: FakeSlack
    each: bool
    webhook: bool = False
    dear: frozenset[int] = frozenset()
    _steps: int = 0
    _server: Server = field(init=False)
    _process: subprocess.Popen[str] = field(init=False)

    def start(self) -> None:
        """A first look at cheap prices, so that what follows is news."""
        self.folder.mkdir(parents=True)
        (self.folder / "rules.yaml").write_text(_rules(each=self.each))
        self._server = Server(self._answer)
        self._server.__enter__()
        self._run()
        time.sleep(3)

    def fire(self) -> None:
        """Every price rises."""
        self._show(frozenset(range(ALERTS)))

    def end(self) -> None:
        """A part of them falls again."""
        self._show(frozenset(range(ENDED, ALERTS)))

    def keep(self) -> None:
        """Nothing: what is owed is in the ledger."""

    def kill(self) -> None:
        """As a power cut does, and start again."""
        self._process.kill()
        self._process.wait()
        self._run()

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._server.__exit__(None, None, None)

    def _show(self, dear: frozenset[int]) -> None:
        self.dear = dear
        self._steps += 1
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def _run(self) -> None:
        start = (START + timedelta(hours=self._steps, minutes=self._steps)).isoformat()
        with (self.folder / "monitor.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.stepped", start, "openrouter_models"],
                env={**os.environ, **self._settings()},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == READY

    def _settings(self) -> Mapping[str, str]:
        bot = {"TOKEN": self.slack.token, "CHANNEL": "C00000001", "BASE_URL": self.slack.api}
        told = {"WEBHOOK": self.slack.hook()} if self.webhook else bot
        return {
            "MONITOR_LEDGER__PATH": str(self.folder / "ledger.sqlite"),
            "MONITOR_RULES": str(self.folder / "rules.yaml"),
            "MONITOR_SOURCES__OPENROUTER_MODELS__URL": f"{self._server.url}/models",
            "MONITOR_SOURCES__OPENROUTER_MODELS__SCHEDULE": "0 0 1 1 *",
            **{f"MONITOR_SLACK__{name}": value for name, value in told.items()},
            "NO_PROXY": "*",
        }

    def _answer(self, _: Request) -> Reply:
        models = [
            {
                "id": f"lab/m{number:03}",
                "canonical_slug": f"lab/m{number:03}",
                "pricing": {"prompt": "0.000001", "completion": _DEAR if number in self.dear else _CHEAP},
            }
            for number in range(ALERTS)
        ]
        return Reply(200, json.dumps({"data": models}).encode(), {"Content-Type": "application/json"})


def _rules(*, each: bool) -> str:
    names = [f"lab/m{number:03}" for number in range(ALERTS)]
    every = [(f"Dear{name[-3:]}", f'price_output(model="{name}")') for name in names]
    rules = every if each else [("Dear", "price_output")]
    lines = "\n".join(f"      {_RULE.format(alert=alert, watch=watch)}" for alert, watch in rules)
    return f"groups:\n  - name: storm\n    every: hour\n    rules:\n{lines}\n"
