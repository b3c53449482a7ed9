"""Rule files edited beside a running monitor: noticed without a signal, told, survived by kill -9."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.acceptance.market import Market, serving
from tests.acceptance.process import Program, until
from tests.acceptance.test_run import remember_a_price, settings

HEAD = "groups:\n  - name: prices\n    every: hour\n    rules:\n"
CUT = "      - {alert: Cut, watch: price_output, falls: 20%, against: previous}\n"
CHEAP = "      - {alert: Cheap, watch: 'price_output(model=\"openai/gpt-5.6-luna\")', below: 50}\n"
WORDS = "annotations: {summary: 'now cut: {{ labels.model }}'}"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A monitor with two rule files, whose ledger knows a price that is not the list's any more."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "cut.yaml").write_text(HEAD + CUT)
    (rules / "cheap.yaml").write_text(HEAD + CHEAP)
    program = Program(tmp_path)
    remember_a_price(program.ledger, HEAD + CUT + CHEAP)
    return program


def test_a_broken_file_is_told_and_its_rule_stays_over_a_kill(program: Program) -> None:
    """The edit is noticed by itself, the sound file taken over, the broken rule in force after kill -9: both alert."""
    cheap, cut = program.folder / "rules" / "cheap.yaml", program.folder / "rules" / "cut.yaml"
    market = Market(at=datetime(2026, 7, 30, tzinfo=UTC))
    with serving(market) as server:
        polling = {**settings(server.url, program.folder), "MONITOR_RULES": str(cheap.parent)}
        program.settings.update({**polling, "MONITOR_SOURCES__OPENROUTER_MODELS__ENABLED": "false"})
        with program.running("run") as running:
            running.waits_to_say("ready: sources none")
            assert running.says("rules: 2 taken over")
            cheap.write_text(HEAD + CHEAP.replace("below", "belw"))
            cut.write_text(HEAD + CUT.replace("}\n", f", {WORDS}}}\n"))
            until(lambda: len(market.posts) == 1, running.log.read_text)
            assert market.posts[0].text.startswith("Rules: 2 problems; the last good version stays")
            assert "unknown key 'belw'" in market.posts[0].text
            assert "UTC stays: Cheap" in market.posts[0].text
            assert running.says("rules: 1 taken over; changed: Cut; on their last good version: Cheap")
            planned = program.run("plan")
            assert (planned.returncode, planned.stderr) == (0, "")
            assert "broken  Cheap" in planned.stdout
            running.process.send_signal(signal.SIGKILL)
            running.process.wait()

        program.settings.update(polling)
        with program.running("run") as running:
            running.waits_to_say("ready: sources openrouter_models")
            until(lambda: len(market.posts) == 4, running.log.read_text)
            titles = {post.text.splitlines()[0] for post in market.posts[2:]}
            assert {title.partition(": $")[0] for title in titles} == {
                "now cut: openai/gpt-5.6-luna",
                "Cheap: openai/gpt-5.6-luna",
            }
            status = json.loads(program.run("status", "--json").stdout)
            assert [each["alert"] for each in status["rules"]["kept"]] == ["Cheap"]
            assert running.stop(signal.SIGTERM) == 0


def test_nothing_but_broken_rules_and_no_last_good_ones_is_refused(program: Program) -> None:
    """Case: a first start, exit code 2, every problem."""
    for path in (program.folder / "rules").iterdir():
        path.write_text(path.read_text().replace("price_output", "prize_output"))
    program.settings["MONITOR_RULES"] = str(program.folder / "rules")
    ended = program.run("run")
    assert ended.returncode == 2
    assert ended.stderr.count("unknown metric 'prize_output'") == 2


def test_a_reload_only_when_asked(program: Program) -> None:
    """Case: `watch_rules = false`: an edit waits for SIGHUP."""
    program.settings.update({"MONITOR_RULES": str(program.folder / "rules"), "MONITOR_WATCH_RULES": "false"})
    with program.running("run") as running:
        running.waits_to_say("ready: sources none")
        (program.folder / "rules" / "cheap.yaml").unlink()
        with pytest.raises(AssertionError):
            until(lambda: running.says("dropped"), str, patience=5.0)
        running.process.send_signal(signal.SIGHUP)
        running.waits_to_say("rules: 1 taken over; dropped: Cheap")
        assert running.stop(signal.SIGTERM) == 0
