"""`monitor influx setup` with servers that answer what those at hand do not: other versions, no version, nonsense."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import SinkError
from monitor.sinks.administration import administration
from monitor.sinks.connection import Access, Server
from tests.cli.conftest import Ended, Program

SECRET = "s3cr3t-t0k3n"
BUCKET = {"id": "b" * 16, "orgID": "a" * 16, "retentionRules": []}


def setup(monitor: Program, httpserver: HTTPServer, *words: str, bucket: str = "market") -> Ended:
    settings = {"url": httpserver.url_for(""), "bucket": bucket, "org": "lab", "token": f"admin:{SECRET}"}
    written = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    monitor.write("monitor.toml", f"[influxdb]\n{written}\n")
    ended = monitor("influx", "setup", *words)
    assert SECRET not in ended.out + ended.err
    return ended


def tells(httpserver: HTTPServer, version: str) -> None:
    httpserver.expect_request("/ping").respond_with_data(status=204, headers={"X-Influxdb-Version": version})


@pytest.mark.parametrize("version", ["", "1.7.11", "v0.9.6", "4.0.0", "nginx"])
def test_other_versions(monitor: Program, httpserver: HTTPServer, version: str) -> None:
    """Case: what is too old, too new or no InfluxDB is named, and asked nothing else."""
    tells(httpserver, version)
    ended = setup(monitor, httpserver, "--tokens", "credentials")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.endswith(f"tells {version!r} as its version, expected InfluxDB 1.8 or 2\n    check `url`\n")
    assert len(httpserver.log) == 1
    assert not list(Path("credentials").iterdir())


def test_3_core(monitor: Program, httpserver: HTTPServer) -> None:
    """Case: by hand, and that this was only read; nothing is made."""
    tells(httpserver, "3.11.2")
    ended = setup(monitor, httpserver, "--retention", "400d", "--tokens", "credentials")
    at = f"--host {httpserver.url_for('').rstrip('/')}"
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[1:] == [
        "    by its documentation (never run here), with its token in INFLUXDB3_AUTH_TOKEN:",
        f"    influxdb3 create database {at} --retention-period 400d market",
        f"    influxdb3 create token --admin {at} --name monitor",
    ]
    assert not list(Path("credentials").iterdir())


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "check `url`, and the token: not even the version is told"),
        (403, "check `url`, and the token: not even the version is told"),
        (404, "check `url`, and the token: not even the version is told"),
        (302, "check `url`"),
        (503, "try again when it answers; its own log may say why it does not"),
    ],
)
def test_no_version(monitor: Program, httpserver: HTTPServer, status: int, hint: str) -> None:
    """Case: each with what to do next, of which nothing is about lines that wait."""
    httpserver.expect_request("/ping").respond_with_json({"message": f"no {SECRET}"}, status=status)
    ended = setup(monitor, httpserver)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines()[1:] == [f"    {hint}"]


def test_nobody_there(monitor: Program) -> None:
    """Case: no answer at all."""
    monitor.write("monitor.toml", "[influxdb]\nurl = 'http://127.0.0.1:9'\nbucket = 'market'\n")
    ended = monitor("influx", "setup")
    assert ended.code == 1
    assert ended.err.splitlines()[1:] == ["    try again when it answers; its own log may say why it does not"]


@pytest.mark.parametrize("answer", ["<html>", "[]", "{}", '{"buckets": 3}', '{"buckets": [{}]}', b"\xff", ""])
def test_an_answer_that_is_none(monitor: Program, httpserver: HTTPServer, answer: str | bytes) -> None:
    """Case: a proxy in between, or a program that only looks like InfluxDB."""
    tells(httpserver, "v2.7.12")
    httpserver.expect_request("/api/v2/buckets").respond_with_data(answer)
    ended = setup(monitor, httpserver)
    assert ended.code == 1
    assert "the answer to /api/v2/buckets can not be read\n    check `url`: something answers there" in ended.err


@pytest.mark.parametrize("answer", [{}, {"results": []}, {"results": [3]}, {"results": [{"series": [3]}]}])
def test_an_answer_to_a_statement_that_is_none(monitor: Program, httpserver: HTTPServer, answer: object) -> None:
    """Case: as above, in InfluxQL."""
    tells(httpserver, "1.8.10")
    httpserver.expect_request("/query").respond_with_json(answer)
    ended = setup(monitor, httpserver, bucket="market/autogen")
    assert ended.code == 1
    assert "the answer to /query can not be read\n" in ended.err


def test_a_token_that_comes_only_for_the_first(monitor: Program, httpserver: HTTPServer) -> None:
    """Case: the second is refused: the file of the first stays, the other is gone, what is missing is by hand."""
    tells(httpserver, "v2.7.12")
    httpserver.expect_request("/api/v2/buckets").respond_with_json({"buckets": [BUCKET]})
    httpserver.expect_oneshot_request("/api/v2/authorizations").respond_with_json({"token": "made-1"})
    httpserver.expect_request("/api/v2/authorizations").respond_with_json({"message": "no"}, status=403)
    ended = setup(monitor, httpserver, "--tokens", "credentials")
    assert ended.code == 1
    assert "influx auth create" in ended.out
    assert [(path.name, path.read_text()) for path in Path("credentials").iterdir()] == [
        ("influxdb__token", "made-1\n")
    ]


def test_what_a_token_is_asked_for(monitor: Program, httpserver: HTTPServer) -> None:
    """Law: each token has one permission, for this one bucket."""
    tells(httpserver, "v2.7.12")
    asked: list[Any] = []

    def authorize(request: Request) -> Response:
        asked.append(request.get_json()["permissions"])
        return Response('{"token": "made"}', 201)

    httpserver.expect_request("/api/v2/buckets").respond_with_json({"buckets": [BUCKET]})
    httpserver.expect_request("/api/v2/authorizations", method="POST").respond_with_handler(authorize)
    assert setup(monitor, httpserver, "--tokens", "credentials").code == 0
    scope = {"type": "buckets", "id": "b" * 16, "orgID": "a" * 16}
    assert asked == [[{"action": "write", "resource": scope}], [{"action": "read", "resource": scope}]]


def test_a_server_that_repeats_the_password(httpserver: HTTPServer, caplog: pytest.LogCaptureFixture) -> None:
    """Law: a made password is in no error, whatever the server says of the statement, and in no logged address."""
    caplog.set_level(logging.DEBUG)
    statements: list[str] = []

    def repeat(request: Request) -> Response:
        statements.append(request.form["q"])
        return Response(json.dumps({"results": [{"error": f"can not run {request.form['q']}"}]}))

    tells(httpserver, "1.8.10")
    httpserver.expect_request("/query").respond_with_handler(repeat)
    access = Access(httpserver.url_for(""), "market/autogen", "", SecretStr(f"admin:{SECRET}"), 5.0)
    server = Server(access)
    _, admin = administration(server, access, None)
    with pytest.raises(SinkError) as caught:
        admin.token("write")
    server.close()
    password = statements[0].split("'")[1]
    assert len(password) > 40
    told = "".join(traceback.format_exception(caught.value)) + repr((caught.value, admin, access))
    assert "WITH PASSWORD '***'" in caught.value.message
    assert not [one for one in (password, SECRET) if one in told + caplog.text]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "admin: is empty, expected the token of an administrator\n"),
        ("two\nlines", "admin: expected one line of printable ASCII characters\n"),
        ("gehe\u00efm", "admin: expected one line of printable ASCII characters\n"),
    ],
)
def test_a_file_without_a_token(monitor: Program, httpserver: HTTPServer, content: str, told: str) -> None:
    """Case: refused before anything is asked, and what is in it is not shown."""
    Path("admin").write_text(content, encoding="utf-8")
    ended = setup(monitor, httpserver, "--admin-token", "admin")
    assert (ended.code, ended.out, ended.err) == (2, "", told)
    assert not httpserver.log


@pytest.mark.parametrize("span", ["400", "4 years", "59m", "-1d", "forever", "0"])
def test_a_retention_that_is_none(monitor: Program, httpserver: HTTPServer, span: str) -> None:
    """Case: told with what was expected; 0 is not taken for everything, as a slip would then keep it."""
    ended = setup(monitor, httpserver, f"--retention={span}")
    assert (ended.code, ended.out) == (2, "")
    assert "expected" in ended.err
    assert not httpserver.log


def test_without_influxdb(monitor: Program) -> None:
    """Case: what to add to the settings."""
    ended = monitor("influx", "setup")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("nothing is copied to InfluxDB\n    add [influxdb]")
