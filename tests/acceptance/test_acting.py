"""Acknowledging an alert of a monitor that runs, as a person at its machine does it."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from pathlib import Path

from tests.acceptance.market import Market, serving
from tests.acceptance.process import Program, until
from tests.acceptance.test_run import remember_a_price, settings

RULES = """
groups:
  - name: prices
    every: hour
    rules:
      - alert: Cheap
        watch: price_output(model="openai/gpt-5.6-luna")
        below: 50
"""


def test_an_acknowledgement_reaches_the_monitor_that_runs_and_slack(tmp_path: Path) -> None:
    """Another process acknowledges; it is told where the alert was told, and stands after a restart."""
    (tmp_path / "rules.yaml").write_text(RULES)
    program = Program(tmp_path)
    remember_a_price(program.ledger, RULES)
    market = Market(at=datetime(2026, 7, 30, tzinfo=UTC))
    with serving(market) as server:
        program.settings.update(settings(server.url, program.folder))
        with program.running("run") as running:
            until(lambda: bool(market.posts), running.log.read_text)
            acknowledged = program.run("ack", "Cheap")
            assert acknowledged.stdout.startswith('acknowledged alertname="Cheap"'), acknowledged.stderr
            until(lambda: len(market.posts) == 2, running.log.read_text)
            assert market.posts[1].text.startswith("Acknowledged by ")
            again = program.run("ack", "Cheap")
            assert (again.returncode, again.stderr.strip()) == (1, "somebody did that already")
            (alert,) = (json.loads(line) for line in program.run("alerts", "--json").stdout.splitlines())
            assert alert["held"][0].startswith("acknowledged by ")
            assert running.stop(signal.SIGTERM) == 0
    assert list(program.ledger.parent.glob("*.control")) == []
    assert "acknowledged by " in program.run("silence").stdout
