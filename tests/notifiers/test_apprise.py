"""Apprise against a real local server, by its json:// address."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import replace

import pytest
from pydantic import ValidationError
from pytest_httpserver import HTTPServer
from werkzeug import Response

from monitor.errors import DeliveryError
from monitor.notifiers import apprise
from monitor.notifiers.apprise import HOLD
from monitor.ports import Notifier
from tests.notifiers.said import NOTIFICATION

PATH = "/very-secret-path"


def made(server: HTTPServer) -> Notifier:
    return apprise.build(apprise.Config.model_validate({"url": server.url_for(PATH).replace("http://", "json://")}))


def test_a_notification_arrives_whole(httpserver: HTTPServer) -> None:
    """Case: title, body and kind as Apprise sends them."""
    httpserver.expect_request(PATH).respond_with_response(Response(status=200))
    made(httpserver).send(replace(NOTIFICATION, possible_repeat=True))
    ((request, _),) = httpserver.log
    body = json.loads(request.get_data())
    assert (body["title"], body["type"]) == (NOTIFICATION.title, "failure")
    expected = (*NOTIFICATION.lines, "(possible repeat)", *NOTIFICATION.citations)
    assert tuple(body["message"].splitlines()) == expected


def test_a_title_alone_arrives(httpserver: HTTPServer) -> None:
    """Case: Apprise takes no empty body."""
    httpserver.expect_request(PATH).respond_with_response(Response(status=200))
    made(httpserver).send(replace(NOTIFICATION, lines=(), citations=()))
    ((request, _),) = httpserver.log
    assert json.loads(request.get_data())["message"] == NOTIFICATION.title


def test_what_is_not_taken_is_in_doubt_and_a_person_is_told_in_time(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Law: kept for ever, told to others at the fifth failure, and no address in error or log."""
    httpserver.expect_request(PATH).respond_with_response(Response(status=500))
    notifier = made(httpserver)
    with caplog.at_level(logging.DEBUG):
        errors = []
        for _ in range(5):
            with pytest.raises(DeliveryError) as failed:
                notifier.send(NOTIFICATION)
            errors.append(failed.value)
    assert [error.permanent for error in errors] == [False] * 4 + [True]
    assert all(error.outcome_unknown for error in errors)
    assert errors[-1].not_before == HOLD
    own = [record.getMessage() for record in caplog.records if not record.name.startswith(("werkzeug", "urllib3"))]
    assert "very-secret" not in f"{errors}{own}"


def test_an_address_that_is_none_is_refused_without_showing_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Law: a mistake in the settings is told before the start, the address is not."""
    with pytest.raises(ValidationError, match="expected an address that Apprise knows") as refused:
        apprise.Config.model_validate({"url": "very-secret"})
    assert "very-secret" not in f"{refused.value}{capsys.readouterr()}"


def test_where_it_is_not_installed_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Law: it is imported only where it is configured, and its absence says what to install."""
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ValidationError, match=r"not installed\n    pip install '\.\[apprise\]'"):
        apprise.Config.model_validate({"url": "json://localhost"})
