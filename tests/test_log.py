"""Logs: one shape for people, one for the journal, one for programs; no secret in any of them."""

from __future__ import annotations

import io
import json
import logging
import os
import re
from collections.abc import Iterator

import pytest

from monitor import log

SECRET = "0123-very-secret"
_LOG = logging.getLogger("monitor.daemon")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave the logging of the test run as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("monitor").setLevel(logging.NOTSET)


def logged(format_: str, *secrets: str, level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    log.set_up(level, format_, secrets=secrets, stream=stream)
    return stream


def test_text_is_a_line_with_its_time_in_utc() -> None:
    """Case: further lines (a hint) are indented, so that each entry begins at the left."""
    stream = logged("text")
    _LOG.warning("poll %s: failed\n    check it", "x")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ WARNING monitor\.daemon: poll x: failed\n +check it\n", stream.getvalue()
    )


def test_json_is_one_object_a_line_with_the_traceback_in_it() -> None:
    """Case: a fault with its traceback is still one line."""
    stream = logged("json")
    fault = ArithmeticError("no")
    _LOG.error("it failed", exc_info=fault)
    (line,) = stream.getvalue().splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["logger"]) == ("error", "monitor.daemon")
    assert entry["message"] == "it failed\nArithmeticError: no"


def test_under_the_journal_every_line_has_its_priority(monkeypatch: pytest.MonkeyPatch) -> None:
    """Case: sd-daemon(3): <3> is an error; the journal adds the time."""
    found = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
    stream = logged("auto")
    _LOG.error("one\ntwo")
    _LOG.info("three")
    assert stream.getvalue().splitlines() == ["<3>monitor.daemon: one", "<3>    two", "<6>monitor.daemon: three"]


def test_a_journal_stream_that_is_another_one_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Case: standard error was sent to a file by a shell that itself runs under systemd."""
    monkeypatch.setenv("JOURNAL_STREAM", "1:1")
    stream = logged("auto")
    _LOG.info("x")
    assert not stream.getvalue().startswith("<")


@pytest.mark.parametrize("format_", ["text", "json", "auto"])
def test_no_secret_is_logged(format_: str) -> None:
    """Law: neither in a message, nor an argument, nor a traceback; nor what looks like a token of Slack or a key."""
    stream = logged(format_, SECRET)
    fault = ValueError(f"the key {SECRET}")
    _LOG.error("failed with %s", SECRET, exc_info=fault)
    _LOG.error("https://hooks.slack.com/services/T0/B0/abcdef and xoxb-123456789 and sk-or-v1-0123456789abcdef")
    text = stream.getvalue()
    for secret in (SECRET, "T0/B0", "123456789", "0123456789abcdef"):
        assert secret not in text
    assert "failed with ***" in text


def test_a_very_short_secret_does_not_garble_the_log() -> None:
    """Case: a token of one letter would turn every such letter into stars."""
    stream = logged("text", "a")
    _LOG.info("all samples are taken")
    assert "all samples are taken" in stream.getvalue()


def test_libraries_that_log_whole_addresses_are_quiet() -> None:
    """Case: httpx writes every URL with its query at INFO."""
    stream = logged("text", level="debug")
    logging.getLogger("httpx").info("GET https://example.org/?key=x")
    logging.getLogger("monitor.sources").debug("seen")
    assert "example.org" not in stream.getvalue()
    assert "seen" in stream.getvalue()
