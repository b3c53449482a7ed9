"""`monitor poll`: one poll over a real connection, and all that follows from it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from monitor.ledger import Ledger
from tests.cli.conftest import Program
from tests.shared import payload

RULES = """
groups:
  - name: g
    every: hour
    rules:
      - alert: Dear
        watch: price_output(model="openai/gpt-5.5")
        above: 1
        annotations: {summary: "dear: {{ value | usd }}"}
"""
MODELS = payload("openrouter-models/models-2026-08-22T12.json")


@pytest.fixture
def served(monitor: Program, httpserver: HTTPServer) -> Program:
    """A program whose only source is a server on this machine."""
    httpserver.expect_request("/models").respond_with_data(MODELS, content_type="application/json")
    monitor.patch.setenv("MONITOR_SOURCES__OPENROUTER_MODELS__URL", httpserver.url_for("/models"))
    monitor.write("rules/a.yaml", RULES)
    monitor.write("monitor.toml", 'rules = ["rules"]')
    return monitor


def test_a_poll_learns_judges_and_says_so(served: Program) -> None:
    """Case: the first poll of a source fills history, which nobody is told of."""
    ended = served("poll")
    assert (ended.code, ended.err) == (0, "")
    told = ended.out.splitlines()
    assert told[0] == "openrouter_models: learnt"
    assert told[1].endswith(" entries; 0 transitions, 1 in history that nobody is told of")
    assert told[2] == "0 notifications delivered to console"
    with Ledger.open(served.ledger, owner=False) as ledger:
        assert ledger.cursors.newest() > 1000
        assert [each.alert for each in ledger.open_instances()] == ["Dear"]


def test_what_is_owed_is_delivered(served: Program, httpserver: HTTPServer) -> None:
    """Case: an hour later a price has been cut; the console prints the notification, with its citation."""
    served.write("rules/a.yaml", RULES.replace("above: 1", "below: 1"))
    assert served("poll").code == 0
    httpserver.clear()
    httpserver.expect_request("/models").respond_with_data(cheaper(), content_type="application/json")
    served.patch.setattr("monitor.cli.poll._now", lambda: datetime.now(UTC) + timedelta(hours=1))
    ended = served("poll")
    assert (ended.code, ended.err) == (0, "")
    assert "dear: $0.10" in ended.out
    assert "Prices: OpenRouter (openrouter.ai/models)" in ended.out
    assert "entries; 1 transition\n" in ended.out
    assert ended.out.endswith("1 notification delivered to console\n")


def cheaper() -> str:
    models = json.loads(MODELS)
    (model,) = (model for model in models["data"] if model["id"] == "openai/gpt-5.5")
    model["pricing"]["completion"] = "0.0000001"
    return json.dumps(models)


def test_json_keeps_standard_output_for_itself(served: Program) -> None:
    """Law: with --json there is exactly one object on standard output."""
    ended = served("poll", "openrouter_models", "--json")
    assert ended.code == 0
    found = json.loads(ended.out)
    assert found["delivered"] == found["pending"] == 0
    (source,) = found["sources"]
    assert (source["source"], source["ended"], source["why"], source["transitions"]) == (
        "openrouter_models",
        "learnt",
        "",
        [],
    )


def test_a_poll_that_fails_is_a_failure(served: Program, httpserver: HTTPServer) -> None:
    """Case: exit code 1, with where and why, and the way on."""
    httpserver.clear()
    httpserver.expect_request("/models").respond_with_data("<html>", status=404)
    ended = served("poll")
    assert ended.code == 1
    assert ended.out.startswith(
        f"openrouter_models: failed: {httpserver.url_for('/models')}: got HTTP 404, expected 200"
    )
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("openrouter_modles", "did you mean 'openrouter_models'?"),
        ("nothing", "known: openrouter_models, "),
        ("openrouter_rankings", "openrouter_rankings is off: needs key"),
    ],
)
def test_a_source_that_can_not_be_asked_is_wrong_input(served: Program, name: str, said: str) -> None:
    """Case: exit code 2, before the ledger is touched."""
    ended = served("poll", name)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert not served.ledger.exists()


def test_no_source_at_all_is_wrong_input(served: Program) -> None:
    """Case: everything is switched off."""
    served.patch.setenv("MONITOR_SOURCES__OPENROUTER_MODELS__ENABLED", "no")
    ended = served("poll")
    assert ended.code == 2
    assert "no source is switched on" in ended.err


def test_broken_rules_are_told_before_anything_is_asked(served: Program, httpserver: HTTPServer) -> None:
    """Case: exit code 2, and no request was made."""
    served.write("rules/a.yaml", "groups: 1")
    ended = served("poll")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("rules/a.yaml:1:9: ")
    assert not httpserver.log


def test_status_after_a_poll_says_how_old_it_is(served: Program) -> None:
    """Case: what fires, and when the source was last asked."""
    assert served("poll").code == 0
    ended = served("status")
    assert re.search(r"openrouter_models +accepted ", ended.out)
    assert "Dear  since " in ended.out
    found = json.loads(served("status", "--json").out)
    assert found["firing"][0]["labels"] == {"model": "openai/gpt-5.5", "source": "openrouter"}
    assert found["sources"][0]["last"]["age_seconds"] >= 0


def test_status_tells_a_source_that_was_asked_in_vain(served: Program, httpserver: HTTPServer) -> None:
    """Case: a source that never brought anything is told apart from one that was never asked."""
    httpserver.clear()
    httpserver.expect_request("/models").respond_with_data("<html>", status=404)
    assert served("poll").code == 1
    assert "asked, but nothing usable came yet" in served("status").out
    assert json.loads(served("status", "--json").out)["sources"][0]["failing"] is True
