"""`monitor run` as a service manager meets it: ready, one poll, one message, SIGHUP, a second one refused, SIGTERM."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.catalog import shipped
from monitor.dispatch import Routes, Timeliness
from monitor.judging import Judging
from monitor.ledger import Ledger
from monitor.model.bar import Bar
from monitor.model.labels import Labels
from monitor.model.sample import Sample, Seal, Series, Snapshot
from monitor.rules.load import load
from tests.acceptance.market import MODELS, SLACK, TOKEN, Market, serving
from tests.acceptance.process import Program, until
from tests.secrecy import assert_hidden

RULES = """
groups:
  - name: prices
    every: hour
    rules:
      - {alert: Cut, watch: price_output, falls: 20%, against: previous}
"""


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A monitor whose ledger knows a price from an hour ago that is not the list's any more."""
    (tmp_path / "rules.yaml").write_text(RULES)
    return Program(tmp_path)


def settings(url: str, folder: Path) -> dict[str, str]:
    """Prices and Slack on the local server, no usage. Prices were due five minutes ago."""
    return {
        "MONITOR_SOURCES__OPENROUTER_MODELS__ENABLED": "true",
        "MONITOR_SOURCES__OPENROUTER_MODELS__URL": url + MODELS,
        "MONITOR_SOURCES__OPENROUTER_MODELS__SCHEDULE": f"{(datetime.now(UTC).minute - 5) % 60} * * * *",
        "MONITOR_SLACK__TOKEN": TOKEN,
        "MONITOR_SLACK__CHANNEL": "#market",
        "MONITOR_SLACK__BASE_URL": url + SLACK,
        "MONITOR_RULES": str(folder / "rules.yaml"),
    }


def test_a_service_from_start_to_stop(program: Program) -> None:
    """Ready; polls what is overdue; tells Slack; refuses a second one; reads rules again; ends cleanly when asked."""
    remember_a_price(program.ledger)
    market = Market(at=datetime(2026, 7, 30, tzinfo=UTC))
    with serving(market) as server:
        program.settings.update(settings(server.url, program.folder))
        with program.running("run") as running:
            running.waits_to_say("ready: sources openrouter_models; receivers slack")
            until(lambda: bool(market.posts), running.log.read_text)
            assert market.posts[0].text.startswith("Cut: openai/gpt-5.6-luna: $")
            assert_hidden((TOKEN,), folder=program.folder)

            second = program.run("run")
            assert second.returncode == 1
            assert f"already in use by the monitor with process id {running.process.pid}" in second.stderr
            assert "stop that one first" in second.stderr

            (program.folder / "rules.yaml").write_text(RULES.replace("price_output", "prize_output"))
            running.process.send_signal(signal.SIGHUP)
            until(lambda: len(market.posts) == 2, running.log.read_text)
            assert market.posts[1].text.startswith("Rules: 1 problem; the last good version stays")
            assert "unknown metric 'prize_output'" in market.posts[1].text

            (program.folder / "rules.yaml").write_text(RULES)
            running.process.send_signal(signal.SIGHUP)
            running.waits_to_say("rules: 1 taken over")

            asked = time.monotonic()
            assert running.stop(signal.SIGTERM) == 0
            assert time.monotonic() - asked < 5
            assert running.says("stopped")
    assert "very-secret" not in running.log.read_text()
    assert market.requests == 4  # for prices, two messages, and a picture, which this app may not post
    with closing(sqlite3.connect(program.ledger)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert raw.execute("SELECT count(*) FROM outbox WHERE part = '' AND state = 'delivered'").fetchone() == (2,)


def test_a_stop_in_the_middle_of_a_slow_answer(program: Program) -> None:
    """SIGTERM while a source makes us wait: the poll is cut off when its time is up, and the end is clean."""
    market = Market(at=datetime(2026, 7, 30, tzinfo=UTC), silent=True)
    with serving(market) as server:
        program.settings.update({**settings(server.url, program.folder), "MONITOR_DRAIN": "1s"})
        with program.running("run") as running:
            until(lambda: market.requests == 1, running.log.read_text)
            assert running.stop(signal.SIGTERM) == 0
            assert running.says("stopped")
        market.let_go.set()


def remember_a_price(path: Path, rules: str = RULES) -> None:
    """What a monitor learnt an hour ago, with the rules judged once so that nothing of it is told."""
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    series = Series("price_output", Labels.of(source="openrouter", model="openai/gpt-5.6-luna"), Bar.HOUR)
    hour = at.replace(minute=0, second=0) + timedelta(hours=1)
    seal = Seal("openrouter", "price_output", Bar.HOUR, hour, at, at + timedelta(hours=6))
    snapshot = Snapshot("openrouter_models", at, (Sample(series, at, at, 99.0),), (seal,), 130, json.dumps("before"))
    with Ledger.open(path) as ledger:
        ledger.learn(snapshot)
        Judging(ledger, shipped(), Routes(("slack",)), Timeliness(timedelta(hours=24), timedelta(hours=24))).judge(
            load([("rules.yaml", rules)]).rules, at
        )
