"""The token is nowhere but in the requests: one run of the program with every kind of refusal, looked through whole."""

from __future__ import annotations

import logging
import signal
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from monitor.errors import SinkError
from monitor.model.copying import Stream
from monitor.sinks.influxdb import Config, build
from tests.secrecy import assert_hidden, chained
from tests.sinks.copying import copying
from tests.sinks.fakes import learnt

SECRET = "s3cr3t-t0k3n"
TOKEN = f"user:{SECRET}"
REFUSALS = (400, 401, 403, 404, 405, 413, 422, 429, 500, 503)
COMMANDS = (("status",), ("status", "--json"), ("rejected", "--json"))
SAID = f"bad token {TOKEN} of {SECRET}"


@pytest.mark.parametrize("status", REFUSALS)
def test_no_refusal_shows_the_token(httpserver: HTTPServer, status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Not in what is raised, its cause, its repr, a log at its most talkative, nor the reprs of what holds it."""
    for talker in ("monitor", "urllib3", "influxdb_client"):  # the root logger stays as `monitor.log` sets it
        caplog.set_level(logging.DEBUG, logger=talker)
    httpserver.expect_request("/api/v2/write").respond_with_data(SAID, status=status)
    config = Config.model_validate({"url": httpserver.url_for(""), "bucket": "b", "token": TOKEN})
    made = build(config, Stream.SAMPLES)
    shown: list[object] = [config, config.writing, config.reading, made]
    try:
        shown.append(made.write(learnt(1)))
    except SinkError as error:
        shown += chained(error)
    finally:
        made.close()
    told = "".join(f"{each!r} {each}" for each in shown) + caplog.text
    assert "bad token *** of ***" in told
    assert_hidden([SECRET], texts=[told])


def test_runs_with_refusals_show_the_token_nowhere(httpserver: HTTPServer, tmp_path: Path) -> None:
    """A server that repeats it in every answer: in no log, ledger file, argument, or command's answer."""
    monitor = copying(tmp_path, "team", httpserver.url_for(""), "b", token=TOKEN)
    monitor.settings["MONITOR_LOG__LEVEL"] = "debug"
    for status in (400, 401, 503):
        httpserver.clear()
        httpserver.expect_request("/api/v2/write").respond_with_data(SAID, status=status)
        with monitor.running("run") as running:
            running.waits_to_say(f"answered {status}: bad token *** of ***")
            assert_hidden([TOKEN, SECRET], folder=tmp_path, apart=["monitor.toml"], process=running.process.pid)
            assert running.stop(signal.SIGTERM) == 0
    said = [monitor.run("influx", *arguments) for arguments in COMMANDS]
    assert "bad token ***" in said[0].stdout
    assert_hidden([TOKEN, SECRET], texts=[each.stdout + each.stderr for each in said])
