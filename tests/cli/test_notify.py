"""`monitor notify test`: what came of a test at each receiver."""

from __future__ import annotations

import json

from pytest_httpserver import HTTPServer
from werkzeug import Response

from tests.cli.conftest import Program

PATH = "/very-secret-path"


def written(monitor: Program, server: HTTPServer) -> None:
    hook = f'kind = "webhook"\nurl = "{server.url_for(PATH)}"\n'
    monitor.write(
        "monitor.toml", f"[receivers.pager]\n{hook}[receivers.console]\n[[routes]]\nreceivers = ['console']\n"
    )


def test_every_receiver_is_tried_and_told(monitor: Program, httpserver: HTTPServer) -> None:
    """Law: also one that no route leads to; nothing is kept, not even a ledger."""
    written(monitor, httpserver)
    httpserver.expect_request(PATH).respond_with_response(Response(status=204))
    ended = monitor("notify", "test")
    assert ended.code == 0
    assert "[info] Test: this is the receiver console" in ended.out
    assert ended.out.splitlines()[-1] == "pager (webhook): delivered, HTTP 204"
    ((request, _),) = httpserver.log
    assert json.loads(request.get_data())["alerts"][0]["labels"]["reason"] == "test"
    assert not monitor.ledger.exists()


def test_what_fails_is_told_without_a_secret_and_only_who_is_named_is_tried(
    monitor: Program, httpserver: HTTPServer
) -> None:
    """Law: the exit code is 1, the address is not shown."""
    written(monitor, httpserver)
    httpserver.expect_request(PATH).respond_with_response(Response(status=500))
    ended = monitor("notify", "test", "pager")
    assert ended.code == 1
    assert ended.out == "pager (webhook): nobody knows whether it arrived: webhook: no clear answer (HTTP 500)\n"
    assert "very-secret" not in ended.out + ended.err


def test_a_name_that_is_none_is_told_with_the_nearest(monitor: Program, httpserver: HTTPServer) -> None:
    """Case: a typing error."""
    written(monitor, httpserver)
    ended = monitor("notify", "test", "pagr")
    assert ended.code == 2
    assert "no receiver is called 'pagr'; did you mean 'pager'?" in " ".join(ended.err.split())
