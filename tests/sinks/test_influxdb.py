"""The sink against servers that answer what a real one seldom does on demand."""

from __future__ import annotations

import gzip
import logging
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import SecretStr, ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from monitor.errors import SinkError
from monitor.model.copying import Stream
from monitor.model.sample import Sample
from monitor.sinks.influxdb import Config, InfluxSink, build
from monitor.sinks.line_protocol import LineWriter
from tests.sinks.fakes import learnt

TOKEN = "user:s3cr3t-t0k3n"
SECRET = "s3cr3t-t0k3n"


@contextmanager
def sink(url: str, *, timeout: float = 5.0) -> Iterator[InfluxSink[Sample]]:
    config = Config(url=url, bucket="monitor/autogen", org="lab", token=SecretStr(TOKEN), timeout=timeout)
    made = build(config, Stream.SAMPLES)
    try:
        yield made
    finally:
        made.close()


def refusal(url: str, *, timeout: float = 5.0) -> SinkError:
    with sink(url, timeout=timeout) as made, pytest.raises(SinkError) as caught:
        made.write(learnt(3))
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert SECRET not in told
    return caught.value


def test_a_write_is_one_gzipped_request(httpserver: HTTPServer) -> None:
    """What goes over the wire: the lines, compressed, with the bucket, the precision and the token."""
    requests: list[Request] = []

    def take(request: Request) -> Response:
        requests.append(request)
        return Response(status=204)

    httpserver.expect_request("/api/v2/write", method="POST").respond_with_handler(take)
    with sink(httpserver.url_for("/")) as made:
        made.write(learnt(100))
    (request,) = requests
    assert dict(request.args) == {"org": "lab", "bucket": "monitor/autogen", "precision": "ns"}
    assert request.headers["Content-Encoding"] == "gzip"
    assert request.headers["Authorization"] == f"Token {TOKEN}"
    assert gzip.decompress(request.data).decode().split("\n") == LineWriter().lines(learnt(100))


def test_more_than_a_request_holds_goes_in_several(httpserver: HTTPServer) -> None:
    """At most 5,000 lines, that is 2,500 samples, a request."""
    httpserver.expect_request("/api/v2/write").respond_with_response(Response(status=204))
    with sink(httpserver.url_for("")) as made:
        made.write(learnt(5_001))
    assert len(httpserver.log) == 3


@pytest.mark.parametrize(
    ("status", "permanent", "not_before", "hint"),
    [
        (401, True, None, "check `token`"),
        (403, True, None, "check `token`"),
        (404, True, None, "check `bucket`"),
        (405, True, None, "check `url`"),
        (429, False, 7.0, "nothing is lost"),
        (500, False, 7.0, "nothing is lost"),
        (503, False, 7.0, "nothing is lost"),
    ],
)
def test_a_refusal_is_told_by_its_class(
    httpserver: HTTPServer, status: int, permanent: bool, not_before: float | None, hint: str
) -> None:
    """Permanent: a person has to act, asked slowly. Passing: as soon as the server says."""
    answer = {"code": "x", "message": f"no,\nbecause of {SECRET}"}
    httpserver.expect_request("/api/v2/write").respond_with_json(answer, status=status, headers={"Retry-After": "7"})
    error = refusal(httpserver.url_for(""))
    assert (error.permanent, error.not_before) == (permanent, not_before)
    assert hint in (error.hint or "")
    assert f"bucket 'monitor/autogen': answered {status}: no, because of ***" in error.message


@pytest.mark.parametrize("status", [200, 202, 302])
def test_only_a_204_counts(httpserver: HTTPServer, status: int) -> None:
    """A login page of a proxy answers 200 and has stored nothing; a redirect would carry the token elsewhere."""
    elsewhere = {"Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request("/api/v2/write").respond_with_data("<html>", status=status, headers=elsewhere)
    error = refusal(httpserver.url_for(""))
    assert f"answered {status}" in error.message
    assert (error.permanent, error.not_before) == (True, None)
    assert len(httpserver.log) == 1


def test_an_answer_that_is_no_text(httpserver: HTTPServer) -> None:
    """The client decodes errors as UTF-8 and breaks on other bytes; that is trouble like any other."""
    httpserver.expect_request("/api/v2/write").respond_with_data(b"\xff\xfe", status=503)
    assert not refusal(httpserver.url_for("")).permanent


def test_a_long_answer_is_cut(httpserver: HTTPServer) -> None:
    """A server may repeat a whole request; a message stays readable."""
    httpserver.expect_request("/api/v2/write").respond_with_data("x" * 100_000, status=401)
    assert len(refusal(httpserver.url_for("")).message) < 500


def test_nobody_listens() -> None:
    """A refused connection is passing trouble, named with its address."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        error = refusal(url)
    assert not error.permanent
    assert error.message.startswith(f"InfluxDB at {url}, bucket 'monitor/autogen': NewConnectionError: ")
    assert "nothing is lost" in str(error)


@contextmanager
def listener(answer: bytes, *, silent: bool = False) -> Iterator[str]:
    """Takes one connection, reads a little, sends `answer` and hangs up; `silent`: keeps quiet until the end."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(answer)
                if silent:
                    over.wait(30)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 2", b"HTTP/1.1 503 no\r\nContent-Length: 9\r\n\r\ncut", b"\0\0\r\n\r\n"]
)
def test_a_connection_that_is_cut(answer: bytes) -> None:
    """Wherever the answer ends too early, nobody knows what was stored: the same is written again."""
    with listener(answer) as url:
        error = refusal(url)
    assert not error.permanent
    assert error.not_before is None


def test_a_server_that_hangs() -> None:
    """The request's time-out ends it."""
    with listener(b"", silent=True) as url:
        error = refusal(url, timeout=0.2)
    assert "ReadTimeoutError" in error.message
    assert not error.permanent


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("", None),
        ("Retry-After: soon", None),
        ("Retry-After: -5", None),
        ("Retry-After: 12", 12.0),
        ("Retry-After: Wed, 21 Oct 2026 07:29:30 GMT", None),
        ("Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:29:30 GMT", 90.0),
        ("Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
    ],
)
def test_retry_after(headers: str, expected: float | None) -> None:
    """Seconds, or a date by the server's own clock; what can not be read is left out."""
    with listener(f"HTTP/1.1 503 busy\r\nContent-Length: 0\r\n{headers}\r\n\r\n".encode()) as url:
        assert refusal(url).not_before == expected


def test_after_trouble_the_next_write_goes_through(httpserver: HTTPServer) -> None:
    """A sink has no state of failure."""
    httpserver.expect_oneshot_request("/api/v2/write").respond_with_data("busy", status=503)
    httpserver.expect_request("/api/v2/write").respond_with_data(status=204)
    with sink(httpserver.url_for("")) as made:
        with pytest.raises(SinkError):
            made.write(learnt(3))
        made.write(learnt(3))


def test_the_token_is_in_no_log(httpserver: HTTPServer, caplog: pytest.LogCaptureFixture) -> None:
    """Not even with every library at its most talkative."""
    for talker in ("", "urllib3", "influxdb_client", "werkzeug"):
        caplog.set_level(logging.DEBUG, logger=talker)
    httpserver.expect_request("/api/v2/write").respond_with_json({"message": "unauthorized"}, status=401)
    refusal(httpserver.url_for(""))
    assert caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "localhost:8086"},
        {"url": "ftp://localhost"},
        {"url": f"http://user:{SECRET}@localhost:8086"},
        {"url": f"http://localhost:8086?token={SECRET}"},
        {"bucket": ""},
        {"token": f"{SECRET}\nX-Header: y"},
        {"token": f"{SECRET}é"},
        {"timeout": 0},
        {"buckett": SECRET},
    ],
)
def test_a_wrong_setting_is_refused_without_showing_the_secret(wrong: dict[str, object]) -> None:
    """A token with a line break would otherwise stand in an exception of the HTTP library."""
    with pytest.raises(ValidationError) as caught:
        Config.model_validate({"url": "http://localhost:8086", "bucket": "b", **wrong})
    assert SECRET not in str(caught.value)


def test_a_token_from_a_file_may_end_in_a_newline() -> None:
    """Credential files end in one; the secret shows nowhere."""
    config = Config.model_validate({"url": "https://influx.example/", "bucket": "b", "token": f"{TOKEN}\n"})
    assert config.token.get_secret_value() == TOKEN
    assert config.url == "https://influx.example"
    assert SECRET not in f"{config!r} {config.model_dump()} {build(config, Stream.SAMPLES)!r}"


def test_the_client_is_imported_with_the_first_write() -> None:
    """0.4 s and 35 MB that are not paid before they are needed."""
    look = (
        "import sys; from monitor.model.copying import Stream; from monitor.sinks.influxdb import Config, build;"
        "build(Config(url='http://localhost:1', bucket='b'), Stream.SAMPLES).write([]);"
        "print(sorted({'influxdb_client', 'urllib3'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
